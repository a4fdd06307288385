/* SPDX-License-Identifier: GPL-2.0 */
/* A map of an area's occupancy in a terminal. */
#ifndef _PGAREA_CLI_RENDER_H
#define _PGAREA_CLI_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/pgarea.h"

/**
 * struct render_style - style of a map
 * @width: cells in a row, a power of two
 * @rows: maximum number of rows, where the addresses allow it
 * @page_size: bytes of the smallest cell
 * @shades: use block characters of UTF-8, not only ASCII
 * @colours: colour the cells
 */
struct render_style {
	unsigned int width;
	unsigned int rows;
	__u64 page_size;
	bool shades;
	bool colours;
};

/*
 * Draw ranges, in address order, on stdout.  The scale is the finest power of two
 * that needs no more rows than allowed; rows without memory are left out.
 */
void render_ranges(const struct render_style *style,
		   const struct pgarea_range *ranges, size_t n);

#endif /* _PGAREA_CLI_RENDER_H */
