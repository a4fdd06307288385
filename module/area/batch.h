/* SPDX-License-Identifier: GPL-2.0 */
/* Pages that wait in a batch of a processor. */
#ifndef PGA_AREA_BATCH_H
#define PGA_AREA_BATCH_H

#include <linux/types.h>

bool pga_batches_hold(unsigned long first, unsigned long nr);
void pga_batches_empty(void);

#endif /* PGA_AREA_BATCH_H */
