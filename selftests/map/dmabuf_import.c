// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks as dma-bufs, as an importing driver uses them: the addresses for its
 * device, the processor's access, the kernel's mapping; and that the memory is
 * restored whatever the order in which the holders end.
 *
 * The importer is pgarea_test.ko.
 */
#include "include/export.h"
#include "include/testmod.h"

#define PAGES		16
#define MOST_ENTRIES	64

/* The kernel supports no device with a shorter mask. */
#define LEAST_BITS	24
/* More than the memory of a test machine */
#define MOST_BITS	40

/* What fits into a device's address register, with some margin */
#define ENTRY_MOST	GIB

FIXTURE(import)
{
	int fd;
	int watch;
	int test;
	__u64 page;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	int buf;
	__u32 handle;
};

FIXTURE_SETUP(import)
{
	self->page = page_size();
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_FEATURE_OR_SKIP(self->watch, PGAREA_FEATURE_EXPORT);
	PGT_OPEN_OR_SKIP(self->test);
	PGA_PICK_OR_SKIP(self->watch, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = PAGES * self->page;
	self->block.orphan_ms = PGAREA_ORPHAN_NONE;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->buf = pga_export_all(self->fd, self->block.id);
	ASSERT_LE(0, self->buf);
	ASSERT_EQ(0, pgt_import(self->test, self->buf, &self->handle));
}

FIXTURE_TEARDOWN(import)
{
	close(self->test);
	close(self->buf);
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/*
 * Do the entries cover these bytes, in order, and does the device find each at
 * the address of the pages?  The test machine's devices have no IOMMU.
 */
static bool covers(const struct pgt_entry *entries, int nr, __u64 phys,
		   __u64 size)
{
	__u64 at = phys;
	int i;

	for (i = 0; i < nr; i++) {
		if (entries[i].dma != at || entries[i].phys != at ||
		    entries[i].dma_length != entries[i].length ||
		    !entries[i].length || entries[i].length > ENTRY_MOST)
			return false;
		at += entries[i].length;
	}
	return nr > 0 && at == phys + size;
}

TEST_F(import, a_device_gets_the_addresses_of_the_block)
{
	struct pgt_entry entries[MOST_ENTRIES];
	int nr = pgt_map(self->test, self->handle, entries, MOST_ENTRIES);

	ASSERT_LT(0, nr);
	ASSERT_GE(MOST_ENTRIES, nr);
	TH_LOG("%d entries, the first is %#llx and %llu bytes", nr,
	       (unsigned long long)entries[0].dma,
	       (unsigned long long)entries[0].length);
	EXPECT_TRUE(covers(entries, nr, self->block.phys, self->block.alloc_size));
}

TEST_F(import, a_device_gets_the_addresses_of_a_part)
{
	struct pgt_entry entries[MOST_ENTRIES];
	int buf = pga_export_part(self->fd, self->block.id, 5 * self->page,
				  3 * self->page, 0);
	__u32 handle;
	int nr;

	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	close(buf);
	nr = pgt_map(self->test, handle, entries, MOST_ENTRIES);
	ASSERT_LT(0, nr);
	EXPECT_TRUE(covers(entries, nr, self->block.phys + 5 * self->page,
			   3 * self->page));
}

/* Not only the addresses: the pages of the entries have the block's contents. */
TEST_F(import, the_pages_of_the_entries_are_the_block)
{
	struct pgt_entry entries[MOST_ENTRIES];
	__u64 *mapped = pga_map(self->fd, &self->block), i, word = 0;
	__u64 words = self->block.alloc_size / sizeof(word);
	int nr, e;

	ASSERT_NE(MAP_FAILED, mapped);
	for (i = 0; i < words; i++)
		mapped[i] = 0x1234567800000000ULL + i;
	nr = pgt_map(self->test, self->handle, entries, MOST_ENTRIES);
	ASSERT_LT(0, nr);
	ASSERT_GE(MOST_ENTRIES, nr);
	for (e = 0; e < nr; e++) {
		EXPECT_EQ(mapped[word], entries[e].first);
		word += entries[e].length / sizeof(word);
		ASSERT_GE(words, word);
		EXPECT_EQ(mapped[word - 1], entries[e].last);
	}
	munmap(mapped, self->block.alloc_size);
}

/* A block whose size is not a power of two, and larger than a pageblock */
TEST_F(import, a_long_block_is_covered)
{
	struct pgt_entry entries[MOST_ENTRIES];
	struct pgarea_alloc block = {
		.size = 1027 * self->page,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	__u32 handle;
	int buf, nr;

	if (pga_alloc(self->fd, &block) == -ENOSPC)
		SKIP(return, "no area has 1027 contiguous pages");
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	close(buf);
	nr = pgt_map(self->test, handle, entries, MOST_ENTRIES);
	ASSERT_LT(0, nr);
	ASSERT_GE(MOST_ENTRIES, nr);
	EXPECT_TRUE(covers(entries, nr, block.phys, block.alloc_size));
}

/*
 * Nor does an entry have to cover all of a block: its length is an unsigned
 * int.  The job that runs this provides an area of this size.
 */
TEST_F_TIMEOUT(import, a_block_of_several_entries_is_covered, 100)
{
	struct pgt_entry entries[MOST_ENTRIES];
	struct pgarea_alloc block = {
		.size = ENTRY_MOST + 3 * self->page,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	struct pgarea_area area;
	__u32 handle;
	int buf, nr;

	PGA_PICK_OR_SKIP(self->fd, block.size / self->page, &area);
	ASSERT_EQ(0, pga_alloc_in(self->fd, area.id, &block));
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	close(buf);
	nr = pgt_map(self->test, handle, entries, MOST_ENTRIES);
	ASSERT_LT(1, nr);
	ASSERT_GE(MOST_ENTRIES, nr);
	EXPECT_TRUE(covers(entries, nr, block.phys, block.alloc_size));
}

/*
 * A device that does not reach the block gets an error.  The kernel copies
 * other memory through a bounce buffer, which would not be at the block's
 * address.
 */
TEST_F(import, a_device_that_does_not_reach_it_is_refused)
{
	struct pgarea_alloc block = {
		.size = self->page,
		.lowest = 1ULL << LEAST_BITS,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	struct pgt_entry entries[MOST_ENTRIES];
	__u32 bits, handle;
	int buf, nr;

	if (pga_alloc(self->fd, &block) == -ENOSPC)
		SKIP(return, "all memory is in every device's reach");
	bits = 63 - __builtin_clzll(block.phys);
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import_with(self->test, buf, bits, &handle));
	nr = pgt_map(self->test, handle, entries, MOST_ENTRIES);
	TH_LOG("%u bits for %#llx: %d", bits, (unsigned long long)block.phys,
	       nr);
	EXPECT_GT(0, nr);
	ASSERT_EQ(0, pgt_import_with(self->test, buf, bits + 1, &handle));
	nr = pgt_map(self->test, handle, entries, MOST_ENTRIES);
	ASSERT_EQ(1, nr);
	EXPECT_TRUE(covers(entries, nr, block.phys, self->page));
	close(buf);
}

/* The last byte of a device's reach counts. */
TEST_F(import, a_device_that_just_reaches_it_gets_it)
{
	struct pgarea_alloc block;
	struct pgt_entry entries[MOST_ENTRIES];
	int bits, buf, nr = -ENOSPC;
	__u32 handle;

	for (bits = LEAST_BITS; bits < MOST_BITS && nr; bits++)
		nr = pga_alloc_at(self->fd, (1ULL << bits) - self->page,
				  self->page, &block);
	if (nr)
		SKIP(return, "no area has the page below a power of two");
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import_with(self->test, buf, bits - 1, &handle));
	nr = pgt_map(self->test, handle, entries, MOST_ENTRIES);
	TH_LOG("%d bits for %#llx: %d", bits - 1, block.phys, nr);
	ASSERT_EQ(1, nr);
	EXPECT_TRUE(covers(entries, nr, block.phys, self->page));
	close(buf);
}

TEST_F(import, several_importers_see_the_same)
{
	struct pgt_entry one[MOST_ENTRIES], two[MOST_ENTRIES];
	__u32 handle;
	int nr;

	ASSERT_EQ(0, pgt_import(self->test, self->buf, &handle));
	ASSERT_NE(self->handle, handle);
	nr = pgt_map(self->test, self->handle, one, MOST_ENTRIES);
	ASSERT_LT(0, nr);
	ASSERT_EQ(nr, pgt_map(self->test, handle, two, MOST_ENTRIES));
	EXPECT_TRUE(covers(two, nr, self->block.phys, self->block.alloc_size));
	EXPECT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_UNMAP));
	EXPECT_EQ(0, pgt_do(self->test, handle, PGT_STEP_UNMAP));
	EXPECT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_DETACH));
	EXPECT_EQ(0, pgt_do(self->test, handle, PGT_STEP_DETACH));
}

