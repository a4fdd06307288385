// SPDX-License-Identifier: GPL-2.0
/*
 * pgarea: memory at a physical place, for test programs.
 *
 * Which file knows which, from the top down: main and dev; alloc, bulk, split,
 * reserve, query, map, inode; request; block, free, cut, drain, state; ids; area;
 * host and core; clear and page.
 *
 * The order of the locks, each taken inside those above it:
 *
 *	pga_file.cut			mutex; answers are copied to programs inside it
 *	mmap lock of a process		held by our callers in mmap and munmap
 *	pga_area.resize			mutex
 *	drain lock			mutex, drain.c
 *	hotplug lock			rwsem, host.c; inside pga_area.resize
 *	grow lock			mutex, ids.c
 *	table lock			spinlock, ids.c; nothing inside it
 *	pga_area.lock			spinlock; nothing inside it
 *
 * No user memory is touched under a lock that mmap, munmap or a fault takes.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "area.h"
#include "dev.h"
#include "host.h"
#include "param.h"

static char *areas;
module_param(areas, charp, 0444);
MODULE_PARM_DESC(areas,
		 "none, or NAME=SIZE[@START-END],... (lowest, low, high, normal, or new names)");

static char *reserve;
module_param(reserve, charp, 0444);
MODULE_PARM_DESC(reserve,
		 "memory that is always left to the host (default: an eighth)");

static int __init set_reserve(void)
{
	u64 bytes = (u64)totalram_pages() << PAGE_SHIFT >> 3;
	int err = pga_param_bytes("reserve", reserve, &bytes);

	if (!err)
		pga_host_set_reserve(bytes);
	return err;
}

static int __init create_areas(void)
{
	struct pga_area_spec *specs;
	unsigned int nr;
	int err;

	specs = kcalloc(PGA_MAX_AREAS, sizeof(*specs), GFP_KERNEL);
	if (!specs)
		return -ENOMEM;
	err = pga_param_areas(areas, specs, &nr) ?:
	      pga_areas_create(specs, nr);
	kfree(specs);
	return err;
}

static void report_returned(void)
{
	pr_info("gave back %llu of %llu chunks\n", pga_host_chunks_returned(),
		pga_host_chunks_taken());
}

static int __init pgarea_init(void)
{
	int err;

	err = set_reserve();
	if (err)
		return err;
	err = pga_env_init();
	if (err)
		return err;
	err = pga_host_init();
	if (err)
		goto exit_env;
	err = pga_blocks_init();
	if (err)
		goto exit_host;
	err = create_areas();
	if (err)
		goto exit_blocks;
	err = pga_dev_init();
	if (err)
		goto destroy_areas;
	return 0;

destroy_areas:
	pga_areas_destroy();
exit_blocks:
	pga_blocks_exit();
exit_host:
	pga_host_exit();
exit_env:
	pga_env_exit();
	return err;
}

static void __exit pgarea_exit(void)
{
	pga_dev_exit();
	pga_drain_exit();
	pga_areas_destroy();
	pga_blocks_exit();
	pga_host_exit();
	pga_env_exit();
	report_returned();
}

module_init(pgarea_init);
module_exit(pgarea_exit);

MODULE_DESCRIPTION("Memory at a physical place, for test programs");
MODULE_LICENSE("GPL");
