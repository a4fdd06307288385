// SPDX-License-Identifier: GPL-2.0
/*
 * Hidden addresses, with the module loaded with hide_phys=1: which results omit
 * them, what then needs a capability, and that everything else works.
 *
 * Root reads the addresses from the kernel, for comparison.
 */
#include "include/pga_area.h"
#include "include/pga_rights.h"
#include "hidden.h"

#define MANY	64

/* @fd: root's; @file: of a user without capabilities */
FIXTURE(hidden)
{
	int fd;
	int file;
	__u64 page;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(hidden)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->fd, 4 * MANY, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_open_to_all(PGA_DEVICE));
	self->file = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, self->file);
	self->page = page_size();
	self->block.size = 4 * self->page;
}

FIXTURE_TEARDOWN(hidden)
{
	close(self->file);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

#define TAKE() pga_alloc_in(self->file, self->area.id, &self->block)

TEST_F(hidden, alloc)
{
	ASSERT_EQ(0, TAKE());
	EXPECT_EQ(PGAREA_NO_ADDRESS, self->block.phys);
	EXPECT_EQ(4 * self->page, self->block.alloc_size);
	EXPECT_EQ(1, self->block.nr_segments);
	EXPECT_EQ(1, self->block.contiguous);
}

TEST_F(hidden, segments)
{
	struct pgarea_segment segments[2] = {};

	self->block.segments = PGA_ARRAY(segments, 2);
	ASSERT_EQ(0, TAKE());
	EXPECT_EQ(1, self->block.segments.count);
	EXPECT_EQ(PGAREA_NO_ADDRESS, segments[0].address);
	EXPECT_EQ(4 * self->page, segments[0].size);
}

/* Not even a process that could find out the address gets it. */
TEST_F(hidden, alloc_by_root)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, pga_alloc(fd, &self->block));
	EXPECT_EQ(PGAREA_NO_ADDRESS, self->block.phys);
	close(fd);
}

TEST_F(hidden, dry_run)
{
	self->block.flags = PGAREA_ALLOC_DRY_RUN;
	ASSERT_EQ(0, TAKE());
	EXPECT_EQ(PGAREA_NO_ADDRESS, self->block.phys);
	EXPECT_EQ(self->area.id, self->block.area);
}

TEST_F(hidden, bulk)
{
	struct pgarea_bulk_block blocks[3];
	int i;

	ASSERT_EQ(3, pga_bulk_in(self->file, self->area.id, 1, blocks, 3));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(PGAREA_NO_ADDRESS, blocks[i].phys);
}

TEST_F(hidden, pieces_of_a_block)
{
	struct pgarea_bulk_block pieces[4];
	__u64 first;
	int i;

	ASSERT_EQ(0, TAKE());
	first = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_NE(NO_PFN, first);
	ASSERT_EQ(4, pga_split(self->file, self->block.id, 0, self->page,
			       pieces, 4));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(PGAREA_NO_ADDRESS, pieces[i].phys);
		EXPECT_EQ(first + i * self->page,
			  pga_phys_at(self->file, pieces[i].mmap_offset));
	}
}

TEST_F(hidden, blocks)
{
	struct pgarea_block seen;

	ASSERT_EQ(0, TAKE());
	ASSERT_EQ(0, pga_block_of(self->file, 0, self->block.id, &seen));
	EXPECT_EQ(PGAREA_NO_ADDRESS, seen.address);
	EXPECT_EQ(self->block.alloc_size, seen.size);
	EXPECT_EQ(self->block.mmap_offset, seen.mmap_offset);
	ASSERT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, self->block.id,
				  &seen));
	EXPECT_EQ(PGAREA_NO_ADDRESS, seen.address);
}

