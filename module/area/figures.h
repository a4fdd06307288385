/* SPDX-License-Identifier: GPL-2.0 */
/* Figures: what was asked of the host, and what came of it. */
#ifndef PGA_AREA_FIGURES_H
#define PGA_AREA_FIGURES_H

#include <linux/types.h>

/**
 * struct pga_figures - what was asked of the host since load
 * @calls: calls of alloc_contig_range()
 * @chunks_taken: chunks that it gave
 * @chunks_returned: chunks that it got back
 * @pages_taken: pages of those that it gave
 * @pages_returned: pages of those that it got back
 * @refused_busy: chunks that it did not give as it could not move something
 * @refused_reserve: chunks that were not asked for because of a reserve
 * @refused_other: chunks that it did not give for any other reason
 * @ns: time in nanoseconds that all this took
 */
struct pga_figures {
	u64 calls;
	u64 chunks_taken;
	u64 chunks_returned;
	u64 pages_taken;
	u64 pages_returned;
	u64 refused_busy;
	u64 refused_reserve;
	u64 refused_other;
	u64 ns;
};

void pga_figures_call(void);
void pga_figures_taken(int err, u64 nr, u64 chunks, u64 ns);
void pga_figures_returned(u64 nr, u64 ns);
void pga_figures_get(struct pga_figures *figures);

#endif /* PGA_AREA_FIGURES_H */