TEST_F(import, it_is_mapped_again_and_again)
{
	struct pgt_entry entries[MOST_ENTRIES];
	int round, nr;

	for (round = 0; round < 20; round++) {
		nr = pgt_map(self->test, self->handle, entries, MOST_ENTRIES);
		ASSERT_LT(0, nr);
		ASSERT_TRUE(covers(entries, nr, self->block.phys,
				   self->block.alloc_size));
		ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_UNMAP));
	}
}

TEST_F(import, the_processor_has_access_while_it_is_mapped)
{
	struct pgt_entry entries[MOST_ENTRIES];
	struct pgt_do step = { .handle = self->handle };
	__u32 way;

	ASSERT_LT(0, pgt_map(self->test, self->handle, entries, MOST_ENTRIES));
	for (way = PGT_BOTH_WAYS; way <= PGT_FROM_DEVICE; way++) {
		step.direction = way;
		step.step = PGT_STEP_CPU_BEGIN;
		EXPECT_EQ(0, pga_ioctl(self->test, PGT_IOC_DO, &step));
		step.step = PGT_STEP_CPU_END;
		EXPECT_EQ(0, pga_ioctl(self->test, PGT_IOC_DO, &step));
	}
}

TEST_F(import, the_kernel_reads_and_writes_through_its_mapping)
{
	char *mapped = pga_map(self->fd, &self->block), copy[64];
	__u64 across = 7 * self->page - 5, last = self->block.alloc_size - 8;

	ASSERT_NE(MAP_FAILED, mapped);
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_VMAP));
	strcpy(mapped + across, "across two pages");
	ASSERT_EQ(0, pgt_copy(self->test, self->handle, false, across, copy,
			      sizeof(copy)));
	EXPECT_STREQ("across two pages", copy);
	ASSERT_EQ(0, pgt_copy(self->test, self->handle, true, last, "the end",
			      8));
	EXPECT_STREQ("the end", mapped + last);
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_VUNMAP));
	munmap(mapped, self->block.alloc_size);
}

