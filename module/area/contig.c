// SPDX-License-Identifier: GPL-2.0
/*
 * Contiguous memory from the host, by several processors at once.
 *
 * Where the host has to reclaim or move what is in a range, alloc_contig_range()
 * takes about as long as clearing it.  The kernel's own requests for huge pages
 * have kswapd beside them, which reclaims on another processor; nobody does that
 * for an exact range.  So a long range is divided, and workers take its parts
 * beside the thread that wants it.
 *
 * The workers run on no isolated processor.  The thread does not depend on them:
 * it takes every part itself that no worker has begun with.
 *
 * Locking: parts_lock, a spinlock, protects the list of the parts that are being
 * taken.
 */
#include <linux/container_of.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "area/contig.h"
#include "area/figures.h"
#include "compat.h"

/* The least part: a call costs as much as clearing a few megabytes. */
#define PGA_PART_PAGES	(SZ_16M >> PAGE_SHIFT)
#define PGA_MOST_PARTS	4

/**
 * struct pga_part_work - a part of a range that is taken
 * @work: of a worker
 * @link: in the list, while it is being taken
 * @task: who takes it
 * @first: first page frame
 * @nr: number of pages
 * @err: the result; -ECANCELED: none, since another part could not be had
 */
struct pga_part_work {
	struct work_struct work;
	struct list_head link;
	struct task_struct *task;
	unsigned long first;
	unsigned long nr;
	int err;
};

static struct workqueue_struct *contig_wq;

static DEFINE_SPINLOCK(parts_lock);
static LIST_HEAD(parts_being_taken);

static void take_part(struct pga_part_work *part)
{
	part->task = current;
	spin_lock(&parts_lock);
	list_add(&part->link, &parts_being_taken);
	spin_unlock(&parts_lock);
	part->err = alloc_contig_range(part->first, part->first + part->nr,
				       PGA_ACR_ARG, GFP_KERNEL | __GFP_NOWARN);
	pga_figures_call();
	spin_lock(&parts_lock);
	list_del(&part->link);
	spin_unlock(&parts_lock);
}

static void part_work_fn(struct work_struct *work)
{
	take_part(container_of(work, struct pga_part_work, work));
}

/**
 * pga_contig_is_taking() - is this thread in a call of alloc_contig_range()?
 *
 * The host may reclaim memory then, and so call the module.
 *
 * Context: any in which the caller holds no spinlock of the module.
 * Return: true if it is.
 */
bool pga_contig_is_taking(void)
{
	const struct pga_part_work *part;
	bool found = false;

	spin_lock(&parts_lock);
	list_for_each_entry(part, &parts_being_taken, link)
		found = found || part->task == current;
	spin_unlock(&parts_lock);
	return found;
}

/*
 * How many parts a range has, a power of two.  No block of the host's allocator
 * crosses the border of two parts.
 */
static unsigned int nr_parts(unsigned long nr)
{
	unsigned long least = max_t(unsigned long, PGA_PART_PAGES,
				    MAX_ORDER_NR_PAGES);
	unsigned long most = min3(nr / least, (unsigned long)num_online_cpus(),
				  (unsigned long)PGA_MOST_PARTS);

	return is_power_of_2(nr) && most > 1 ? rounddown_pow_of_two(most) : 1;
}

/*
 * Take the parts: the first one here, and those that no worker began with, unless
 * one could not be had.
 */
static int take_parts(struct pga_part_work *parts, unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 1; i < nr; i++) {
		INIT_WORK_ONSTACK(&parts[i].work, part_work_fn);
		queue_work(contig_wq, &parts[i].work);
	}
	take_part(&parts[0]);
	err = parts[0].err;
	for (i = 1; i < nr; i++) {
		if (cancel_work_sync(&parts[i].work) && !err)
			take_part(&parts[i]);
		destroy_work_on_stack(&parts[i].work);
		err = err ?: parts[i].err;
	}
	return err;
}

static void return_part(const struct pga_part_work *part)
{
	unsigned long pfn;

	for (pfn = part->first; pfn < part->first + part->nr; pfn++)
		__free_page(pfn_to_page(pfn));
}

/**
 * pga_contig_alloc() - allocate an exact range, all or nothing
 * @first: first page frame, a multiple of @nr where that is a power of two
 * @nr: number of pages, whole pageblocks
 *
 * Each page has one reference then.
 *
 * Context: process; sleeps, and may migrate and reclaim.
 * Return: 0, or the error of a part, as alloc_contig_range().
 */
int pga_contig_alloc(unsigned long first, unsigned long nr)
{
	struct pga_part_work parts[PGA_MOST_PARTS] = {};
	unsigned int i, n = nr_parts(nr);
	int err;

	for (i = 0; i < n; i++) {
		parts[i].first = first + i * (nr / n);
		parts[i].nr = nr / n;
		parts[i].err = -ECANCELED;
	}
	err = take_parts(parts, n);
	for (i = 0; err && i < n; i++)
		if (!parts[i].err)
			return_part(&parts[i]);
	return err;
}

int __init pga_contig_init(void)
{
	contig_wq = alloc_workqueue("pgarea_contig", WQ_UNBOUND, 0);
	return contig_wq ? 0 : -ENOMEM;
}

void pga_contig_exit(void)
{
	destroy_workqueue(contig_wq);
}
