// SPDX-License-Identifier: GPL-2.0
/*
 * Why there are orphans: a device that was programmed to write to a block still
 * does so after its owner was killed.  The pages must not be reused before.
 *
 * The device is QEMU's "edu" (edu.h), whose transfers take a tenth of a second.
 * All memory is below 16 MiB, which each of these devices reaches.  The test
 * reads back what the device has written through the device itself, since an
 * orphan cannot be mapped.
 */
#include "edu.h"
#include "include/hold.h"

#define REACH		(16 * MIB)
#define PAGES		2
#define ATTEMPTS	20

/*
 * Longer than a transfer and a check of all of the area; and never within a
 * test
 */
#define ORPHAN_MS	(3000 * pga_slow())
#define FOREVER_MS	600000

/* Orders for the owner and its results, in memory that both processes share */
struct owner {
	const struct pci *edu;
	__u32 area;
	__u32 orphan_ms;
	bool reserves;
	bool binds;
	__u64 id;
	__u64 address;
	__u64 size;
};

/* @source is in the device's buffer; the device's view is copied to @mirror. */
FIXTURE(orphan_dma)
{
	int fd;
	long parameter;
	struct pci edu;
	bool open;
	struct pgarea_alloc source;
	struct pgarea_alloc mirror;
	unsigned char *source_at;
	unsigned char *mirror_at;
	struct pga_snapshot before;
	struct owner *owner;
};

FIXTURE_VARIANT(orphan_dma)
{
	bool reserves;
};

FIXTURE_VARIANT_ADD(orphan_dma, block) { .reserves = false };
FIXTURE_VARIANT_ADD(orphan_dma, reservation) { .reserves = true };

static void *own_page(int fd, __u32 area, struct pgarea_alloc *block)
{
	void *at;

	*block = (struct pgarea_alloc){
		.size = page_size(),
		.highest = REACH - 1,
	};
	if (pga_alloc_in(fd, area, block))
		return NULL;
	at = pga_map(fd, block);
	return at == MAP_FAILED ? NULL : at;
}

FIXTURE_SETUP(orphan_dma)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	if (pga_area_by_name(self->fd, "lowest", &area))
		SKIP(return, "there is no area lowest");
	self->source_at = own_page(self->fd, area.id, &self->source);
	self->mirror_at = own_page(self->fd, area.id, &self->mirror);
	if (!self->source_at || !self->mirror_at)
		SKIP(return, "no pages below 16 MiB are free");
	self->parameter = pga_orphan_ms();
	ASSERT_LE(0, self->parameter);
	EDU_OPEN_OR_SKIP(&self->edu);
	if (self->edu.by_vfio) {
		pci_close(&self->edu);
		SKIP(return, "through VFIO it reaches only what is mapped");
	}
	self->open = true;
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->owner = mmap(NULL, sizeof(*self->owner), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->owner);
	*self->owner = (struct owner){
		.edu = &self->edu,
		.area = area.id,
		.reserves = variant->reserves,
	};
	pga_fill(self->source_at, self->source.alloc_size, 0x5d);
	ASSERT_EQ(0, edu_fetch(&self->edu, self->source.phys));
}

FIXTURE_TEARDOWN(orphan_dma)
{
	if (self->open) {
		edu_wait(&self->edu);
		pci_close(&self->edu);
		EXPECT_EQ(0, pga_set_orphan_ms(self->parameter));
		EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	}
	close(self->fd);
}

static int reserve_instead(int fd, struct owner *owner,
			   const struct pgarea_alloc *block)
{
	struct pgarea_reserve hold = {
		.address = block->phys,
		.size = block->alloc_size,
		.orphan_ms = owner->orphan_ms,
	};
	int err = pga_free(fd, block->id) ?: pga_reserve(fd, &hold);

	owner->id = hold.id;
	return err;
}

static int bind_to(int fd, const struct owner *owner)
{
	struct pgarea_bind arg = { .id = owner->id };

	return pci_address(owner->edu->slot, &arg) ? pga_bind(fd, &arg) : -EINVAL;
}

/* Own some pages, and start the device's writes to them: that takes a while. */
static bool begin_transfer(void *arg)
{
	struct owner *owner = arg;
	struct pgarea_alloc block = {
		.size = PAGES * page_size(),
		.highest = REACH - 1,
		.orphan_ms = owner->orphan_ms,
	};
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	if (pga_alloc_in(fd, owner->area, &block))
		return false;
	owner->id = block.id;
	owner->address = block.phys;
	owner->size = block.alloc_size;
	if (owner->reserves && reserve_instead(fd, owner, &block))
		return false;
	if (owner->binds && bind_to(fd, owner))
		return false;
	return !edu_begin(owner->edu, EDU_BUFFER, owner->address,
			  EDU_DMA_TO_RAM);
}