TEST_F(import, the_kernel_maps_a_part)
{
	int buf = pga_export_part(self->fd, self->block.id, 5 * self->page,
				  3 * self->page, 0);
	char *mapped = pga_map(self->fd, &self->block), copy[8];
	__u32 handle;

	ASSERT_LE(0, buf);
	ASSERT_NE(MAP_FAILED, mapped);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	close(buf);
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_VMAP));
	strcpy(mapped + 7 * self->page, "page 7");
	ASSERT_EQ(0, pgt_copy(self->test, handle, false, 2 * self->page, copy,
			      8));
	EXPECT_STREQ("page 7", copy);
	EXPECT_EQ(-EINVAL, pgt_copy(self->test, handle, false, 3 * self->page,
				    copy, 1));
	munmap(mapped, self->block.alloc_size);
}

/* An import holds what its descriptor held; so does a mapping of the kernel. */
TEST_F(import, it_holds_the_block_without_a_descriptor)
{
	char byte = 0x77, copy = 0;

	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_VMAP));
	close(self->buf);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_HOLDER_DMABUF,
		  pga_held_by(self->fd, self->block.id) & PGAREA_HOLDER_DMABUF);
	ASSERT_EQ(0, pgt_copy(self->test, self->handle, true, 9, &byte, 1));
	ASSERT_EQ(0, pgt_copy(self->test, self->handle, false, 9, &copy, 1));
	EXPECT_EQ(byte, copy);
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_VUNMAP));
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_DETACH));
	EXPECT_EQ(PGAREA_HOLDER_DMABUF,
		  pga_held_by(self->fd, self->block.id) & PGAREA_HOLDER_DMABUF);
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_PUT));
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
}

