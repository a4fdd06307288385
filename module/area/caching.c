// SPDX-License-Identifier: GPL-2.0
/*
 * Cache attributes of the pages of a block.
 *
 * Two mappings of a page with different attributes are an alias: a read through
 * one may return an old copy that the other left in a cache.  So the module
 * changes the kernel's own mapping of the pages before a program gets them, and
 * restores it when the pages have no holder any more.  An architecture that
 * cannot change the kernel's mapping has write-back memory only.
 *
 * There is no direct change between write-combining and uncached: each change
 * goes through write-back.
 *
 * Locking: batch_lock protects the array of pages.  The caller owns the pages
 * themselves.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/pgarea.h>

#include "area/caching.h"
#include "compat.h"

/* Pages to change at a time.  The array is static: it needs no allocation. */
#define PGA_CACHING_BATCH		512

static DEFINE_MUTEX(batch_lock);
static struct page *batch[PGA_CACHING_BATCH];	/* [batch_lock] */

/**
 * pga_caching_features() - cache attributes that this machine supports
 *
 * Return: PGAREA_FEATURE_WC, PGAREA_FEATURE_UC, both or 0.
 */
u64 pga_caching_features(void)
{
	u64 features = 0;

	if (pga_arch_has_wc())
		features |= PGAREA_FEATURE_WC;
	if (pga_arch_has_uc())
		features |= PGAREA_FEATURE_UC;
	return features;
}

/**
 * pga_caching_check() - can a block have this attribute on this machine?
 * @caching: any number
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int pga_caching_check(u32 caching)
{
	switch (caching) {
	case PGAREA_CACHE_WB:
		return 0;
	case PGAREA_CACHE_WC:
		return pga_arch_has_wc() ? 0 : -EOPNOTSUPP;
	case PGAREA_CACHE_UC:
		return pga_arch_has_uc() ? 0 : -EOPNOTSUPP;
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * pga_caching_prot() - protection bits for a mapping with a cache attribute
 * @caching: enum pgarea_cache
 * @prot: the bits of a write-back mapping
 *
 * Return: the bits for @caching.
 */
pgprot_t pga_caching_prot(u8 caching, pgprot_t prot)
{
	switch (caching) {
	case PGAREA_CACHE_WC:
		return pgprot_writecombine(prot);
	case PGAREA_CACHE_UC:
		return pgprot_noncached(prot);
	default:
		return prot;
	}
}

static int set_pages(u8 caching, struct page **pages, unsigned int nr)
{
	switch (caching) {
	case PGAREA_CACHE_WC:
		return set_pages_array_wc(pages, nr);
	case PGAREA_CACHE_UC:
		return set_pages_array_uc(pages, nr);
	default:
		return set_pages_array_wb(pages, nr);
	}
}

static int set_batch(u8 caching, u64 first, unsigned int nr)
{
	unsigned int i;
	int err;

	mutex_lock(&batch_lock);
	for (i = 0; i < nr; i++)
		batch[i] = pfn_to_page(first + i);
	err = set_pages(caching, batch, nr);
	mutex_unlock(&batch_lock);
	cond_resched();
	return err;
}

static int set_range(u8 caching, u64 first, u64 nr)
{
	u64 done, now;

	for (done = 0; done < nr; done += now) {
		now = min_t(u64, nr - done, PGA_CACHING_BATCH);
		if (set_batch(caching, first + done, now))
			return -ENOMEM;
	}
	return 0;
}

/**
 * pga_caching_set() - change the attribute of pages in the kernel's own mapping
 * @caching: enum pgarea_cache, checked
 * @first: first page frame
 * @nr: number of pages, write-back and owned by the caller
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOMEM: some pages may have changed, and the caller must call
 * pga_caching_restore().
 */
int pga_caching_set(u8 caching, u64 first, u64 nr)
{
	return set_range(caching, first, nr);
}

/**
 * pga_caching_restore() - make pages write-back again
 * @first: first page frame
 * @nr: number of pages, without a holder
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOMEM: the caller must try again, and must not reuse the
 * pages before it succeeds.
 */
int pga_caching_restore(u64 first, u64 nr)
{
	return set_range(PGAREA_CACHE_WB, first, nr);
}
