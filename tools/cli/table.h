/* SPDX-License-Identifier: GPL-2.0 */
/* Text in columns. */
#ifndef _PGAREA_CLI_TABLE_H
#define _PGAREA_CLI_TABLE_H

#include <stddef.h>

#include <linux/types.h>

#define TABLE_MAX_COLUMNS 16

/**
 * struct table - text in columns
 * @columns: number of columns, at most TABLE_MAX_COLUMNS
 * @right: bit n is set when column n is aligned to the right
 * @cells: @n texts, row by row, the head first
 * @n: number of cells
 */
struct table {
	unsigned int columns;
	unsigned int right;
	char **cells;
	size_t n;
};

/* Append a cell */
void table_cell(struct table *table, const char *format, ...) __printf(2, 3);
void table_size_cell(struct table *table, __u64 size);
/* Print it and release the cells */
void table_print(struct table *table);

#endif /* _PGAREA_CLI_TABLE_H */