TEST_F(hidden, ranges)
{
	struct pgarea_range *list;
	__u64 size = 0;
	int i, nr;

	ASSERT_EQ(0, TAKE());
	nr = pga_ranges(self->fd, self->area.id, &list);
	ASSERT_LT(0, nr);
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(PGAREA_NO_ADDRESS, list[i].address);
		size += list[i].size;
	}
	EXPECT_EQ(self->area.owned, size);
}

static bool is_place(__u64 number, __u64 phys, __u64 size)
{
	__u64 page = page_size();

	return number / page == phys / page || number == phys / page ||
	       number == phys + size || number == (phys + size) / page;
}

/* Does this number, or a half of it, reveal the address? */
static bool reveals(__u64 number, __u64 phys, __u64 size)
{
	return is_place(number, phys, size) ||
	       is_place(number >> 32, phys, size) ||
	       is_place((__u32)number, phys, size);
}

TEST_F(hidden, cursors)
{
	struct pgarea_range range;
	struct pgarea_ranges arg = {
		.area = self->area.id,
		.ranges = PGA_ARRAY(&range, 1),
	};
	__u64 phys;
	int i;

	ASSERT_EQ(0, TAKE());
	phys = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_NE(NO_PFN, phys);
	for (i = 0; i < 1000; i++) {
		arg.ranges.count = 1;
		if (pga_ioctl(self->fd, PGAREA_IOC_RANGES, &arg) != -EMSGSIZE)
			break;
		EXPECT_FALSE(reveals(arg.ranges.cursor, phys,
				     self->block.alloc_size));
	}
	EXPECT_LT(0, i);
}

TEST_F(hidden, cursors_of_blocks)
{
	struct pgarea_block one;
	struct pgarea_blocks arg = { .blocks = PGA_ARRAY(&one, 1) };
	struct pgarea_bulk_block blocks[3];
	int i;

	ASSERT_EQ(3, pga_bulk_in(self->file, self->area.id, 1, blocks, 3));
	for (i = 0; i < 2; i++) {
		arg.blocks.count = 1;
		ASSERT_EQ(-EMSGSIZE, pga_ioctl(self->file, PGAREA_IOC_BLOCKS,
					       &arg));
		EXPECT_FALSE(reveals(arg.blocks.cursor,
				     pga_phys_at(self->file, blocks[i].mmap_offset),
				     self->page));
	}
}

TEST_F(hidden, refusals)
{
	struct pgarea_refusal refusals[PGA_MOST_AREAS];
	__u32 i;

	self->block.size = 1ULL << 50;
	self->block.refusals = PGA_ARRAY(refusals, PGA_MOST_AREAS);
	EXPECT_EQ(-ENOSPC, pga_alloc(self->file, &self->block));
	ASSERT_LT(0, self->block.refusals.count);
	for (i = 0; i < self->block.refusals.count; i++)
		EXPECT_EQ(PGAREA_NO_ADDRESS, refusals[i].address);
}

TEST_F(hidden, refusals_of_a_claim)
{
	struct pgarea_refusal refusal;
	struct pgarea_alloc exact = {
		.size = self->page,
		.flags = PGAREA_ALLOC_EXACT | PGAREA_ALLOC_CLAIM,
		.refusals = PGA_ARRAY(&refusal, 1),
	};
	struct pgarea_reserve range = {
		.size = self->page,
		.flags = PGAREA_RESERVE_CLAIM,
	};

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_CLAIM);
	ASSERT_EQ(0, TAKE());
	exact.address = pga_phys_at(self->file, self->block.mmap_offset);
	range.address = exact.address;
	EXPECT_EQ(-EPERM, pga_alloc(self->file, &exact));
	EXPECT_EQ(-EPERM, pga_reserve(self->file, &range));
	EXPECT_EQ(-EBUSY, pga_alloc(self->fd, &exact));
	EXPECT_EQ(PGAREA_OBSTACLE_OWNED, refusal.obstacle);
	EXPECT_EQ(PGAREA_NO_ADDRESS, refusal.address);
	EXPECT_EQ(PGAREA_NO_ADDRESS, refusal.obstacle_address);
	EXPECT_EQ(-EBUSY, pga_reserve(self->fd, &range));
	EXPECT_EQ(PGAREA_NO_ADDRESS, range.conflict);
}

