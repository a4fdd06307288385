// SPDX-License-Identifier: GPL-2.0
/*
 * The proof that placement works: a device that cannot reach all memory writes to
 * a buffer placed within its reach, and misses one placed beyond it.
 *
 * The device is QEMU's "edu" (edu.h), driven from here; besides pgarea no driver
 * takes part.  It can write anywhere below its mask, so nothing is written before
 * it is known where it lands, and that it lands in a page of this program:
 *
 *	- Every mask that has a test reaches a page below 16 MiB.
 *	- For any other address the device first only reads.  Each page of
 *	  this program has a pattern of its own, which shows which one was read.
 *
 * The same reads determine a device's mask.  PGAREA_EDU_24 and _28 may name
 * the device (0000:00:10.0) to take; then it is an error if it has another mask.
 */
#include "include/buffer.h"
#include "edu.h"

#define SCRATCH_MASK	(16 * MIB - 1)
#define SEARCH_STEP	MIB

/* The pages of a test, and the patterns that they begin with */
struct pages {
	struct buffer scratch;	/* every mask reaches it */
	bool paired;		/* these two exist: */
	struct buffer beyond;	/* the mask does not reach it */
	struct buffer alias;	/* where the mask leads instead of @beyond */
	struct buffer source;	/* two that the mask reaches */
	struct buffer target;
};

enum { BEYOND = 1, ALIAS, SOURCE, TARGET };

/* The part of a page that a transfer moves. */
static bool got(const struct buffer *page, unsigned int pattern)
{
	return buffer_shows(page, 0, EDU_BYTES, pattern);
}

static int own_page(int fd, __u32 area, __u64 highest, struct buffer *page)
{
	int err;

	page->block = (struct pgarea_alloc){
		.size = page_size(),
		.highest = highest,
	};
	err = pga_alloc_in(fd, area, &page->block);
	return err ?: buffer_map(fd, page);
}

static int own_page_at(int fd, __u64 address, struct buffer *page)
{
	int err = pga_alloc_at(fd, address, page_size(), &page->block);

	return err ?: buffer_map(fd, page);
}

/*
 * Own a page beyond the mask and its alias, the page that the mask leads to
 * instead.  The alias must be in [@floor, @mask], so that no shorter mask leads
 * to it.
 */
static int own_pair(int fd, __u64 mask, __u64 floor, __u64 end,
		    struct buffer *beyond, struct buffer *alias)
{
	__u64 address = mask + 1 + floor;

	for (; address < end; address += SEARCH_STEP) {
		if ((address & mask) < floor ||
		    own_page_at(fd, address & mask, alias))
			continue;
		if (!own_page_at(fd, address, beyond))
			return 0;
		pga_free(fd, alias->block.id);
		munmap(alias->at, alias->block.alloc_size);
	}
	return -ENOENT;
}

FIXTURE(dma)
{
	int fd;
	struct pci edu;
	bool open;
	struct pages own;
};

FIXTURE_VARIANT(dma)
{
	const char *area;	/* the device reaches its memory */
	const char *env;	/* names the device */
	unsigned int bits;	/* of the mask */
	__u64 floor;		/* no shorter mask leads here or above */
	__u64 end;		/* of the addresses of the negative control */
};

/* From 16 MiB on, but below the addresses that a 28-bit mask truncates. */
FIXTURE_VARIANT_ADD(dma, mask_24_bits) {
	.area = "lowest",
	.env = "PGAREA_EDU_24",
	.bits = 24,
	.end = 256 * MIB,
};

FIXTURE_VARIANT_ADD(dma, mask_28_bits) {
	.area = "low",
	.env = "PGAREA_EDU_28",
	.bits = 28,
	.floor = 16 * MIB,
	.end = 4 * GIB,
};

/* The device's view of @address, copied to a page that it surely reaches. */
static int look(const struct pci *edu, __u64 address,
		const struct buffer *scratch)
{
	memset(scratch->at, 0, scratch->block.alloc_size);
	return edu_fetch(edu, address) ?:
	       edu_store(edu, scratch->block.phys);
}

/*
 * Does the device have this mask?  It accesses the alias instead of the page
 * beyond, so the mask is no longer; and it finds the alias, so it is no
 * shorter.  Without the pair it must find the target.
 */
