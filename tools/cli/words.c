// SPDX-License-Identifier: GPL-2.0
/*
 * The options of a request in one word of `pgarea run`.
 *
 * `--alloc RING=64K,below=16M` has the options of `pgarea alloc --below 16M` as
 * words: both use the same tables.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/format.h"
#include "cli/opt_access.h"
#include "cli/opt_claim.h"
#include "cli/opt_lifetime.h"
#include "cli/opt_placement.h"
#include "cli/option_set.h"
#include "cli/options.h"
#include "cli/request.h"
#include "cli/words.h"
#include "lib/array_size.h"
#include "lib/pgarea.h"

/* The kinds of options of a block; the last ones are also a reservation's */
static const struct option_set *const sets[] = {
	&placement_options,
	&access_options,
	&claim_options,
	&lifetime_options,
};

#define NR_OF_RESERVATION 2

static error_t set_option(struct cli *cli, struct argp_state *state,
			  struct request *request, int key, const char *arg)
{
	error_t err = ARGP_ERR_UNKNOWN;

	for (size_t i = 0; i < ARRAY_SIZE(sets) && err == ARGP_ERR_UNKNOWN; i++)
		err = sets[i]->set(cli, state, request, key, arg);
	return err;
}

/* Does this option take no value?  An alias is like its option. */
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
	size_t i = block ? 0 : ARRAY_SIZE(sets) - NR_OF_RESERVATION;

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
		return usage_error(cli, state,
				   "there is no option '%s' for a %s", name,
				   kind_name(request->kind));
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