TEST_F(hidden, refusals_of_an_exact_place)
{
	struct pgarea_refusal refusals[PGA_MOST_AREAS];
	struct pgarea_alloc exact = {
		.size = self->page,
		.flags = PGAREA_ALLOC_EXACT,
		.refusals = PGA_ARRAY(refusals, PGA_MOST_AREAS),
	};
	__u32 i;

	ASSERT_EQ(0, TAKE());
	exact.address = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_NE(NO_PFN, exact.address);
	EXPECT_EQ(-EBUSY, pga_alloc(self->fd, &exact));
	ASSERT_LT(0, exact.refusals.count);
	for (i = 0; i < exact.refusals.count; i++)
		EXPECT_EQ(PGAREA_NO_ADDRESS, refusals[i].address);
}

TEST_F(hidden, conflicts)
{
	struct pgarea_reserve arg = { .size = self->page };

	ASSERT_EQ(0, TAKE());
	arg.address = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_NE(NO_PFN, arg.address);
	EXPECT_EQ(-EBUSY, pga_reserve(self->fd, &arg));
	EXPECT_EQ(PGAREA_NO_ADDRESS, arg.conflict);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, arg.conflict_state);
}

/* Does /proc/self/maps show this offset for the mapping? */
static bool maps_show(const void *at, __u64 offset)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long long start, shown = 0;
	bool found = false;
	char line[512];

	while (maps && !found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%llx-%*x %*s %llx", &start, &shown) == 2 &&
			start == (uintptr_t)at;
	if (maps)
		fclose(maps);
	return found && shown == offset;
}

