// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that wait in a batch of a processor.
 *
 * A page that a program got a moment ago waits there, with some others, before
 * it is put on an LRU list; on a processor that does nothing else it waits for
 * ever. So does a page that alloc_contig_range() took off its list and could
 * not move: it is put back through such a batch.
 *
 * alloc_contig_range() empties the batches of all processors before it moves
 * pages. But first it looks whether all pages are of a kind that it can move,
 * and one in a batch is not.  So such a page keeps its pageblock from being
 * had, and the attempt leaves it where it was.  The function that empties all
 * batches is not exported. But a processor that releases a batch of pages
 * empties its own first.
 *
 * Locking: the caller keeps the memory online.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pagevec.h>
#include <linux/workqueue.h>

#include "area/batch.h"
#include "area/page_use.h"

/**
 * pga_batches_hold() - does a page of a range wait in a batch?
 * @first: first page frame of the range, which is online
 * @nr: number of pages
 *
 * Context: process; may sleep.
 * Return: true if it does; the answer may be outdated.
 */
bool pga_batches_hold(unsigned long first, unsigned long nr)
{
	unsigned long pfn = first;
	struct pga_page_use use;

	while (pfn < first + nr) {
		pga_page_use(pfn_to_page(pfn), pfn, &use);
		if (use.in_batch)
			return true;
		pfn += use.nr;
		cond_resched();
	}
	return false;
}

static long empty_own(void *unused)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct folio_batch batch;

	if (!page)
		return -ENOMEM;
	folio_batch_init(&batch);
	folio_batch_add(&batch, page_folio(page));
	folio_batch_release(&batch);
	return 0;
}

/**
 * pga_batches_empty() - put the pages in all batches on their lists
 *
 * A processor that goes offline meanwhile empties its batches anyway.
 *
 * Context: process; sleeps until each processor has run a work item, as
 * alloc_contig_range() does.
 */
void pga_batches_empty(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		work_on_cpu(cpu, empty_own, NULL);
}
