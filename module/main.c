// SPDX-License-Identifier: GPL-2.0
/*
 * pgarea: memory at chosen physical addresses, for test programs.
 *
 * This file has the module parameters, load and unload; module/README.md
 * describes the layers and the files below it.
 *
 * Locking: this is the lock order.  A lock is taken inside those above it:
 *
 *	pga_file.split_lock	mutex; results are copied to programs inside it
 *	mmap lock of a process	held by the kernel in calls of mmap and munmap
 *	pga_export.lock		mutex, dmabuf.c; inside a dma-buf's own lock
 *	others_lock		mutex, inode.c; mappings are unmapped inside it
 *	cdevs_lock		mutex, cdev.c; the device model inside it
 *	pga_file.check_lock	mutex, drain.c
 *	release_rwsem		release.c; write-locked with no other lock held
 *	ending_lock		mutex, claim.c
 *	pga_area.resize		mutex; the host allocates and frees outside it
 *	batch_lock		mutex, caching.c
 *	quotas_lock		mutex, quota.c
 *	pga_functions_lock	mutex, pci.c; inside locks of the PCI core
 *	hotplug_rwsem		host.c; the host allocates inside it
 *	grow_lock		mutex, id.c
 *	pga_table_lock		spinlock, id.c; inside it only chunks_lock
 *	pga_area.lock		spinlock; no lock inside it
 *	areas_lock		spinlock, registry.c; no lock inside it
 *	chunks_lock		spinlock, chunk.c; no lock inside it
 *	claims_lock		spinlock, claim.c; no lock inside it
 *	figures_lock		spinlock, figures.c; no lock inside it
 *	parts_lock		spinlock, contig.c; no lock inside it
 *	asked_lock		spinlock, giveback.c; no lock inside it
 *	work_lock		spinlock, work.c; no lock of the module inside it
 *
 * User memory is never accessed under a lock that mmap, munmap or a fault
 * takes.
 */
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "area/area.h"
#include "area/figures.h"
#include "area/giveback.h"
#include "area/host.h"
#include "area/pressure.h"
#include "area/registry.h"
#include "area/spec.h"
#include "block/drain.h"
#include "block/giveback.h"
#include "block/pci_bind.h"
#include "block/quota.h"
#include "block/slab.h"
#include "block/state.h"
#include "block/unclaim.h"
#include "block/work.h"
#include "core/grow.h"
#include "dev.h"
#include "hide.h"
#include "ioctl/find.h"
#include "map/hwpoison_scan.h"
#include "size.h"

static char *areas;
module_param(areas, charp, 0444);
MODULE_PARM_DESC(areas,
		 "areas to fill: none, or NAME=SIZE[..MAX][!][@START-END][/nodeN],... (NAME: lowest, low, high, normal, or a new one with bounds; SIZE, MAX: multiples of the pageblock size, usually 2M; MAX: it may grow; !: all of it or the load fails)");

module_param_named(max_areas, pga_max_areas, uint, 0444);
MODULE_PARM_DESC(max_areas, "maximum number of areas, 4 to 4096 (default 64)");

static char *reserve;
module_param(reserve, charp, 0444);
MODULE_PARM_DESC(reserve,
		 "memory that is always left to the host, in bytes or with K, M, G, T (default: an eighth of its memory)");

module_param_named(orphan_ms, pga_orphan_ms, uint, 0644);
MODULE_PARM_DESC(orphan_ms,
		 "time in ms a block stays quarantined after its owner exits without freeing it (default 1000)");

module_param_named(orphan_max_ms, pga_orphan_max_ms, uint, 0644);
MODULE_PARM_DESC(orphan_max_ms,
		 "longest quarantine in ms that a program can ask for without CAP_SYS_RESOURCE (default 60000)");

module_param_named(grow_ms, pga_grow_ms, uint, 0644);
MODULE_PARM_DESC(grow_ms,
		 "time in ms that areas may grow for one command; 0: no limit (default 10000)");

module_param_named(idle_ms, pga_idle_ms, uint, 0644);
MODULE_PARM_DESC(idle_ms,
		 "time in ms after which an area returns to the host what it has grown by and does not need; 0: never (default 10000)");

module_param_named(hide_phys, pga_hide_phys, bool, 0444);
MODULE_PARM_DESC(hide_phys, "hide physical addresses from programs (default 0)");

/*
 * The text of the parameters, as the program that loads the module passed it:
 * the kernel keeps only what is left of it after parsing.
 */
static char __init *parameter_text(void)
{
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long args[6];
	int nr = syscall_get_nr(current, regs);

	if (in_compat_syscall() ||
	    (nr != __NR_finit_module && nr != __NR_init_module))
		return NULL;
	syscall_get_arguments(current, regs, args);
	return strndup_user((void __user *)args[nr == __NR_finit_module ? 1 : 2],
			    SZ_1M);
}