TEST_F(hidden, mappings_show_the_offset)
{
	char *at;

	ASSERT_EQ(0, TAKE());
	at = pga_map(self->file, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(maps_show(at, self->block.mmap_offset));
	EXPECT_FALSE(reveals(self->block.mmap_offset, phys_of(at),
			     self->block.alloc_size));
	munmap(at, self->block.alloc_size);
}

/* Adjacent one-page blocks, with what root knows of each */
struct placed {
	__u64 offset;
	__u64 phys;
};

static void take_many(struct __test_metadata *_metadata, int fd, __u32 area,
		      struct placed *placed)
{
	struct pgarea_bulk_block blocks[MANY];
	int i;

	ASSERT_EQ(MANY, pga_bulk_in(fd, area, 1, blocks, MANY));
	for (i = 0; i < MANY; i++) {
		placed[i].offset = blocks[i].mmap_offset;
		placed[i].phys = pga_phys_at(fd, blocks[i].mmap_offset);
		ASSERT_NE(NO_PFN, placed[i].phys);
	}
}

TEST_F(hidden, offsets_are_offsets)
{
	struct placed placed[MANY];
	int i, j;

	take_many(_metadata, self->file, self->area.id, placed);
	for (i = 0; i < MANY; i++) {
		EXPECT_NE(0, placed[i].offset);
		EXPECT_GT(1ULL << 44, placed[i].offset);
		EXPECT_EQ(0, placed[i].offset % self->page);
		EXPECT_NE(placed[i].phys, placed[i].offset);
		for (j = 0; j < i; j++)
			EXPECT_NE(placed[i].offset, placed[j].offset);
	}
}

/* Neither the address plus a constant, nor the address with a mask. */
TEST_F(hidden, offsets_are_no_function_of_addresses)
{
	int i, j, near = 0, shifted = 0, masked = 0;
	struct placed placed[MANY];

	take_many(_metadata, self->file, self->area.id, placed);
	for (i = 0; i < MANY; i++) {
		for (j = 0; j < i; j++) {
			struct placed a = placed[i], b = placed[j];

			near += a.phys == b.phys + self->page &&
				a.offset == b.offset + self->page;
			shifted += a.phys - b.phys == a.offset - b.offset ||
				   a.phys - b.phys == b.offset - a.offset;
			masked += (a.phys ^ b.phys) == (a.offset ^ b.offset);
		}
	}
	EXPECT_GT(4, near);
	EXPECT_GT(16, shifted);
	EXPECT_GT(16, masked);
}

/* The same place gets another offset: its previous owner learns nothing. */
TEST_F(hidden, a_place_has_no_offset_of_its_own)
{
	__u64 phys, offset, again;
	int i, found = 0;

	ASSERT_EQ(0, TAKE());
	phys = pga_phys_at(self->file, self->block.mmap_offset);
	offset = self->block.mmap_offset;
	for (i = 0; i < 8 && !found; i++) {
		ASSERT_EQ(0, pga_free(self->file, self->block.id));
		ASSERT_EQ(0, pga_wait_gone(self->file, self->block.id,
					   PGA_SETTLE_MS));
		ASSERT_EQ(0, TAKE());
		again = pga_phys_at(self->file, self->block.mmap_offset);
		found = again == phys;
	}
	ASSERT_EQ(1, found);
	EXPECT_NE(offset, self->block.mmap_offset);
}

/* A range of offsets belongs to one block. */
TEST_F(hidden, offsets_do_not_overlap)
{
	struct pgarea_bulk_block blocks[MANY];
	int i, j;

	ASSERT_EQ(MANY, pga_bulk_in(self->file, self->area.id, 4 * self->page,
				    blocks, MANY));
	for (i = 0; i < MANY; i++)
		for (j = 0; j < i; j++)
			EXPECT_TRUE(blocks[i].mmap_offset >=
				    blocks[j].mmap_offset + blocks[j].alloc_size ||
				    blocks[j].mmap_offset >=
				    blocks[i].mmap_offset + blocks[i].alloc_size);
}

TEST_F(hidden, a_block_is_contiguous_memory)
{
	char *at;
	int i;

	ASSERT_EQ(0, TAKE());
	at = pga_map(self->file, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, self->block.alloc_size));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(phys_of(at) + i * self->page,
			  phys_of(at + i * self->page));
	EXPECT_EQ(phys_of(at) + self->page,
		  pga_phys_at(self->file, self->block.mmap_offset + self->page));
	munmap(at, self->block.alloc_size);
}

TEST_F(hidden, mapping_behind_the_end)
{
	ASSERT_EQ(0, TAKE());
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 5 * self->page, PROT_READ, MAP_SHARED,
				   self->file, self->block.mmap_offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, self->page, PROT_READ, MAP_SHARED,
				   self->fd, self->block.mmap_offset));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(hidden, trimming)
{
	__u64 phys;

	ASSERT_EQ(0, TAKE());
	phys = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_EQ(0, pga_trim(self->file, self->block.id, self->page));
	EXPECT_EQ(phys, pga_phys_at(self->file, self->block.mmap_offset));
	EXPECT_EQ(NO_PFN, pga_phys_at(self->file, self->block.mmap_offset +
					    self->page));
}

TEST_F(hidden, persistent_blocks)
{
	char name[PGAREA_NAME_SIZE];
	__u64 phys;
	int node;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	snprintf(name, sizeof(name), "test-%d", getpid());
	ASSERT_EQ(0, pga_persist(self->fd, self->area.id, name, &self->block));
	EXPECT_EQ(PGAREA_NO_ADDRESS, self->block.phys);
	node = pga_open_node(name, O_RDWR);
	ASSERT_LE(0, node);
	phys = pga_phys_at(node, 0);
	EXPECT_NE(NO_PFN, phys);
	EXPECT_EQ(phys + self->page, pga_phys_at(node, self->page));
	EXPECT_EQ(phys, pga_phys_at(self->fd, self->block.mmap_offset));
	close(node);
	EXPECT_EQ(0, pga_remove(self->fd, name, NULL));
}