static bool has_mask(const struct pci *edu, const struct pages *own)
{
	if (!own->paired)
		return !look(edu, own->target.block.phys, &own->scratch) &&
		       got(&own->scratch, TARGET);
	if (look(edu, own->alias.block.phys, &own->scratch) ||
	    !got(&own->scratch, ALIAS))
		return false;
	return !look(edu, own->beyond.block.phys, &own->scratch) &&
	       got(&own->scratch, ALIAS);
}

static int reach(const struct pci *edu, const struct buffer *page)
{
	return pci_reach(edu, page->at, page->block.phys, page->block.alloc_size);
}

/* All of them: the mask keeps the device from them, and not an IOMMU. */
static int reach_all(const struct pci *edu, const struct pages *own)
{
	int err = reach(edu, &own->scratch) ?: reach(edu, &own->source) ?:
		  reach(edu, &own->target);

	if (err || !own->paired)
		return err;
	return reach(edu, &own->beyond) ?: reach(edu, &own->alias);
}

/* Open the device in this slot if it has the mask; 0, -ENXIO or -errno. */
static int open_device(struct pci *edu, const char *slot,
		       const struct pages *own)
{
	int err = edu_open(edu, slot);

	if (err)
		return err;
	err = reach_all(edu, own);
	if (!err && !has_mask(edu, own))
		err = -ENXIO;
	if (err)
		pci_close(edu);
	return err;
}

/* Open the device with this mask, out of those present. */
static int find_device(struct pci *edu, const struct pages *own)
{
	char slots[8][PCI_SLOT_SIZE];
	int i, err = -ENXIO, nr = edu_find(slots, 8);

	for (i = 0; i < nr && err; i++)
		err = open_device(edu, slots[i], own);
	return err;
}

/* All pages but the pair; 0 or -errno. */
static int own_pages(int fd, const char *area, __u64 mask,
		     struct pages *own)
{
	struct pgarea_area lowest, reached;

	return pga_area_by_name(fd, "lowest", &lowest) ?:
	       pga_area_by_name(fd, area, &reached) ?:
	       own_page(fd, lowest.id, SCRATCH_MASK, &own->scratch) ?:
	       own_page(fd, reached.id, mask, &own->source) ?:
	       own_page(fd, reached.id, mask, &own->target);
}

FIXTURE_SETUP(dma)
{
	const char *slot = getenv(variant->env);
	__u64 mask = (1ULL << variant->bits) - 1;
	char slots[1][PCI_SLOT_SIZE];
	int err;

	PGA_OPEN_OR_SKIP(self->fd);
	ASSERT_TRUE(buffer_new_salt());
	if (!slot && !edu_find(slots, 1))
		SKIP(return, "no edu device (QEMU: -device edu,dma_mask=...)");
	err = own_pages(self->fd, variant->area, mask, &self->own);
	if (err == -ENOENT || err == -ENOSPC)
		SKIP(return, "areas lowest and %s have no pages to spare: %s",
		     variant->area, strerror(-err));
	ASSERT_EQ(0, err);
	self->own.paired = !own_pair(self->fd, mask, variant->floor,
				     variant->end, &self->own.beyond,
				     &self->own.alias);
	if (self->own.paired) {
		buffer_fill(&self->own.beyond, BEYOND);
		buffer_fill(&self->own.alias, ALIAS);
	}
	buffer_fill(&self->own.source, SOURCE);
	buffer_fill(&self->own.target, TARGET);
	err = slot ? open_device(&self->edu, slot, &self->own) :
		     find_device(&self->edu, &self->own);
	if (err == -EACCES)
		SKIP(return, "%s: %s", self->edu.slot,
		     pci_refusal(self->edu.slot));
	if (err == -ENXIO && !slot)
		SKIP(return, "no edu device has a mask of %u bits",
		     variant->bits);
	ASSERT_EQ(0, err);
	self->open = true;
}

FIXTURE_TEARDOWN(dma)
{
	if (self->open)
		pci_close(&self->edu);
	close(self->fd);
}