/* Does the next owner of a freed block's memory read zeros? */
static bool comes_back_zero(int fd, const struct pgarea_alloc *block)
{
	struct pgarea_alloc next;
	bool zero = false;
	char *at;

	if (pga_alloc_at(fd, block->phys, block->alloc_size, &next))
		return false;
	at = pga_map(fd, &next);
	if (at != MAP_FAILED) {
		zero = pga_is_zero(at, next.alloc_size);
		munmap(at, next.alloc_size);
	}
	pga_free(fd, next.id);
	return zero;
}

TEST_F(import, a_late_write_of_the_kernel_is_not_seen_by_the_next_owner)
{
	struct pgarea_alloc next;
	char bytes[64];

	memset(bytes, 0xee, sizeof(bytes));
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_VMAP));
	close(self->buf);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->block.phys, self->page,
				       &next));
	ASSERT_EQ(0, pgt_copy(self->test, self->handle, true, 3 * self->page,
			      bytes, sizeof(bytes)));
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_VUNMAP));
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_DETACH));
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_PUT));
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	EXPECT_TRUE(comes_back_zero(self->fd, &self->block));
}

/* Pages of a dma-buf's mapping are ordinary ones: a driver may pin them. */
TEST_F(import, a_pin_outlives_the_dma_buf)
{
	char *at = pga_map_buf(self->buf, self->block.alloc_size,
			       PROT_READ | PROT_WRITE);
	struct pgarea_alloc next;
	__u32 pin;
	__u64 phys;

	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pgt_hold(self->test, at + 2 * self->page,
			      PGT_HOLD_PIN | PGT_HOLD_WRITE, &pin, &phys));
	EXPECT_EQ(self->block.phys + 2 * self->page, phys);
	munmap(at, self->block.alloc_size);
	close(self->buf);
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_DETACH));
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_PUT));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE,
		  pga_held_by(self->fd, self->block.id));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->block.phys, self->page,
				       &next));
	ASSERT_EQ(0, pgt_fill(self->test, pin, 0xee));
	ASSERT_EQ(0, pgt_drop(self->test, pin));
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	EXPECT_TRUE(comes_back_zero(self->fd, &self->block));
}

/*
 * An importer maps a dma-buf into programs through its own file, which is open
 * for writing: the rights are still those of the dma-buf.
 */