TEST_F(hidden, dma_bufs)
{
	int dmabuf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	ASSERT_EQ(0, TAKE());
	dmabuf = pga_export_all(self->file, self->block.id);
	ASSERT_LE(0, dmabuf);
	EXPECT_EQ(pga_phys_at(self->file, self->block.mmap_offset), pga_phys_at(dmabuf, 0));
	close(dmabuf);
}

/* A program could query these until it knows the address */
TEST_F(hidden, ranges_need_the_capability)
{
	struct pgarea_range *list;

	EXPECT_EQ(-EPERM, pga_ranges(self->file, self->area.id, &list));
	EXPECT_LT(0, pga_ranges(self->fd, self->area.id, &list));
}

/* Its whole answer is addresses, so that there is none, not even for root. */
TEST_F(hidden, nothing_is_probed)
{
	struct pgarea_probe arg = { .address = GIB, .size = MIB };

	EXPECT_EQ(-EPERM, pga_ioctl(self->file, PGAREA_IOC_PROBE, &arg));
	EXPECT_EQ(-EPERM, pga_ioctl(self->fd, PGAREA_IOC_PROBE, &arg));
}

TEST_F(hidden, reservations_need_the_capability)
{
	struct pgarea_reserve arg = {
		.address = self->area.start,
		.size = self->page,
	};
	__u64 id;

	EXPECT_EQ(-EPERM, pga_reserve(self->file, &arg));
	arg.flags = PGAREA_RESERVE_DRY_RUN;
	EXPECT_EQ(-EPERM, pga_reserve(self->file, &arg));
	ASSERT_EQ(0, TAKE());
	arg.address = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	ASSERT_EQ(0, pga_wait_gone(self->file, self->block.id, PGA_SETTLE_MS));
	ASSERT_EQ(0, pga_reserve_at(self->fd, arg.address, self->page, &id));
	EXPECT_EQ(0, pga_unreserve(self->fd, id));
}

TEST_F(hidden, parts_of_reservations_need_the_capability)
{
	struct pgarea_unreserve part = {
		.id = 1,
		.address = self->area.end - self->page,
		.size = self->page,
	};

	EXPECT_EQ(-EPERM, pga_ioctl(self->file, PGAREA_IOC_UNRESERVE, &part));
	part.address = 0;
	part.size = 0;
	EXPECT_EQ(-ENOENT, pga_ioctl(self->file, PGAREA_IOC_UNRESERVE, &part));
}

TEST_F(hidden, exact_places_need_the_capability)
{
	struct pgarea_alloc exact;
	__u64 phys;

	ASSERT_EQ(0, TAKE());
	phys = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	ASSERT_EQ(0, pga_wait_gone(self->file, self->block.id, PGA_SETTLE_MS));
	EXPECT_EQ(-EPERM, pga_alloc_at(self->file, phys, self->page, &exact));
	exact = (struct pgarea_alloc){
		.size = self->page,
		.address = phys,
		.flags = PGAREA_ALLOC_EXACT | PGAREA_ALLOC_DRY_RUN,
	};
	EXPECT_EQ(-EPERM, pga_alloc(self->file, &exact));
	ASSERT_EQ(0, pga_alloc_at(self->fd, phys, self->page, &exact));
	EXPECT_EQ(PGAREA_NO_ADDRESS, exact.phys);
	EXPECT_EQ(phys, pga_phys_at(self->fd, exact.mmap_offset));
	EXPECT_EQ(0, pga_free(self->fd, exact.id));
}

/*
 * A request with these limits in one area, single, in bulk and as a dry run: 0 or
 * an error, which must be the same for all three; @refusal: of the single one.
 */
