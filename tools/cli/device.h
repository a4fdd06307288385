/* SPDX-License-Identifier: GPL-2.0 */
/* The device that a verb works on, and its areas. */
#ifndef _PGAREA_CLI_DEVICE_H
#define _PGAREA_CLI_DEVICE_H

#include "cli/cli.h"

/* Open the device and check that it is one; an exit code, errors are printed */
int device_open(struct cli *cli, int access);
/* Fill @areas; an exit code, errors are printed */
int device_list_areas(struct cli *cli);
void device_close(struct cli *cli);

const struct pgarea_area *area_by_id(const struct cli *cli, __u32 id);
const struct pgarea_area *area_by_name(const struct cli *cli, const char *name);
/* Name of an area for output, "?" when it no longer exists */
const char *area_name(const struct cli *cli, __u32 id);
/* The areas of these names, all areas without names; NULL when one is unknown */
const struct pgarea_area **pick_areas(struct cli *cli, char **names, size_t *n);

#endif /* _PGAREA_CLI_DEVICE_H */