TEST_F(import, an_importers_mapping_has_the_rights_of_the_dma_buf)
{
	int buf = pga_export_part(self->fd, self->block.id, 0, 0,
				  PGAREA_EXPORT_READ_ONLY);
	size_t size = self->block.alloc_size;
	char *ours = pga_map(self->fd, &self->block), *at;
	__u32 handle;

	ASSERT_NE(MAP_FAILED, ours);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	close(buf);
	EXPECT_EQ(EACCES, pga_map_errno(self->test, PGT_MMAP_OFFSET(handle),
					size, PROT_READ | PROT_WRITE,
					MAP_SHARED));
	at = mmap(NULL, size, PROT_READ, MAP_SHARED, self->test,
		  PGT_MMAP_OFFSET(handle));
	ASSERT_NE(MAP_FAILED, at);
	strcpy(ours + self->page, "read only");
	EXPECT_STREQ("read only", at + self->page);
	EXPECT_EQ(EACCES, pga_protect_errno(at, size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, pga_protect_errno(at, size, PROT_READ | PROT_EXEC));
	munmap(at, size);
	munmap(ours, size);
}

TEST_F(import, an_importers_mapping_is_the_block)
{
	size_t size = self->block.alloc_size;
	char *at = mmap(NULL, size, PROT_READ, MAP_SHARED, self->test,
			PGT_MMAP_OFFSET(self->handle));

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, pga_first_misplaced(at, self->block.phys, size));
	EXPECT_EQ(0, pga_protect_errno(at, size, PROT_READ | PROT_WRITE));
	memset(at, 0xee, size);
	EXPECT_EQ(EINVAL, pga_map_errno(self->test,
					PGT_MMAP_OFFSET(self->handle) +
					self->page, size, PROT_READ,
					MAP_SHARED));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_HOLDER_MAPPING,
		  pga_held_by(self->fd, self->block.id) & PGAREA_HOLDER_MAPPING);
	munmap(at, size);
}

TEST_F(import, a_read_only_dma_buf_is_mapped_for_a_device)
{
	struct pgt_entry entries[MOST_ENTRIES];
	int buf = pga_export_part(self->fd, self->block.id, 0, 0,
				  PGAREA_EXPORT_READ_ONLY);
	__u32 handle;
	int nr;

	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	close(buf);
	nr = pgt_map(self->test, handle, entries, MOST_ENTRIES);
	ASSERT_LT(0, nr);
	EXPECT_TRUE(covers(entries, nr, self->block.phys, self->block.alloc_size));
}

/* A killed process that imports detaches, in the right order. */
TEST_F(import, an_importer_that_goes_lets_go)
{
	struct pgt_entry entries[MOST_ENTRIES];

	ASSERT_LT(0, pgt_map(self->test, self->handle, entries, MOST_ENTRIES));
	ASSERT_EQ(0, pgt_do(self->test, self->handle, PGT_STEP_VMAP));
	close(self->buf);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_NE(0, pga_held_by(self->fd, self->block.id));
	close(self->test);
	EXPECT_EQ(0, pga_is_gone(self->fd, self->block.id));
	self->test = open(PGT_DEVICE, O_RDWR | O_CLOEXEC);
}

/* The five holders of an exported block end in any order. */
enum end { END_FREE, END_FILE, END_BUF, END_MAPPING, END_IMPORT, NR_ENDS };

#define NR_ORDERS	(1 * 2 * 3 * 4 * 5)