static int limits(int fd, const struct pgarea_area *area, __u64 lowest,
		  __u64 highest, struct pgarea_refusal *refusal)
{
	struct pgarea_area_id set = { .id = area->id };
	struct pgarea_bulk_block blocks[1];
	struct pgarea_alloc_bulk bulk = {
		.size = 1,
		.lowest = lowest,
		.highest = highest,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(blocks, 1),
	};
	struct pgarea_alloc one = {
		.size = 1,
		.lowest = lowest,
		.highest = highest,
		.refusals = PGA_ARRAY(refusal, 1),
	};
	struct pgarea_alloc dry = one;
	int err, bulk_err;

	dry.flags = PGAREA_ALLOC_DRY_RUN;
	err = pga_alloc_in(fd, area->id, &one);
	if (!err)
		pga_free(fd, one.id);
	bulk_err = pga_alloc_bulk(fd, &bulk);
	if (!bulk_err)
		pga_free(fd, blocks[0].id);
	return err == bulk_err && err == pga_alloc_in(fd, area->id, &dry) ?
		err : -EPROTO;
}

TEST_F(hidden, limits_select_whole_areas)
{
	const struct pgarea_area *area = &self->area;
	__u64 last = area->end - 1;
	struct pgarea_refusal no;

	EXPECT_EQ(0, limits(self->file, area, 0, 0, &no));
	EXPECT_EQ(0, limits(self->file, area, area->start, last, &no));
	EXPECT_EQ(0, limits(self->file, area, 0, last, &no));
	EXPECT_EQ(0, limits(self->file, area, area->start, 0, &no));
	EXPECT_EQ(-ENOSPC, limits(self->file, area, 0, last - 1, &no));
	EXPECT_EQ(PGAREA_REASON_BOUNDS, no.reason);
	EXPECT_EQ(0, no.free);
	EXPECT_EQ(0, no.largest_free);
	EXPECT_EQ(-ENOSPC, limits(self->file, area, area->start + 1, 0, &no));
	EXPECT_EQ(PGAREA_REASON_BOUNDS, no.reason);
	EXPECT_EQ(-ENOSPC, limits(self->file, area, area->end, 0, &no));
	EXPECT_EQ(PGAREA_REASON_BOUNDS, no.reason);
}

TEST_F(hidden, limits_of_the_capable)
{
	const struct pgarea_area *area = &self->area;
	struct pgarea_refusal no;
	__u64 phys;

	ASSERT_EQ(0, TAKE());
	phys = pga_phys_at(self->file, self->block.mmap_offset);
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	ASSERT_EQ(0, pga_wait_gone(self->file, self->block.id, PGA_SETTLE_MS));
	EXPECT_EQ(0, limits(self->fd, area, phys, phys + self->page - 1, &no));
	EXPECT_EQ(-ENOSPC, limits(self->fd, area, phys, phys, &no));
}

/* A refusal reports what AREAS reports. */
TEST_F(hidden, refusals_count_whole_areas)
{
	struct pgarea_refusal refusal = {};
	struct pgarea_area now;

	ASSERT_EQ(0, TAKE());
	ASSERT_EQ(0, pga_area_by_id(self->file, self->area.id, &now));
	self->block.size = 1ULL << 50;
	self->block.lowest = self->area.start;
	self->block.highest = self->area.end - 1;
	self->block.refusals = PGA_ARRAY(&refusal, 1);
	EXPECT_EQ(-ENOSPC, TAKE());
	EXPECT_EQ(now.free, refusal.free);
	EXPECT_EQ(now.largest_free, refusal.largest_free);
}

