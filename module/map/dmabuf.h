/* SPDX-License-Identifier: GPL-2.0 */
/* dma-bufs of blocks. */
#ifndef PGA_MAP_DMABUF_H
#define PGA_MAP_DMABUF_H

#include <linux/err.h>
#include <linux/types.h>
#include <linux/pgarea.h>

struct dma_buf;
struct pga_block;

#ifdef CONFIG_DMA_SHARED_BUFFER
u64 pga_dmabuf_features(void);
struct dma_buf *pga_dmabuf_create(struct pga_block *block, u64 index, u64 nr,
				  int flags);
#else
static inline u64 pga_dmabuf_features(void)
{
	return 0;
}

static inline struct dma_buf *pga_dmabuf_create(struct pga_block *block,
						u64 index, u64 nr, int flags)
{
	return ERR_PTR(-EOPNOTSUPP);
}
#endif

#endif /* PGA_MAP_DMABUF_H */