static bool transfer_goes_on(const struct pci *edu)
{
	return pci_read32(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN;
}

/*
 * Is nothing left of an owner that died too late, and the device as before?
 */
static bool ready_again(struct _test_data_orphan_dma *self)
{
	struct pgarea_alloc next;

	return !edu_wait(&self->edu) &&
	       !pga_wait_exact(self->fd, self->owner->address,
			       self->owner->size, &next) &&
	       !pga_free(self->fd, next.id) &&
	       pci_bus_master(&self->edu, true);
}

/*
 * An owner that dies while the device is writing.  On a slow machine its death
 * may take longer than the write: then the test tries another one.
 */
static bool kill_in_time(struct _test_data_orphan_dma *self)
{
	struct pga_child child;
	int i;

	for (i = 0; i < ATTEMPTS; i++) {
		if (!pga_child_start(&child, begin_transfer, NULL,
				     self->owner) ||
		    !pga_child_kill(&child))
			return false;
		if (transfer_goes_on(&self->edu))
			return true;
		if (!ready_again(self))
			return false;
	}
	return false;
}

/* The entry of the orphan in BLOCKS. */
static struct pgarea_block look(struct _test_data_orphan_dma *self)
{
	struct pgarea_block seen = {};

	pga_block_at(self->fd, PGAREA_BLOCKS_ALL, self->owner->address, &seen);
	return seen;
}

/* Does the device read there what it wrote? */
static bool has_landed(struct _test_data_orphan_dma *self)
{
	memset(self->mirror_at, 0, self->mirror.alloc_size);
	return !edu_fetch(&self->edu, self->owner->address) &&
	       !edu_store(&self->edu, self->mirror.phys) &&
	       pga_shows(self->mirror_at, EDU_BYTES, 0x5d);
}

/* The next owner of these pages reads zeros, now and later. */
static void expect_zero_for_the_next(struct __test_metadata *_metadata,
				     struct _test_data_orphan_dma *self)
{
	struct pgarea_alloc next;
	char *at;

	ASSERT_EQ(0, pga_wait_exact(self->fd, self->owner->address,
				    self->owner->size, &next));
	at = pga_map(self->fd, &next);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, next.alloc_size));
	EXPECT_EQ(0, edu_wait(&self->edu));
	EXPECT_TRUE(pga_is_zero(at, next.alloc_size));
	munmap(at, next.alloc_size);
	EXPECT_EQ(0, pga_free(self->fd, next.id));
}

/*
 * The quarantine is long enough: while the transfer arrives, another process
 * owns all the rest of the area, and nothing in it changes.
 */
TEST_F(orphan_dma, lands_in_what_nobody_has)
{
	struct pgarea_block first, seen;
	struct pga_grabbed grabbed;

	self->owner->orphan_ms = ORPHAN_MS;
	ASSERT_TRUE(kill_in_time(self));
	first = look(self);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, first.state);
	EXPECT_EQ(PGAREA_HOLDER_DEVICE, first.holders);
	EXPECT_EQ(self->owner->id, first.id);
	EXPECT_EQ(variant->reserves, first.kind);

	ASSERT_EQ(0, pga_exhaust(&grabbed, self->owner->area));
	EXPECT_LT(0, grabbed.nr);
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->owner->address,
				     self->owner->size));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	EXPECT_EQ(0, edu_wait(&self->edu));
	EXPECT_TRUE(has_landed(self));
	seen = look(self);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_DEVICE, seen.holders);
	EXPECT_GT(first.orphan_ms, seen.orphan_ms);
	EXPECT_TRUE(pga_grabbed_keeps(&grabbed, 0xff));
	pga_grabbed_free(&grabbed);

	expect_zero_for_the_next(_metadata, self);
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
}

/* The same by the module's parameter */
TEST_F(orphan_dma, lands_in_what_the_parameter_keeps_back)
{
	ASSERT_EQ(0, pga_set_orphan_ms(ORPHAN_MS));
	ASSERT_TRUE(kill_in_time(self));
	EXPECT_EQ(0, edu_wait(&self->edu));
	EXPECT_TRUE(has_landed(self));
	EXPECT_EQ(PGAREA_STATE_ORPHANED, look(self).state);
	expect_zero_for_the_next(_metadata, self);
}

/* A bound block needs no quarantine: the module stops the device. */
TEST_F(orphan_dma, that_is_bound_arrives_nowhere)
{
	struct pgarea_alloc next;
	char *at;

	self->owner->orphan_ms = FOREVER_MS;
	self->owner->binds = true;
	ASSERT_TRUE(pci_is_bus_master(&self->edu));
	ASSERT_TRUE(kill_in_time(self));
	EXPECT_FALSE(pci_is_bus_master(&self->edu));
	EXPECT_EQ(0, pga_wait_exact(self->fd, self->owner->address,
				    self->owner->size, &next));
	at = pga_map(self->fd, &next);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0xff, next.alloc_size);
	EXPECT_EQ(0, edu_wait(&self->edu));
	EXPECT_EQ((char)0xff, at[0]);
	EXPECT_EQ(0, memcmp(at, at + 1, next.alloc_size - 1));
	munmap(at, next.alloc_size);
	EXPECT_EQ(0, pga_free(self->fd, next.id));

	/* Its driver may continue to use it. */
	ASSERT_TRUE(pci_bus_master(&self->edu, true));
	EXPECT_EQ(0, edu_store(&self->edu, self->mirror.phys));
	EXPECT_TRUE(pga_shows(self->mirror_at, EDU_BYTES, 0x5d));
}

/* The owner declared that no device writes to it. */
TEST_F(orphan_dma, that_is_not_to_be_kept_back_is_reused_at_once)
{
	struct pgarea_alloc next;

	ASSERT_EQ(0, pga_set_orphan_ms(FOREVER_MS));
	self->owner->orphan_ms = PGAREA_ORPHAN_NONE;
	ASSERT_TRUE(kill_in_time(self));
	EXPECT_NE(PGAREA_STATE_ORPHANED, look(self).state);
	ASSERT_EQ(0, pga_wait_exact(self->fd, self->owner->address,
				    self->owner->size, &next));
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
	EXPECT_EQ(0, edu_wait(&self->edu));
	EXPECT_EQ(0, pga_free(self->fd, next.id));
}

TEST_HARNESS_MAIN
