// SPDX-License-Identifier: GPL-2.0
/*
 * Figures: what was asked of the host, and what came of it.
 *
 * Locking: figures_lock, a spinlock, protects them all, so that they fit each
 * other. The host takes far longer than that.
 */
#include <linux/errno.h>
#include <linux/spinlock.h>

#include "area/figures.h"

static DEFINE_SPINLOCK(figures_lock);
static struct pga_figures figures;

/* alloc_contig_range() was called. */
void pga_figures_call(void)
{
	spin_lock(&figures_lock);
	figures.calls++;
	spin_unlock(&figures_lock);
}

static void count_refusal_locked(int err)
{
	lockdep_assert_held(&figures_lock);
	if (err == -EBUSY)
		figures.refused_busy++;
	else if (err == -ENOSPC || err == -EDQUOT)
		figures.refused_reserve++;
	else
		figures.refused_other++;
}

/**
 * pga_figures_taken() - count chunks that were asked for at once
 * @err: what came of it, as pga_host_alloc() returns it
 * @nr: number of pages
 * @chunks: number of chunks
 * @ns: time in nanoseconds
 */
void pga_figures_taken(int err, u64 nr, u64 chunks, u64 ns)
{
	spin_lock(&figures_lock);
	figures.ns += ns;
	if (err) {
		count_refusal_locked(err);
	} else {
		figures.chunks_taken += chunks;
		figures.pages_taken += nr;
	}
	spin_unlock(&figures_lock);
}

/**
 * pga_figures_returned() - count a chunk that was returned
 * @nr: number of pages
 * @ns: time in nanoseconds
 */
void pga_figures_returned(u64 nr, u64 ns)
{
	spin_lock(&figures_lock);
	figures.ns += ns;
	figures.chunks_returned++;
	figures.pages_returned += nr;
	spin_unlock(&figures_lock);
}

/**
 * pga_figures_get() - read all figures
 * @copy: set to them
 */
void pga_figures_get(struct pga_figures *copy)
{
	spin_lock(&figures_lock);
	*copy = figures;
	spin_unlock(&figures_lock);
}
