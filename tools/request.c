// SPDX-License-Identifier: GPL-2.0
/*
 * What the command line asks for.
 *
 * The options that place a block are the same words in `pgarea alloc --below
 * 16M` and in `pgarea run --alloc RING=64K,below=16M`: one table has them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "request.h"

enum {
	OPT_ALIGN = 0x2000,
	OPT_BOUNDARY,
	OPT_BELOW,
	OPT_HIGHEST,
	OPT_LOWEST,
	OPT_AT,
	OPT_TOP_DOWN,
	OPT_AREA,
};

static const struct argp_option options[] = {
	{ "align", OPT_ALIGN, "SIZE", 0,
	  "Begin at a multiple of SIZE, a power of two", 0 },
	{ "boundary", OPT_BOUNDARY, "SIZE", 0,
	  "Do not cross a multiple of SIZE, a power of two", 0 },
	{ "below", OPT_BELOW, "ADDR", 0, "Lie wholly below ADDR", 0 },
	{ "highest", OPT_HIGHEST, "ADDR", 0,
	  "Have no byte above ADDR (--highest 0xffffff is --below 16M)", 0 },
	{ "above", OPT_LOWEST, "ADDR", 0, "Have no byte below ADDR", 0 },
	{ "lowest", OPT_LOWEST, NULL, OPTION_ALIAS, NULL, 0 },
	{ "at", OPT_AT, "ADDR", 0, "Begin exactly at ADDR", 0 },
	{ "top-down", OPT_TOP_DOWN, NULL, 0,
	  "Lie at the highest place of an area instead of the lowest", 0 },
	{ "area", OPT_AREA, "NAME[,NAME...]", 0,
	  "Try these areas only, in this order", 0 },
	{ 0 }
};

static error_t option_power(struct cli *cli, struct argp_state *state,
			    const char *what, const char *text, __u64 *value)
{
	error_t err = option_size(cli, state, what, text, value);

	if (!err && (!*value || *value & (*value - 1)))
		return usage_error(cli, state, "%s '%s' is no power of two",
				   what, text);
	return err;
}

static error_t option_highest(struct cli *cli, struct argp_state *state,
			      const char *text, bool open, __u64 *value)
{
	error_t err = option_size(cli, state, "limit", text, value);

	if (!err && !*value)
		return usage_error(cli, state, "nothing lies below address 0");
	if (!err && open)
		(*value)--;
	return err;
}

static error_t set_option(struct cli *cli, struct argp_state *state,
			  struct request *request, int key, const char *arg)
{
	switch (key) {
	case OPT_ALIGN:
		return option_power(cli, state, "alignment", arg,
				    &request->align);
	case OPT_BOUNDARY:
		return option_power(cli, state, "boundary", arg,
				    &request->boundary);
	case OPT_BELOW:
		return option_highest(cli, state, arg, true, &request->highest);
	case OPT_HIGHEST:
		return option_highest(cli, state, arg, false, &request->highest);
	case OPT_LOWEST:
		return option_size(cli, state, "limit", arg, &request->lowest);
	case OPT_AT:
		request->exact = true;
		return option_size(cli, state, "address", arg,
				   &request->address);
	case OPT_TOP_DOWN:
		request->top_down = true;
		return 0;
	case OPT_AREA:
		request->areas = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_place(int key, char *arg, struct argp_state *state)
{
	struct place_args *args = state->input;

	return set_option(args->cli, state, args->request, key, arg);
}

const struct argp place_argp = {
	.options = options,
	.parser = parse_place,
};

/* Has this option no value?  An alias is as what it stands for. */
static bool is_switch(const struct argp_option *option)
{
	return !option->arg && !(option->flags & OPTION_ALIAS);
}

static const struct argp_option *find_option(const char *name)
{
	const struct argp_option *option = options;

	while (option->name && strcmp(option->name, name))
		option++;
	return option->name ? option : NULL;
}

/* "below=16M" or "top-down" */
static error_t set_word(struct cli *cli, struct argp_state *state,
			struct request *request, char *word)
{
	const char *name = strsep(&word, "=");
	const struct argp_option *option = find_option(name);

	if (!option)
		return usage_error(cli, state,
				   "there is no option '%s' for a block", name);
	if (is_switch(option) && word)
		return usage_error(cli, state, "'%s' has no value", name);
	if (!is_switch(option) && (!word || !*word))
		return usage_error(cli, state, "'%s' is not OPTION=VALUE",
				   name);
	return set_option(cli, state, request, option->key, word);
}

error_t set_place(struct cli *cli, struct argp_state *state,
		  struct request *request, char *text)
{
	char *size = strsep(&text, ",");
	error_t err = option_size(cli, state, "size", size, &request->size);

	while (!err && text)
		err = set_word(cli, state, request, strsep(&text, ","));
	return err;
}

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
	return 0;
}
