// SPDX-License-Identifier: GPL-2.0
/*
 * Memory is zero when ALLOC returns it, wherever a device wrote before: to pages
 * that no program has had, that a failed command had for a moment, or that were
 * only reserved.
 *
 * The device is QEMU's "edu" (edu.h).  All memory is below 16 MiB, which each of
 * these devices reaches, and belongs to the module: the device does no harm
 * where it writes to free pages.
 */
#include "edu.h"
#include "include/buffer.h"
#include "include/exhaust.h"
#include "include/pga_lifetime.h"

#define REACH	(16 * MIB)
#define PAGES	4

enum { SOURCE = 1, TARGET };

/*
 * @source: the device has its pattern, and writes it.  @target: shows that it
 * does.  @address: of free pages.  @answer: a page for a struct.
 */
FIXTURE(stray)
{
	int fd;
	struct pci edu;
	bool open;
	__u32 area;
	__u64 page;
	__u64 size;
	__u64 address;
	struct buffer source;
	struct buffer target;
	void *answer;
};

static int own_page(int fd, __u32 area, struct buffer *page)
{
	int err;

	page->block = (struct pgarea_alloc){
		.size = page_size(),
		.highest = REACH - 1,
	};
	err = pga_alloc_in(fd, area, &page->block);
	return err ?: buffer_map(fd, page);
}

FIXTURE_SETUP(stray)
{
	struct pgarea_range free;
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	if (pga_area_by_name(self->fd, "lowest", &area))
		SKIP(return, "there is no area lowest");
	self->area = area.id;
	self->page = page_size();
	self->size = PAGES * self->page;
	ASSERT_TRUE(buffer_new_salt());
	if (own_page(self->fd, area.id, &self->source) ||
	    own_page(self->fd, area.id, &self->target) ||
	    pga_longest_free(self->fd, area.id, &free) ||
	    free.size < self->size)
		SKIP(return, "no pages below 16 MiB are free");
	/* The highest ones: the last that an allocation would choose. */
	self->address = free.address + free.size - self->size;
	EDU_OPEN_OR_SKIP(&self->edu);
	if (self->edu.by_vfio) {
		pci_close(&self->edu);
		SKIP(return, "through VFIO it reaches only what is mapped");
	}
	self->open = true;
	buffer_fill(&self->source, SOURCE);
	buffer_fill(&self->target, TARGET);
	ASSERT_EQ(0, edu_fetch(&self->edu, self->source.block.phys));
	ASSERT_EQ(0, edu_store(&self->edu, self->target.block.phys));
	ASSERT_TRUE(buffer_shows(&self->target, 0, EDU_BYTES, SOURCE));
	self->answer = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->answer);
}

FIXTURE_TEARDOWN(stray)
{
	if (self->open)
		pci_close(&self->edu);
	close(self->fd);
}

/* The device writes to each page from @address on. */
static int write_late(const struct pci *edu, __u64 address, __u64 size)
{
	__u64 at;
	int err = 0;

	for (at = address; at < address + size && !err; at += page_size())
		err = edu_store(edu, at);
	return err;
}

/* Allocate exactly this and free it; -EUCLEAN: it was not zero. */
static int check_zero(int fd, __u64 address, __u64 size)
{
	struct pgarea_alloc block;
	bool zero;
	char *at;
	int err = pga_wait_exact(fd, address, size, &block);

	if (err)
		return err;
	at = pga_map(fd, &block);
	if (at == MAP_FAILED)
		return -errno;
	zero = pga_is_zero(at, size);
	munmap(at, size);
	return pga_free(fd, block.id) ?: zero ? 0 : -EUCLEAN;
}

#define EXPECT_ZERO_AFTER_WRITES(_address, _size) do {			\
	ASSERT_EQ(0, write_late(&self->edu, _address, _size));		\
	EXPECT_EQ(0, check_zero(self->fd, _address, _size));		\
} while (0)

/* After the module was loaded, these pages are the last that are allocated. */
TEST_F(stray, into_memory_that_no_program_has_had)
{
	EXPECT_ZERO_AFTER_WRITES(self->address, self->size);
}

/* The program named the address itself, so it knows it. */
TEST_F(stray, after_an_alloc_that_could_not_be_answered)
{
	struct pgarea_alloc *arg = self->answer;

	*arg = (struct pgarea_alloc){
		.size = self->size,
		.address = self->address,
		.flags = PGAREA_ALLOC_EXACT,
	};
	ASSERT_EQ(0, mprotect(arg, self->page, PROT_READ));
	ASSERT_EQ(-EFAULT, pga_alloc(self->fd, arg));
	EXPECT_ZERO_AFTER_WRITES(self->address, self->size);
}

/* The array can be written, the struct cannot. */
TEST_F(stray, after_a_bulk_that_could_not_be_answered)
{
	struct pgarea_area_id set = { .id = self->area };
	struct pgarea_alloc_bulk *arg = self->answer;
	struct pgarea_bulk_block blocks[PAGES] = {};
	int i;

	*arg = (struct pgarea_alloc_bulk){
		.size = self->page,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(blocks, PAGES),
	};
	ASSERT_EQ(0, mprotect(arg, self->page, PROT_READ));
	ASSERT_EQ(-EFAULT, pga_alloc_bulk(self->fd, arg));
	for (i = 0; i < PAGES; i++) {
		ASSERT_NE(0, blocks[i].phys);
		ASSERT_GT(REACH, blocks[i].phys);
		EXPECT_ZERO_AFTER_WRITES(blocks[i].phys, self->page);
	}
}

TEST_F(stray, into_a_reservation)
{
	__u64 id;

	ASSERT_EQ(0, pga_reserve_at(self->fd, self->address, self->size, &id));
	ASSERT_EQ(0, write_late(&self->edu, self->address, self->size));
	ASSERT_EQ(0, pga_unreserve(self->fd, id));
	EXPECT_EQ(0, check_zero(self->fd, self->address, self->size));
}

/* Its node is read, so what a device wrote before must be gone. */
TEST_F(stray, before_a_persistent_reservation)
{
	struct pgarea_reserve arg;
	char all[self->size];
	int node;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	ASSERT_EQ(0, write_late(&self->edu, self->address, self->size));
	ASSERT_EQ(0, pga_persist_at(self->fd, self->address, self->size,
				    "test-stray", &arg));
	node = pga_open_node("test-stray", O_RDONLY);
	EXPECT_EQ(self->size, read(node, all, self->size));
	close(node);
	ASSERT_EQ(0, pga_remove(self->fd, "test-stray", NULL));
	EXPECT_TRUE(pga_is_zero(all, self->size));
	EXPECT_EQ(0, check_zero(self->fd, self->address, self->size));
}

TEST_F(stray, into_what_was_trimmed_and_split_off)
{
	struct pgarea_bulk_block pieces[2];
	struct pgarea_alloc block;

	ASSERT_EQ(0, pga_wait_exact(self->fd, self->address, self->size,
				    &block));
	ASSERT_EQ(0, pga_trim(self->fd, block.id, self->size - self->page));
	ASSERT_EQ(2, pga_split(self->fd, block.id, self->page, 0, pieces, 2));
	ASSERT_EQ(0, pga_free(self->fd, pieces[1].id));
	EXPECT_ZERO_AFTER_WRITES(self->address + self->page,
				 self->size - self->page);
	EXPECT_EQ(0, pga_free(self->fd, pieces[0].id));
}

TEST_HARNESS_MAIN