/* Where the node changes within a block is a known address. */
TEST_F(hidden, nodes)
{
	struct pgarea_bulk_block blocks[2];
	struct pgarea_block seen;

	ASSERT_EQ(0, TAKE());
	EXPECT_EQ(PGAREA_NODE_ANY, self->block.alloc_node);
	ASSERT_EQ(0, pga_block_of(self->file, 0, self->block.id, &seen));
	EXPECT_EQ(PGAREA_NODE_ANY, seen.node);
	ASSERT_EQ(2, pga_split(self->file, self->block.id, self->page, 0, blocks,
			       2));
	EXPECT_EQ(PGAREA_NODE_ANY, blocks[1].node);
	ASSERT_EQ(2, pga_bulk_in(self->file, self->area.id, 1, blocks, 2));
	EXPECT_EQ(PGAREA_NODE_ANY, blocks[0].node);
}

/* -EPERM if a request with these two is refused, single and in bulk. */
static int placement(int fd, __u64 align, __u64 boundary)
{
	struct pgarea_bulk_block blocks[1];
	struct pgarea_alloc_bulk bulk = {
		.size = 1,
		.align = align,
		.boundary = boundary,
		.blocks = PGA_ARRAY(blocks, 1),
	};
	struct pgarea_alloc one = {
		.size = 1,
		.align = align,
		.boundary = boundary,
	};
	int err = pga_alloc(fd, &one), bulk_err = pga_alloc_bulk(fd, &bulk);

	if (!err)
		pga_free(fd, one.id);
	if (!bulk_err)
		pga_free(fd, blocks[0].id);
	return (err == -EPERM) == (bulk_err == -EPERM) ? err : -EPROTO;
}

/* Whether a free run has an aligned place reveals bits of its address. */
TEST_F(hidden, coarse_alignments_need_the_capability)
{
	__u64 pageblock = pga_info(self->fd).pageblock_size, align;

	EXPECT_EQ(0, placement(self->file, self->page, 0));
	EXPECT_NE(-EPERM, placement(self->file, pageblock, 0));
	for (align = 2 * pageblock; align; align <<= 1) {
		ASSERT_EQ(-EPERM, placement(self->file, align, 0))
			TH_LOG("align %#llx", align);
		EXPECT_NE(-EPERM, placement(self->fd, align, 0));
	}
}

/* So does whether it has a place between two boundaries. */
TEST_F(hidden, coarse_boundaries_need_the_capability)
{
	__u64 pageblock = pga_info(self->fd).pageblock_size, boundary;

	EXPECT_EQ(0, placement(self->file, 0, self->page));
	EXPECT_EQ(0, placement(self->file, 0, pageblock));
	for (boundary = 2 * pageblock; boundary; boundary <<= 1) {
		ASSERT_EQ(-EPERM, placement(self->file, 0, boundary))
			TH_LOG("boundary %#llx", boundary);
		EXPECT_EQ(0, placement(self->fd, 0, boundary));
	}
}

/* Which node has a block tells where it is; and no answer names the node. */
TEST_F(hidden, a_node_needs_the_capability)
{
	struct pgarea_alloc block = {
		.size = 1,
		.flags = PGAREA_ALLOC_NODE,
	}, preferred = {
		.size = 1,
		.flags = PGAREA_ALLOC_PREFER_NODE,
	};
	struct pgarea_bulk_block entry;
	struct pgarea_alloc_bulk bulk = {
		.size = 1,
		.flags = PGAREA_ALLOC_NODE,
		.blocks = PGA_ARRAY(&entry, 1),
	};

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_NODE);
	EXPECT_EQ(-EPERM, pga_alloc(self->file, &block));
	EXPECT_EQ(-EPERM, pga_alloc(self->file, &preferred));
	EXPECT_EQ(-EPERM, pga_alloc_bulk(self->file, &bulk));
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(PGAREA_NODE_ANY, block.alloc_node);
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

static __u64 bytes_of(const struct pgarea_order *orders, int nr)
{
	__u64 bytes = 0;
	int i;

	for (i = 0; i < nr; i++)
		bytes += orders[i].free_blocks * page_size() << orders[i].order;
	return bytes;
}

/*
 * The order of a free block is the alignment of its address: it is told up to a
 * pageblock's, and the sum is that of all free memory.
 */
