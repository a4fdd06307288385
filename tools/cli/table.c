// SPDX-License-Identifier: GPL-2.0
/* Text in columns as wide as their widest cell. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "lib/pgarea.h"

void table_cell(struct table *table, const char *format, ...)
{
	char **cells = reallocarray(table->cells, table->n + 1, sizeof(*cells));
	va_list args;
	int err;

	if (!cells)
		return;
	table->cells = cells;
	va_start(args, format);
	err = vasprintf(&cells[table->n], format, args);
	va_end(args);
	if (err >= 0)
		table->n++;
}

void table_size_cell(struct table *table, __u64 size)
{
	char text[PGAREA_TEXT_SIZE];

	table_cell(table, "%s", size ? pgarea_format_size(size, text) : "0");
}

static void measure(const struct table *table, int *widths)
{
	for (size_t i = 0; i < table->n; i++) {
		int *width = &widths[i % table->columns];
		int length = strlen(table->cells[i]);

		if (length > *width)
			*width = length;
	}
}

static void print_cell(const struct table *table, const int *widths,
		       size_t index)
{
	unsigned int column = index % table->columns;
	bool last = column + 1 == table->columns;
	const char *text = table->cells[index];

	if (column && (*text || !last))
		fputs("  ", stdout);
	if (table->right & 1U << column)
		printf("%*s", widths[column], text);
	else
		printf("%-*s", last ? 0 : widths[column], text);
	if (last)
		putchar('\n');
}

void table_print(struct table *table)
{
	int widths[TABLE_MAX_COLUMNS] = { 0 };

	measure(table, widths);
	for (size_t i = 0; i < table->n; i++)
		print_cell(table, widths, i);
	for (size_t i = 0; i < table->n; i++)
		free(table->cells[i]);
	free(table->cells);
	table->cells = NULL;
	table->n = 0;
}