/* The device reads this page at this address, so it may write to it. */
#define ASSERT_REACHES(_page, _pattern) do {				\
	ASSERT_EQ(0, look(&self->edu, (_page)->block.phys,		\
			  &self->own.scratch));				\
	ASSERT_TRUE(got(&self->own.scratch, _pattern));			\
} while (0)

TEST_F(dma, a_buffer_in_reach_round_trips)
{
	size_t end = self->own.target.block.alloc_size;

	TH_LOG("%s: %#llx -> device -> %#llx", self->edu.slot,
	       self->own.source.block.phys,
	       self->own.target.block.phys);
	EXPECT_EQ(0, self->own.source.block.phys >> variant->bits);
	EXPECT_EQ(0, self->own.target.block.phys >> variant->bits);
	ASSERT_REACHES(&self->own.target, TARGET);

	ASSERT_EQ(0, edu_fetch(&self->edu, self->own.source.block.phys));
	ASSERT_EQ(0, edu_store(&self->edu, self->own.target.block.phys));
	EXPECT_TRUE(got(&self->own.target, SOURCE));
	EXPECT_TRUE(buffer_shows(&self->own.target, EDU_BYTES, end, TARGET));
	EXPECT_TRUE(buffer_kept(&self->own.source, SOURCE));
	if (!self->own.paired)
		return;
	EXPECT_TRUE(buffer_kept(&self->own.alias, ALIAS));
	EXPECT_TRUE(buffer_kept(&self->own.beyond, BEYOND));
}

TEST_F(dma, the_device_writes_where_alloc_said)
{
	ASSERT_REACHES(&self->own.target, TARGET);
	ASSERT_EQ(0, edu_fetch(&self->edu, self->own.source.block.phys));
	ASSERT_EQ(0, edu_store(&self->edu, phys_of(self->own.target.at)));
	EXPECT_TRUE(got(&self->own.target, SOURCE));
}

/*
 * The negative control.  The setup has verified that the device hits the alias.
 */
TEST_F(dma, a_buffer_beyond_the_mask_is_missed)
{
	__u64 mask = (1ULL << variant->bits) - 1;

	if (!self->own.paired)
		SKIP(return, "no page beyond %u bits is free with its alias",
		     variant->bits);
	TH_LOG("%s: %#llx is taken for %#llx", self->edu.slot,
	       self->own.beyond.block.phys,
	       self->own.alias.block.phys);
	ASSERT_EQ(self->own.alias.block.phys,
		  self->own.beyond.block.phys & mask);
	ASSERT_NE(self->own.alias.block.phys, self->own.beyond.block.phys);

	ASSERT_EQ(0, edu_fetch(&self->edu, self->own.source.block.phys));
	ASSERT_EQ(0, edu_store(&self->edu, self->own.beyond.block.phys));
	EXPECT_TRUE(buffer_kept(&self->own.beyond, BEYOND));
	EXPECT_TRUE(got(&self->own.alias, SOURCE));
}

TEST_F(dma, without_bus_mastering_nothing_is_written)
{
	ASSERT_REACHES(&self->own.target, TARGET);
	ASSERT_EQ(0, edu_fetch(&self->edu, self->own.source.block.phys));
	ASSERT_TRUE(pci_bus_master(&self->edu, false));
	EXPECT_EQ(0, edu_store(&self->edu, self->own.target.block.phys));
	EXPECT_TRUE(buffer_kept(&self->own.target, TARGET));

	ASSERT_TRUE(pci_bus_master(&self->edu, true));
	EXPECT_EQ(0, edu_store(&self->edu, self->own.target.block.phys));
	EXPECT_TRUE(got(&self->own.target, SOURCE));
}

TEST_F(dma, without_bus_mastering_nothing_is_read)
{
	ASSERT_REACHES(&self->own.target, TARGET);
	ASSERT_TRUE(pci_bus_master(&self->edu, false));
	EXPECT_EQ(0, edu_fetch(&self->edu, self->own.source.block.phys));
	ASSERT_TRUE(pci_bus_master(&self->edu, true));
	ASSERT_EQ(0, edu_store(&self->edu, self->own.target.block.phys));
	EXPECT_FALSE(got(&self->own.target, SOURCE));
}

TEST_HARNESS_MAIN
