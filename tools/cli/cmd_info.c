// SPDX-License-Identifier: GPL-2.0
/* pgarea info: the module's features, and the memory it holds. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_info.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "lib/pgarea.h"

/* Width of the labels, and of a line */
#define FIRST_COLUMN 20
#define LAST_COLUMN 80

/* Name of a feature that the module has, NULL when it is unknown here */
static const char *feature_name(const struct pgarea_info *info,
				unsigned int bit)
{
	const char *name = pgarea_feature_name(bit);

	if (!(info->features & 1ULL << bit))
		return NULL;
	return strcmp(name, "unknown") ? name : NULL;
}

static void size_line(const char *what, __u64 size)
{
	char text[PGAREA_TEXT_SIZE];

	printf("%-*s%s\n", FIRST_COLUMN, what, pgarea_format_size(size, text));
}

/* Begin a new line when this one is full */
static void put_word(const char *word, int *column)
{
	if (*column + 1 + strlen(word) >= LAST_COLUMN)
		*column = printf("\n%*s", FIRST_COLUMN - 1, "") - 1;
	*column += printf(" %s", word);
}

static void print_features(const struct pgarea_info *info)
{
	int column = printf("%-*s", FIRST_COLUMN - 1, "features");
	char others[PGAREA_TEXT_SIZE];
	__u64 rest = info->features;

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = feature_name(info, bit);

		if (!name)
			continue;
		rest &= ~(1ULL << bit);
		put_word(name, &column);
	}
	snprintf(others, sizeof(others), "and others (0x%llx)", rest);
	if (rest)
		put_word(others, &column);
	putchar('\n');
}

static void print_user(const struct pgarea_info *info)
{
	char limit[PGAREA_TEXT_SIZE];

	size_line("you hold", info->user_held);
	printf("%-*s%s\n", FIRST_COLUMN, "limit per user",
	       info->user_limit ? pgarea_format_size(info->user_limit, limit) :
				  "none");
}

static void print_orphans(const struct pgarea_info *info)
{
	char text[PGAREA_TEXT_SIZE];

	printf("%-*s%s%s\n", FIRST_COLUMN, "orphans are kept",
	       info->orphan_ms ? "for " : "",
	       info->orphan_ms ? format_ms(info->orphan_ms, text) :
				 "not at all");
}

/* What was asked of the host, and what came of it; an older module does not tell. */
static void print_host(const struct pgarea_info *info)
{
	char first[PGAREA_TEXT_SIZE], second[PGAREA_TEXT_SIZE];

	if (!(info->features & PGAREA_FEATURE_SHRINK))
		return;
	printf("%-*s%s taken, %s returned\n", FIRST_COLUMN, "bytes",
	       pgarea_format_size(info->bytes_taken, first),
	       pgarea_format_size(info->bytes_returned, second));
	printf("%-*s%llu times; that and returning took %s\n", FIRST_COLUMN,
	       "host was asked", info->host_calls,
	       format_ms(info->host_us / 1000, first));
	printf("%-*s%llu in use, %llu for a reserve, %llu otherwise\n",
	       FIRST_COLUMN, "refused", info->refused_busy,
	       info->refused_reserve, info->refused_other);
}

static void print_info(const struct pgarea_info *info)
{
	bool hidden = info->flags & PGAREA_INFO_HIDE_PHYS;

	size_line("page", info->page_size);
	size_line("pageblock", info->pageblock_size);
	printf("%-*s%u of at most %u\n", FIRST_COLUMN, "areas", info->nr_areas,
	       info->max_areas);
	size_line("owned", info->owned);
	printf("%-*s%llu taken, %llu returned\n", FIRST_COLUMN, "chunks",
	       info->chunks_taken, info->chunks_returned);
	print_host(info);
	size_line("cleared", info->cleared);
	size_line("poisoned", info->poisoned);
	print_user(info);
	print_orphans(info);
	size_line("host has available", info->host_available);
	size_line("host keeps at least", info->host_reserve);
	printf("%-*s%s\n", FIRST_COLUMN, "addresses",
	       hidden ? "hidden" : "shown");
	print_features(info);
}

static json_t *features_json(const struct pgarea_info *info)
{
	json_t *list = json_array();

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = feature_name(info, bit);

		if (name)
			json_array_append_new(list, json_string(name));
	}
	return list;
}

static json_t *info_json(const struct pgarea_info *info)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:o, s:I, s:I, s:I, "
			 "s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}",
			 "page_size", (json_int_t)info->page_size,
			 "pageblock_size", (json_int_t)info->pageblock_size,
			 "nr_areas", (json_int_t)info->nr_areas,
			 "max_areas", (json_int_t)info->max_areas,
			 "owned", (json_int_t)info->owned,
			 "host_available", (json_int_t)info->host_available,
			 "host_reserve", (json_int_t)info->host_reserve,
			 "chunks_taken", (json_int_t)info->chunks_taken,
			 "chunks_returned", (json_int_t)info->chunks_returned,
			 "cleared", (json_int_t)info->cleared,
			 "poisoned", (json_int_t)info->poisoned,
			 "user_limit", info->user_limit ?
				 json_integer(info->user_limit) : json_null(),
			 "user_held", (json_int_t)info->user_held,
			 "orphan_ms", (json_int_t)info->orphan_ms,
			 "orphan_max_ms", (json_int_t)info->orphan_max_ms,
			 "bytes_taken", (json_int_t)info->bytes_taken,
			 "bytes_returned", (json_int_t)info->bytes_returned,
			 "host_calls", (json_int_t)info->host_calls,
			 "host_us", (json_int_t)info->host_us,
			 "refused_busy", (json_int_t)info->refused_busy,
			 "refused_reserve", (json_int_t)info->refused_reserve,
			 "refused_other", (json_int_t)info->refused_other,
			 "addresses_hidden",
			 (int)!!(info->flags & PGAREA_INFO_HIDE_PHYS),
			 "features", features_json(info));
}

static int run(struct cli *cli, const void *data)
{
	(void)data;
	if (cli->json)
		return output_json(info_json(&cli->info));
	print_info(&cli->info);
	return EXIT_OK;
}

const struct verb cmd_info = {
	.name = "info",
	.summary = "the module's features, and the memory it holds",
	.doc = "The module's features, and the memory it holds.\v\n"
	       "\"You\" are the calling user. The parameter user_limit says how much\n"
	       "a user can hold; it does not apply with CAP_SYS_RESOURCE, which root has. An\n"
	       "orphan is memory whose owner exited without freeing it, so that a device may\n"
	       "still write to it; the parameter orphan_ms says how long it is quarantined.\n"
	       "Chunks, bytes, requests to the host and those refused are counted since load:\n"
	       "refused because something \"in use\" could not be moved, because the host or one\n"
	       "of its zones would have less than its reserve, or for another reason.\n"
	       "\n"
	       "Examples:\n"
	       "  pgarea info\n"
	       "  pgarea info --json | jq .owned\n"
	       "  pgarea info --json | jq '.features | index(\"wc\") != null'\n",
	.access = O_RDONLY,
	.run = run,
};
