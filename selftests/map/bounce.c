// SPDX-License-Identifier: GPL-2.0
/*
 * A device that imports a block gets the block, or an error: never the address
 * of a copy in a bounce buffer.
 *
 * The kernel has bounce buffers for every device with swiotlb=force, which the
 * job bounce boots with; else for those that do not reach the memory.  The
 * importer is pgarea_test.ko, whose devices no IOMMU translates for.
 */
#include "include/export.h"
#include "include/testmod.h"

#define MOST_ENTRIES	8

FIXTURE(bounce)
{
	int fd;
	int watch;
	int test;
	struct pga_snapshot before;
};

FIXTURE_SETUP(bounce)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_FEATURE_OR_SKIP(self->watch, PGAREA_FEATURE_EXPORT);
	PGT_OPEN_OR_SKIP(self->test);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(bounce)
{
	close(self->test);
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Is every device given a bounce buffer on this machine? */
static bool is_forced(void)
{
	char line[4096] = "";
	FILE *file = fopen("/proc/cmdline", "re");
	bool forced = file && fgets(line, sizeof(line), file) &&
		      strstr(line, "swiotlb=force");

	if (file)
		fclose(file);
	return forced;
}

/* A block of this area, and a dma-buf of it; its descriptor, or -errno. */
static int export_from(int fd, __u32 area, __u64 pages,
		       struct pgarea_alloc *block)
{
	int err;

	*block = (struct pgarea_alloc){
		.size = pages * page_size(),
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	err = pga_alloc_in(fd, area, block);
	return err ?: pga_export_all(fd, block->id);
}

/* Map it for a new device: 0: it gets the block; 1: something else; -errno. */
static int map_for(int test, int buf, __u32 bits,
		   const struct pgarea_alloc *block)
{
	struct pgt_entry entries[MOST_ENTRIES];
	__u64 at = block->phys;
	__u32 handle;
	int i, nr, err = pgt_import_with(test, buf, bits, &handle);

	if (err)
		return err;
	nr = pgt_map(test, handle, entries, MOST_ENTRIES);
	for (i = 0; i < nr && entries[i].dma == at; i++)
		at += entries[i].dma_length;
	if (nr > 0)
		pgt_do(test, handle, PGT_STEP_UNMAP);
	pgt_do(test, handle, PGT_STEP_DETACH);
	pgt_do(test, handle, PGT_STEP_PUT);
	if (nr > 0 && i < nr)
		printf("# %u bits: the block at %#llx is at %#llx for the device\n",
		       bits, block->phys, entries[i].dma);
	return nr < 0 ? nr : at != block->phys + block->alloc_size;
}

/* Small ones, and one larger than a bounce buffer can be, in each area. */
TEST_F(bounce, a_device_gets_the_block_or_an_error)
{
	static const __u64 pages[] = { 1, 3, 64, 512 };
	struct pgarea_alloc block;
	int i, j, buf, wanted = is_forced() ? -EIO : 0;

	for (i = 0; i < self->before.nr; i++) {
		for (j = 0; j < (int)ARRAY_SIZE(pages); j++) {
			buf = export_from(self->fd, self->before.areas[i].id,
					  pages[j], &block);
			if (buf == -ENOSPC)
				continue;
			ASSERT_LE(0, buf);
			EXPECT_EQ(wanted, map_for(self->test, buf, PGT_ALL_BITS,
						  &block));
			close(buf);
			EXPECT_EQ(0, pga_free(self->fd, block.id));
		}
	}
}

/* The refused mapping copied nothing back. */
TEST_F(bounce, a_refusal_leaves_the_contents)
{
	struct pgarea_area area;
	struct pgarea_alloc block;
	unsigned char *at;
	int buf;

	PGA_PICK_OR_SKIP(self->fd, 1, &area);
	buf = export_from(self->fd, area.id, 1, &block);
	ASSERT_LE(0, buf);
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0x5a, block.alloc_size);
	EXPECT_EQ(is_forced() ? -EIO : 0,
		  map_for(self->test, buf, PGT_ALL_BITS, &block));
	EXPECT_EQ(0x5a, at[0]);
	EXPECT_EQ(0, memcmp(at, at + 1, block.alloc_size - 1));
	munmap(at, block.alloc_size);
	close(buf);
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

TEST_HARNESS_MAIN