static bool __init has_parameter(const char *name)
{
	unsigned int i;

	/* Those that the kernel itself handles, for every module */
	if (!strcmp(name, "dyndbg") || !strcmp(name, "async_probe"))
		return true;
	for (i = 0; i < THIS_MODULE->num_kp; i++)
		if (!strcmp(name, THIS_MODULE->kp[i].name))
			return true;
	return false;
}

static int __init check_parameter_names(char *text)
{
	char *name, *value;

	text = skip_spaces(text);
	while (*text) {
		text = next_arg(text, &name, &value);
		if (!value && !strcmp(name, "--"))
			break;
		strreplace(name, '-', '_');
		if (!has_parameter(name)) {
			pr_err("there is no parameter \"%s\"; the module is not loaded\n",
			       name);
			return -EINVAL;
		}
	}
	return 0;
}

/*
 * The kernel only warns about a parameter that a module does not have.  With a
 * typo, the module would take other memory than it was told to.
 */
static int __init check_parameters(void)
{
	char *text = parameter_text();
	int err;

	if (IS_ERR_OR_NULL(text))
		return 0;
	err = check_parameter_names(text);
	kfree(text);
	return err;
}

static int set_user_limit(const char *text, const struct kernel_param *kp)
{
	char number[24];
	u64 bytes = 0;
	int err;

	/* A value that is written to sysfs ends with a newline. */
	if (strscpy(number, text, sizeof(number)) < 0)
		return -EINVAL;
	err = pga_param_bytes(kp->name, strim(number), &bytes);
	if (!err)
		pga_quota_set_limit(bytes);
	return err;
}

static int get_user_limit(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%llu\n", pga_quota_limit());
}

static const struct kernel_param_ops user_limit_ops = {
	.set = set_user_limit,
	.get = get_user_limit,
};

module_param_cb(user_limit, &user_limit_ops, NULL, 0644);
MODULE_PARM_DESC(user_limit, "maximum memory that one user can hold, in bytes or with K, M, G, T (default 0: no limit)");

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

	if (pga_max_areas < PGA_DEFAULT_AREAS ||
	    pga_max_areas > PGA_AREAS_HIGHEST) {
		pr_err("max_areas: \"%u\": must be a number from %u to %u\n",
		       pga_max_areas, PGA_DEFAULT_AREAS, PGA_AREAS_HIGHEST);
		return -EINVAL;
	}
	specs = kvcalloc(pga_max_areas, sizeof(*specs), GFP_KERNEL);
	if (!specs)
		return -ENOMEM;
	err = pga_parse_areas(areas, specs, pga_max_areas, &nr) ?:
	      pga_areas_create(specs, nr);
	kvfree(specs);
	return err;
}

static void report_returned(bool loaded)
{
	struct pga_figures figures;

	pga_figures_get(&figures);
	if (!loaded && !figures.chunks_taken)
		return;
	pr_info("returned %llu of %llu chunks to the host\n",
		figures.chunks_returned, figures.chunks_taken);
}

static int __init pgarea_init(void)
{
	int err;

	err = check_parameters() ?: set_reserve();
	if (err)
		return err;
	pga_hide_init();
	err = pga_env_init(pga_buddy_node_size());
	if (err)
		return err;
	err = pga_host_init();
	if (err)
		goto exit_env;
	err = pga_blocks_init();
	if (err)
		goto exit_host;
	pga_drain_init();
	pga_hwpoison_scan_init();
	pga_unclaim_init();
	pga_giveback_work_init();
	err = pga_work_init();
	if (err)
		goto exit_blocks;
	err = pga_pci_init();
	if (err)
		goto exit_work;
	err = pga_pressure_init();
	if (err)
		goto exit_pci;
	err = create_areas();
	if (err)
		goto report;
	err = pga_dev_init();
	if (err)
		goto destroy_areas;
	return 0;

destroy_areas:
	pga_areas_destroy();
report:
	report_returned(false);
	pga_pressure_exit();
exit_pci:
	pga_pci_exit();
exit_work:
	pga_work_exit();
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
	pga_pressure_exit();
	pga_work_exit();
	pga_dev_exit();
	pga_pci_exit();
	pga_drain_exit();
	pga_areas_destroy();
	pga_blocks_exit();
	pga_host_exit();
	pga_env_exit();
	report_returned(true);
}

module_init(pgarea_init);
module_exit(pgarea_exit);

MODULE_DESCRIPTION("Memory at chosen physical addresses, for test programs");
MODULE_AUTHOR("The pgarea authors");
MODULE_VERSION(PGA_VERSION);
MODULE_LICENSE("GPL");
