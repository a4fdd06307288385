// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for the core, in the kernel.
 *
 * Most allocations are nodes of the lowest level, 576 bytes each, which
 * kmalloc() would round up to 1024: they have their own slab cache.  Other
 * allocations of the core are rare, or large (the table of spans), and need not
 * be contiguous.
 *
 * Locking: none.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include <pga_env.h>

static struct kmem_cache *pga_env_nodes;
static size_t pga_env_node_size;

/**
 * pga_env_init() - prepare for pga_env_zalloc()
 * @node_size: size in bytes of the objects that get their own slab cache
 *
 * pga_env_zalloc() also works without this call, but uses more memory.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int pga_env_init(size_t node_size)
{
	pga_env_node_size = node_size;
	pga_env_nodes = kmem_cache_create(KBUILD_MODNAME "_node", node_size, 64,
					  0, NULL);
	return pga_env_nodes ? 0 : -ENOMEM;
}

/**
 * pga_env_exit() - undo pga_env_init() after all memory was freed
 *
 * Context: May sleep.
 */
void pga_env_exit(void)
{
	kmem_cache_destroy(pga_env_nodes);
	pga_env_nodes = NULL;
}

/**
 * pga_env_zalloc() - allocate zeroed memory
 * @size: size in bytes
 *
 * Context: May sleep.
 * Return: the memory, or NULL.
 */
void *pga_env_zalloc(size_t size)
{
	if (size == pga_env_node_size && pga_env_nodes)
		return kmem_cache_zalloc(pga_env_nodes, GFP_KERNEL);
	return kvzalloc(size, GFP_KERNEL);
}

/**
 * pga_env_free() - free memory
 * @mem: from pga_env_zalloc(), or NULL
 * @size: the size that was passed to pga_env_zalloc()
 *
 * Context: May sleep.
 */
void pga_env_free(void *mem, size_t size)
{
	if (mem && size == pga_env_node_size && pga_env_nodes)
		kmem_cache_free(pga_env_nodes, mem);
	else
		kvfree(mem);
}
