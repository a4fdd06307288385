// SPDX-License-Identifier: GPL-2.0
/* One block or reservation of a list: in words, in full, and as JSON. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/format.h"
#include "cli/print_block.h"
#include "lib/pgarea.h"

static bool is_alive(const struct pgarea_block *block)
{
	return block->state == PGAREA_STATE_ALLOCATED ||
	       block->state == PGAREA_STATE_RESERVED;
}

static bool is_persistent(const struct pgarea_block *block)
{
	return is_alive(block) && block->persistent;
}

static bool has_owner(const struct pgarea_block *block)
{
	return is_alive(block) && !block->persistent;
}

const char *format_state(const struct pgarea_block *block,
			 char text[STATE_TEXT_SIZE])
{
	char left[PGAREA_TEXT_SIZE] = "";
	bool orphan = block->state == PGAREA_STATE_ORPHANED;

	if (orphan)
		format_ms(block->orphan_ms, left);
	snprintf(text, STATE_TEXT_SIZE, "%s%s%s%s",
		 is_persistent(block) ? "persistent" :
					pgarea_state_name(block->state),
		 orphan ? " " : "", left, block->poisoned ? ",poisoned" : "");
	return text;
}

/* ---- In full ------------------------------------------------------------- */

#define LINE "  %-10s  "

static void print_place(const struct cli *cli, const struct pgarea_block *block)
{
	char span[SPAN_TEXT_SIZE], size[PGAREA_TEXT_SIZE];

	printf(LINE "%s, %s, in %s", "physical",
	       format_span(block->address, block->size, span),
	       pgarea_format_size(block->size, size),
	       area_name(cli, block->area));
	if (block->node != PGAREA_NODE_ANY)
		printf(" on node %d", block->node);
	putchar('\n');
}

static void print_owner(const struct pgarea_block *block)
{
	const char *what = has_owner(block) ? "owner" : "made by";

	if (block->pid)
		printf(LINE "process %d of user %u\n", what, block->pid,
		       block->uid);
	else
		printf(LINE "user %u\n", what, block->uid);
}

/* The time in ms, 0 for none */
static __u32 orphan_ms(const struct pgarea_block *block)
{
	return block->orphan_ms == PGAREA_ORPHAN_NONE ? 0 : block->orphan_ms;
}

static void print_orphan(const struct pgarea_block *block)
{
	char text[PGAREA_TEXT_SIZE];

	if (block->state == PGAREA_STATE_ORPHANED)
		printf(LINE "quarantined for another %s\n", "as orphan",
		       format_ms(block->orphan_ms, text));
	else if (!has_owner(block))
		return;
	else if (orphan_ms(block))
		printf(LINE "will be quarantined for %s\n", "as orphan",
		       format_ms(orphan_ms(block), text));
	else
		printf(LINE "will not be quarantined\n", "as orphan");
}

static void print_function(const struct pgarea_block *block)
{
	char text[PGAREA_TEXT_SIZE];

	if (block->bound_to_pci)
		printf(LINE "PCI function %s\n", "bound to",
		       pgarea_format_pci(block->pci_domain, block->pci_bus,
					 block->pci_device,
					 block->pci_function, text));
}

void print_block(const struct cli *cli, const struct pgarea_block *block)
{
	char state[STATE_TEXT_SIZE], holders[HOLDERS_TEXT_SIZE];
	char path[PGAREA_PATH_SIZE];

	printf("%s %llu%s%s\n", kind_name(block->kind), block->id,
	       *block->name ? ": " : "", (const char *)block->name);
	print_place(cli, block);
	printf(LINE "%s\n", "state", format_state(block, state));
	printf(LINE "%s\n", "held by", format_holders(block->holders, holders));
	print_owner(block);
	if (block->kind == PGAREA_KIND_BLOCK)
		printf(LINE "%s, %s\n", "memory",
		       pgarea_access_name(block->access),
		       pgarea_cache_name(block->cache));
	if (block->mmap_offset)
		printf(LINE "0x%llx\n", "offset", block->mmap_offset);
	print_orphan(block);
	print_function(block);
	if (is_persistent(block))
		printf(LINE "%s\n", "node",
		       pgarea_node_path((const char *)block->name, path));
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *json_function(const struct pgarea_block *block)
{
	char text[PGAREA_TEXT_SIZE];

	if (!block->bound_to_pci)
		return json_null();
	return json_string(pgarea_format_pci(block->pci_domain, block->pci_bus,
					     block->pci_device,
					     block->pci_function, text));
}

/* Add the fields of access and lifetime to @object */
static void add_lifetime(json_t *object, const struct pgarea_block *block)
{
	char path[PGAREA_PATH_SIZE];
	bool persistent = is_persistent(block);
	json_t *fields;

	pgarea_node_path((const char *)block->name, path);
	fields = json_pack("{s:I, s:I, s:o, s:s, s:s, s:b, s:o, s:b}", "uid",
			   (json_int_t)block->uid, "orphan_ms",
			   (json_int_t)orphan_ms(block), "pci",
			   json_function(block), "cache",
			   pgarea_cache_name(block->cache), "access",
			   pgarea_access_name(block->access), "persistent",
			   (int)persistent, "path",
			   persistent ? json_string(path) : json_null(),
			   "poisoned", (int)!!block->poisoned);
	json_object_update(object, fields);
	json_decref(fields);
}

json_t *json_block(const struct cli *cli, const struct pgarea_block *block)
{
	json_t *object;

	object = json_pack("{s:I, s:s, s:o, s:o, s:I, s:s, s:o, s:s, s:o, s:o, s:I}",
			   "id", (json_int_t)block->id,
			   "kind", kind_name(block->kind),
			   "name", json_name((const char *)block->name),
			   "address", json_address(block->address),
			   "size", (json_int_t)block->size,
			   "area", area_name(cli, block->area),
			   "node", block->node == PGAREA_NODE_ANY ?
				   json_null() : json_integer(block->node),
			   "state", pgarea_state_name(block->state),
			   "holders", json_holders(block->holders),
			   "pid", block->pid ? json_integer(block->pid) :
					       json_null(),
			   "mmap_offset", (json_int_t)block->mmap_offset);
	if (object)
		add_lifetime(object, block);
	return object;
}