TEST_F(hidden, orders_above_a_pageblock)
{
	__u64 pageblock = pga_info(self->fd).pageblock_size;
	struct pgarea_order all[64], told[64];
	bool larger = false;
	int i, a, nr;

	for (a = 0; a < self->before.nr; a++) {
		const struct pgarea_area *area = &self->before.areas[a];

		nr = pga_orders(self->fd, area->id, all, 64);
		ASSERT_LE(0, nr);
		for (i = 0; i < nr; i++)
			larger |= all[i].free_blocks &&
				  self->page << all[i].order > pageblock;
		EXPECT_EQ(area->free, bytes_of(all, nr));
		nr = pga_orders(self->file, area->id, told, 64);
		ASSERT_LE(0, nr);
		for (i = 0; i < nr; i++)
			EXPECT_GE(pageblock, self->page << told[i].order);
		EXPECT_EQ(area->free, bytes_of(told, nr));
	}
	if (!larger)
		SKIP(return, "no area has a free block larger than a pageblock");
}

/* The amount of memory is no secret. */
/* What an area has grown by tells nothing but how many pageblocks were needed. */
TEST_F(hidden, an_area_grows_by_pageblocks)
{
	__u64 pageblock = pga_pageblock(self->fd);
	struct pgarea_create_area grows;
	struct pgarea_area now;

	ASSERT_EQ(0, pga_area_template(self->fd, "grows", 0, &grows));
	grows.flags = PGAREA_AREA_GROW;
	grows.chunk_size = 4 * pageblock;
	ASSERT_EQ(0, pga_create_area(self->fd, &grows));
	ASSERT_EQ(0, pga_alloc_in(self->file, grows.id, &self->block));
	EXPECT_EQ(PGAREA_NO_ADDRESS, self->block.phys);
	ASSERT_EQ(0, pga_area_by_id(self->file, grows.id, &now));
	EXPECT_EQ(pageblock, now.owned);
	EXPECT_EQ(1, now.nr_chunks);
	self->block.size = 3 * pageblock;
	ASSERT_EQ(0, pga_alloc_in(self->file, grows.id, &self->block));
	ASSERT_EQ(0, pga_area_by_id(self->file, grows.id, &now));
	EXPECT_EQ(4, now.nr_chunks);
	EXPECT_EQ(4 * pageblock, now.owned);
	close(self->file);
	EXPECT_EQ(0, pga_destroy_areas(self->fd, "grows"));
}

TEST_F(hidden, what_keeps_an_area_from_growing)
{
	struct pgarea_create_area nowhere = {
		.name = "nowhere",
		.start = 1ULL << 42,
		.end = 1ULL << 43,
		.flags = PGAREA_AREA_GROW,
	};
	struct pgarea_refusal refusal = {};

	self->block.refusals = PGA_ARRAY(&refusal, 1);
	ASSERT_EQ(0, pga_create_area(self->fd, &nowhere));
	EXPECT_EQ(-ENOSPC, pga_alloc_in(self->file, nowhere.id, &self->block));
	EXPECT_EQ(PGAREA_OBSTACLE_NONE, refusal.obstacle);
	EXPECT_EQ(PGAREA_NO_ADDRESS, refusal.obstacle_address);
	EXPECT_EQ(-ENOSPC, pga_alloc_in(self->fd, nowhere.id, &self->block));
	EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM, refusal.obstacle);
	EXPECT_EQ(PGAREA_NO_ADDRESS, refusal.obstacle_address);
	EXPECT_EQ(0, pga_destroy_areas(self->fd, "nowhere"));
}

TEST_F(hidden, areas_are_for_all)
{
	struct pgarea_order orders[64];

	EXPECT_EQ(0, pga_snapshot(self->file, &self->before));
	EXPECT_LT(0, pga_orders(self->file, self->area.id, orders, 64));
}

int main(int argc, char **argv)
{
	return hidden_main(argc, argv);
}
