// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of struct pga_block: creation, with an id and without pages, and
 * freeing.
 *
 * It is charged to the memory cgroup of the process that had the block created,
 * until the block is gone: while it drains or is orphaned, too.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "block/block.h"
#include "block/id.h"
#include "block/pci.h"
#include "block/quota.h"
#include "block/slab.h"
#include "gfp.h"

static struct kmem_cache *block_cache;

/*
 * Every block is initialized as a whole when it is created.  A constructor
 * keeps the allocator from clearing the memory as well.
 */
static void construct_block(void *mem)
{
	memset(mem, 0, sizeof(struct pga_block));
}

int __init pga_blocks_init(void)
{
	block_cache = kmem_cache_create("pgarea_block",
					sizeof(struct pga_block), 0, SLAB_ACCOUNT,
					construct_block);
	return block_cache ? 0 : -ENOMEM;
}

void pga_blocks_exit(void)
{
	pga_ids_exit();
	kmem_cache_destroy(block_cache);
}

/**
 * pga_blocks_free_structs() - free the memory of blocks that no lookup finds
 * @blocks: without ids and pages
 * @nr: number of blocks, at most PGA_BATCH
 *
 * Context: process; sleeps.
 */
void pga_blocks_free_structs(struct pga_block **blocks, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		put_pid(blocks[i]->opener);
		pga_pci_put(blocks[i]->pci);
		pga_quota_put(blocks[i]->attr.quota);
	}
	kmem_cache_free_bulk(block_cache, nr, (void **)blocks);
}

static void fill_in(struct pga_block *block, const struct pga_block_attr *attr)
{
	*block = (struct pga_block){
		.link = LIST_HEAD_INIT(block->link),
		.attr = *attr,
		.drain = LIST_HEAD_INIT(block->drain),
	};
	RB_CLEAR_NODE(&block->offset_node);
	RB_CLEAR_NODE(&block->orphan_node);
	pga_quota_get(attr->quota);
}

/**
 * pga_blocks_new() - create blocks that have ids and no pages yet
 * @blocks: set to the blocks, which only the caller knows
 * @nr: number of blocks, at most PGA_BATCH
 * @attr: requested attributes of each block
 *
 * Context: process; sleeps.
 * Return: 0; or -ENOMEM, and no block was created.
 */
int pga_blocks_new(struct pga_block **blocks, unsigned int nr,
		   const struct pga_block_attr *attr)
{
	unsigned int i;
	int err;

	if (!kmem_cache_alloc_bulk(block_cache, PGA_GFP_USER, nr,
				   (void **)blocks))
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		fill_in(blocks[i], attr);
	err = pga_ids_alloc(blocks, nr);
	if (err)
		pga_blocks_free_structs(blocks, nr);
	return err;
}

/**
 * pga_block_new() - create one block that has an id and no pages yet
 * @attr: requested attributes
 *
 * Context: process; sleeps.
 * Return: the block, which only the caller knows, or NULL.
 */
struct pga_block *pga_block_new(const struct pga_block_attr *attr)
{
	struct pga_block *block;

	return pga_blocks_new(&block, 1, attr) ? NULL : block;
}