FIXTURE(order)
{
	int watch;
	int test;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_VARIANT(order)
{
	bool of_buf;	/* the mapping is of the dma-buf, not of the block */
};

FIXTURE_VARIANT_ADD(order, mapping_of_the_block) { .of_buf = false };
FIXTURE_VARIANT_ADD(order, mapping_of_the_dma_buf) { .of_buf = true };

FIXTURE_SETUP(order)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_FEATURE_OR_SKIP(self->watch, PGAREA_FEATURE_EXPORT);
	PGT_OPEN_OR_SKIP(self->test);
	PGA_PICK_OR_SKIP(self->watch, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
}

FIXTURE_TEARDOWN(order)
{
	close(self->test);
	close(self->watch);
}

/* A block with all its holders */
struct held {
	int fd;
	int test;
	int buf;
	__u32 import;
	char *at;
	struct pgarea_alloc block;
};

static bool hold_all(struct held *held, __u32 area, int test, bool of_buf)
{
	struct pgt_entry entries[MOST_ENTRIES];

	held->test = test;
	held->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	held->block = (struct pgarea_alloc){
		.size = PAGES * page_size(),
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	if (held->fd < 0 || pga_alloc_in(held->fd, area, &held->block))
		return false;
	held->buf = pga_export_all(held->fd, held->block.id);
	if (held->buf < 0 || pgt_import(test, held->buf, &held->import) ||
	    pgt_map(test, held->import, entries, MOST_ENTRIES) < 1)
		return false;
	held->at = of_buf ? pga_map_buf(held->buf, held->block.alloc_size,
					PROT_READ | PROT_WRITE) :
			    pga_map(held->fd, &held->block);
	return held->at != MAP_FAILED;
}

static bool end_one(struct held *held, enum end end)
{
	switch (end) {
	case END_FREE:
		return !pga_free(held->fd, held->block.id);
	case END_FILE:
		return !close(held->fd);
	case END_BUF:
		return !close(held->buf);
	case END_MAPPING:
		memset(held->at, 0xee, held->block.alloc_size);
		return !munmap(held->at, held->block.alloc_size);
	case END_IMPORT:
		return !pgt_do(held->test, held->import, PGT_STEP_UNMAP) &&
		       !pgt_do(held->test, held->import, PGT_STEP_DETACH) &&
		       !pgt_do(held->test, held->import, PGT_STEP_PUT);
	default:
		return false;
	}
}

/* The order with this number, of NR_ORDERS. */
static void make_order(unsigned int number, enum end *order)
{
	enum end left[NR_ENDS] = {
		END_FREE, END_FILE, END_BUF, END_MAPPING, END_IMPORT,
	};
	unsigned int i, pick;

	for (i = 0; i < NR_ENDS; i++) {
		pick = number % (NR_ENDS - i);
		number /= NR_ENDS - i;
		order[i] = left[pick];
		left[pick] = left[NR_ENDS - i - 1];
	}
}

/* Is there a holder left?  The owner is no longer one after FREE or exit. */
static bool is_held(const bool *ended)
{
	return !(ended[END_FREE] || ended[END_FILE]) || !ended[END_BUF] ||
	       !ended[END_MAPPING] || !ended[END_IMPORT];
}

/* No page of it is allocated again before the last holder ends. */
static bool end_all(struct held *held, const enum end *order, int watch)
{
	bool ended[NR_ENDS] = {};
	struct pgarea_alloc next;
	unsigned int i;

	for (i = 0; i < NR_ENDS; i++) {
		if (is_held(ended) &&
		    pga_alloc_at(watch, held->block.phys, page_size(),
				 &next) != -EBUSY)
			return false;
		/* It cannot be freed through a file that was closed. */
		if ((order[i] != END_FREE || !ended[END_FILE]) &&
		    !end_one(held, order[i]))
			return false;
		ended[order[i]] = true;
	}
	return true;
}

/* Is everything as before, and in time? */
static bool is_over(int watch, const struct pga_snapshot *before)
{
	__u64 latest = pga_now_ms() + PGA_GONE_MS;

	return pga_returns_to(watch, before) && pga_now_ms() < latest;
}

TEST_F_TIMEOUT(order, of_the_ends_does_not_matter, 100)
{
	enum end order[NR_ENDS];
	struct held held;
	unsigned int nr;

	for (nr = 0; nr < NR_ORDERS; nr++) {
		make_order(nr, order);
		ASSERT_TRUE(hold_all(&held, self->area.id, self->test,
				     variant->of_buf));
		if (!end_all(&held, order, self->watch) ||
		    !is_over(self->watch, &self->before)) {
			TH_LOG("order %u: %d %d %d %d %d", nr, order[0],
			       order[1], order[2], order[3], order[4]);
			ASSERT_TRUE(false);
		}
		ASSERT_TRUE(comes_back_zero(self->watch, &held.block));
	}
}

TEST_HARNESS_MAIN
