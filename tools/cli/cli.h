/* SPDX-License-Identifier: GPL-2.0 */
/* The context of one run of the command, and its exit codes. */
#ifndef _PGAREA_CLI_CLI_H
#define _PGAREA_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/pgarea.h"

/* Exit codes.  `run` adds those of its command, and 126 and 127 as env(1) has */
enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1, /* the kernel refused: no room, busy */
	EXIT_USAGE = 2,	  /* the command line is wrong */
	EXIT_DEVICE = 3,  /* no device, or no permission */
	EXIT_TIMEOUT = 4, /* a wait timed out */
};

/**
 * struct cli - one run of the command
 * @device: path of the device, NULL for the default
 * @json: answer in JSON
 * @error_reported: the error that ends this run is on stdout as JSON already
 * @fd: the device, -1 before device_open()
 * @info: the module's answer to INFO
 * @areas: its areas, @nr_areas of them, after device_list_areas()
 * @nr_areas: number of @areas
 */
struct cli {
	const char *device;
	bool json;
	bool error_reported;
	int fd;
	struct pgarea_info info;
	struct pgarea_area *areas;
	size_t nr_areas;
};

#endif /* _PGAREA_CLI_CLI_H */
