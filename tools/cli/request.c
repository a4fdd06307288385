// SPDX-License-Identifier: GPL-2.0
/* A block or a reservation that the command line asks for. */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/request.h"
#include "lib/pgarea.h"

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

/* A closed range, as in /proc/iomem */
static error_t set_last(struct cli *cli, struct argp_state *state,
			struct request *request, __u64 last)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	if (last < request->address)
		return usage_error(cli, state, "the range ends before it begins");
	if (last % page == 0)
		return usage_error(cli, state,
				   "the last address belongs to the range, as in /proc/iomem: did you mean 0x%llx?",
				   last - 1);
	request->size = last - request->address + 1;
	if (request->size)
		return 0;
	return usage_error(cli, state, "the size of the range exceeds 64 bits");
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
				   "'%s' is not a range like 0x1200000+64K or 0x1200000-0x120ffff",
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

/* May a node have this name?  The first character is a letter or a digit. */
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
				   "a persistent block or reservation needs a name: give --name");
	if (!good_node_name(request->name))
		return usage_error(cli, state,
				   "'%s' is not a valid node name: letters, digits, '-', '_' and '.', a letter or digit first",
				   request->name);
	if (request->orphan_ms || request->bound_to_pci)
		return usage_error(cli, state,
				   "a persistent block or reservation has no owner that could exit; leave out --orphan-ms and --bind");
	return 0;
}

static error_t check_claim(struct cli *cli, struct argp_state *state,
			   const struct request *request)
{
	if (request->kind == PGAREA_KIND_BLOCK && !request->exact)
		return usage_error(cli, state,
				   "a claim is for an exact address: give --at");
	if (request->areas)
		return usage_error(cli, state,
				   "a claim takes what no area owns; leave out --area");
	if (request->dry_run)
		return usage_error(cli, state,
				   "a claim has no dry run: `pgarea probe` tells what could be had");
	return 0;
}

static error_t check_kind(struct cli *cli, struct argp_state *state,
			  const struct request *request)
{
	error_t err = request->claim ? check_claim(cli, state, request) : 0;

	if (!err && request->persistent)
		err = check_persistent(cli, state, request);
	return err;
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
	if (request->exact && request->by_node)
		return usage_error(cli, state,
				   "memory at an exact address has the node that it has; leave out --node");
	if (request->dry_run && request->bound_to_pci)
		return usage_error(cli, state,
				   "a dry run binds nothing; leave out --bind");
	return check_kind(cli, state, request);
}
