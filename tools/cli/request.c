// SPDX-License-Identifier: GPL-2.0
/*
 * What the command line asks for.
 *
 * The options of a block are the same words in `pgarea alloc --below 16M` and in
 * `pgarea run --alloc RING=64K,below=16M`: one table of each kind has them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/request.h"

/* Those of a block; the last ones are those of a reservation too */
static const struct option_set *const sets[] = {
	&place_options, &use_options, &life_options,
};

static error_t set_option(struct cli *cli, struct argp_state *state,
			  struct request *request, int key, const char *arg)
{
	error_t err = ARGP_ERR_UNKNOWN;

	for (size_t i = 0; i < ARRAY_SIZE(sets) && err == ARGP_ERR_UNKNOWN; i++)
		err = sets[i]->set(cli, state, request, key, arg);
	return err;
}

error_t parse_request(int key, char *arg, struct argp_state *state)
{
	struct request_args *args = state->input;

	return set_option(args->cli, state, args->request, key, arg);
}

/* ---- Words of `pgarea run` ----------------------------------------------- */

/* Has this option no value?  An alias is as what it stands for. */
static bool is_switch(const struct argp_option *option)
{
	return !option->arg && !(option->flags & OPTION_ALIAS);
}

static const struct argp_option *find_in_set(const struct option_set *set,
					     const char *name)
{
	const struct argp_option *option = set->options;

	while (option->name && strcmp(option->name, name))
		option++;
	return option->name ? option : NULL;
}

static const struct argp_option *find_option(const struct request *request,
					     const char *name)
{
	bool block = request->kind == PGAREA_KIND_BLOCK;
	const struct argp_option *option = NULL;
	size_t i = block ? 0 : ARRAY_SIZE(sets) - 1;

	for (; i < ARRAY_SIZE(sets) && !option; i++)
		option = find_in_set(sets[i], name);
	return option;
}

/* "below=16M" or "top-down" */
static error_t set_word(struct cli *cli, struct argp_state *state,
			struct request *request, char *word)
{
	const char *name = strsep(&word, "=");
	const struct argp_option *option = find_option(request, name);

	if (!option)
		return usage_error(cli, state, "there is no option '%s' for a %s",
				   name, kind_name(request->kind));
	if (is_switch(option) && word)
		return usage_error(cli, state, "'%s' has no value", name);
	if (!is_switch(option) && (!word || !*word))
		return usage_error(cli, state, "'%s' is not OPTION=VALUE",
				   name);
	return set_option(cli, state, request, option->key, word);
}

error_t set_words(struct cli *cli, struct argp_state *state,
		  struct request *request, char *text)
{
	char *what = strsep(&text, ",");
	error_t err;

	if (request->kind == PGAREA_KIND_BLOCK)
		err = option_size(cli, state, "size", what, &request->size);
	else
		err = set_range(cli, state, request, what);
	while (!err && text)
		err = set_word(cli, state, request, strsep(&text, ","));
	return err;
}

/* ---- Names and ranges ---------------------------------------------------- */

error_t set_name(struct cli *cli, struct argp_state *state,
		 struct request *request, const char *name)
{
	size_t length = strlen(name);

	if (length >= sizeof(request->name))
		return usage_error(cli, state,
				   "the name '%s' is longer than %zu characters",
				   name, sizeof(request->name) - 1);
	memcpy(request->name, name, length + 1);
	return 0;
}

/* A closed range, as in /proc/iomem: the last address lies inside */
static error_t set_last(struct cli *cli, struct argp_state *state,
			struct request *request, __u64 last)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	if (last < request->address)
		return usage_error(cli, state, "the range ends before it begins");
	if (last % page == 0)
		return usage_error(cli, state,
				   "the last address lies inside of a range, as in /proc/iomem: did you mean 0x%llx?",
				   last - 1);
	request->size = last - request->address + 1;
	if (request->size)
		return 0;
	return usage_error(cli, state, "the range is longer than 64 bits count");
}

error_t set_range(struct cli *cli, struct argp_state *state,
		  struct request *request, char *text)
{
	char *second = strpbrk(text, "+-");
	bool last = second && *second == '-';
	__u64 value;
	error_t err;

	if (!second)
		return usage_error(cli, state,
				   "'%s' is no range like 0x1200000+64K or 0x1200000-0x120ffff",
				   text);
	*second++ = '\0';
	err = option_size(cli, state, "address", text, &request->address);
	if (!err)
		err = option_size(cli, state, last ? "address" : "size", second,
				  &value);
	if (err)
		return err;
	if (last)
		return set_last(cli, state, request, value);
	request->size = value;
	return 0;
}

/* ---- The whole ----------------------------------------------------------- */

/* The name of a node: letters, digits, '-', '_' and '.' behind the first one */
static bool good_node_name(const char *name)
{
	if (!isalnum((unsigned char)*name))
		return false;
	while (isalnum((unsigned char)*name) || (*name && strchr("-_.", *name)))
		name++;
	return !*name;
}

static error_t check_persistent(struct cli *cli, struct argp_state *state,
				const struct request *request)
{
	if (!*request->name)
		return usage_error(cli, state,
				   "what is persistent needs a name: give --name");
	if (!good_node_name(request->name))
		return usage_error(cli, state,
				   "'%s' is no name for a node: letters, digits, '-', '_' and '.', a letter or digit first",
				   request->name);
	if (request->orphan_ms || request->bound)
		return usage_error(cli, state,
				   "what is persistent has no owner who could die; leave out --orphan-ms and --bind");
	return 0;
}

error_t check_request(struct cli *cli, struct argp_state *state,
		      const struct request *request)
{
	if (!request->size)
		return usage_error(cli, state, "the size is zero");
	if (request->boundary && request->boundary < request->size)
		return usage_error(cli, state,
				   "the boundary is smaller than the size");
	if (request->highest && request->lowest > request->highest)
		return usage_error(cli, state,
				   "the lowest address is above the highest");
	if (request->access == PGAREA_ACCESS_EXECUTE && request->cache)
		return usage_error(cli, state,
				   "only write-back memory can be executed");
	if (request->dry_run && request->bound)
		return usage_error(cli, state,
				   "a dry run binds nothing; leave out --bind");
	return request->persistent ? check_persistent(cli, state, request) : 0;
}
