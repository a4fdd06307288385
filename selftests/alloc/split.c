// SPDX-License-Identifier: GPL-2.0
/*
 * SPLIT: one block becomes several, each of which is mapped and freed on its
 * own; all or nothing.
 */
#include <stddef.h>

#include "include/hold.h"

#define PAGES		64
#define NO_SUCH_ID	0xfffffffe
#define WIDE		65537

FIXTURE(split) {
	int fd;
	__u64 page;
	struct pgarea_area area;
	struct pgarea_alloc block;
	struct pga_snapshot without;
	struct pga_snapshot before;
	struct pgarea_bulk_block pieces[PAGES + 1];
};

FIXTURE_SETUP(split)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 2 * PAGES, &self->area);
	self->page = page_size();
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->without));
	self->block = (struct pgarea_alloc){
		.size = PAGES * self->page,
		.flags = PGAREA_ALLOC_NO_GROW,
		.name = "ring",
	};
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	memset(self->pieces, 0xa5, sizeof(self->pieces));
}

FIXTURE_TEARDOWN(split)
{
	close(self->fd);
}

static bool is_untouched(const struct pgarea_bulk_block *piece)
{
	struct pgarea_bulk_block as_before;

	memset(&as_before, 0xa5, sizeof(as_before));
	return !memcmp(piece, &as_before, sizeof(as_before));
}

/* Where a block may be split: sizes in pages, and the resulting pieces. */
FIXTURE(cut) {
	int fd;
	__u64 page;
	struct pgarea_alloc block;
	struct pga_snapshot without;
	struct pga_snapshot before;
	struct pgarea_bulk_block pieces[PAGES + 1];
};

FIXTURE_VARIANT(cut) {
	__u64 first;
	__u64 size;
	int nr;
	__u64 last;
};

#define CUT(_name, _first, _size, _nr, _last) \
FIXTURE_VARIANT_ADD(cut, _name) { \
	.first = _first, \
	.size = _size, \
	.nr = _nr, \
	.last = _last, \
}

CUT(in_pages, 0, 1, PAGES, 1);
CUT(in_halves, 0, PAGES / 2, 2, PAGES / 2);
CUT(with_a_shorter_last, 0, 10, 7, 4);
CUT(with_a_last_of_one_page, 0, PAGES - 1, 2, 1);
CUT(a_page_off, 1, 0, 2, PAGES - 1);
CUT(all_but_a_page_off, PAGES - 1, 0, 2, 1);
CUT(first_and_equal_rest, 4, 12, 6, 12);
CUT(first_and_odd_rest, 5, 13, 6, 7);
CUT(first_is_larger, 40, 8, 4, 8);
CUT(rest_beyond_the_end, 24, 1ULL << 40, 2, 40);

FIXTURE_SETUP(cut)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, 2 * PAGES, &area);
	self->page = page_size();
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->without));
	self->block = (struct pgarea_alloc){ .size = PAGES * self->page };
	ASSERT_EQ(0, pga_alloc_in(self->fd, area.id, &self->block));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	memset(self->pieces, 0xa5, sizeof(self->pieces));
}

FIXTURE_TEARDOWN(cut)
{
	close(self->fd);
}

/* The number of pages that piece @i must have */
static __u64 pages_of(const struct _fixture_variant_cut *cut, int i)
{
	if (!i)
		return cut->first ?: cut->size;
	return i == cut->nr - 1 ? cut->last : cut->size;
}

TEST_F(cut, pieces_follow_one_another)
{
	__u64 at = self->block.phys;
	int i, j;

	ASSERT_EQ(variant->nr, pga_split(self->fd, self->block.id,
					 variant->first * self->page,
					 variant->size * self->page,
					 self->pieces, PAGES));
	EXPECT_EQ(self->block.id, self->pieces[0].id);
	EXPECT_EQ(self->block.mmap_offset, self->pieces[0].mmap_offset);
	for (i = 0; i < variant->nr; i++) {
		ASSERT_EQ(at, self->pieces[i].phys);
		ASSERT_EQ(pages_of(variant, i) * self->page,
			  self->pieces[i].alloc_size);
		EXPECT_EQ(self->block.area, self->pieces[i].area);
		EXPECT_EQ(self->block.alloc_node, self->pieces[i].node);
		at += self->pieces[i].alloc_size;
		for (j = 0; j < i; j++)
			ASSERT_NE(self->pieces[j].id, self->pieces[i].id);
	}
	EXPECT_EQ(self->block.phys + self->block.alloc_size, at);
	EXPECT_TRUE(is_untouched(&self->pieces[variant->nr]));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(cut, pieces_are_freed_one_by_one)
{
	__u64 left = self->block.alloc_size;
	struct pgarea_area area;
	int i;

	ASSERT_EQ(variant->nr, pga_split(self->fd, self->block.id,
					 variant->first * self->page,
					 variant->size * self->page,
					 self->pieces, PAGES));
	for (i = 1; i < variant->nr; i++) {
		ASSERT_EQ(0, pga_free(self->fd, self->pieces[i].id));
		left -= self->pieces[i].alloc_size;
		ASSERT_EQ(0, pga_area_by_id(self->fd, self->block.area,
					    &area));
		ASSERT_EQ(left, area.allocated);
	}
	ASSERT_EQ(0, pga_free(self->fd, self->pieces[0].id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->without));
}

/* A dry run returns the number, and changes nothing. */
TEST_F(cut, how_many)
{
	struct pgarea_split arg = {
		.id = self->block.id,
		.first = variant->first * self->page,
		.size = variant->size * self->page,
		.pieces.cursor = 99,
	};

	EXPECT_EQ(-EMSGSIZE, pga_ioctl(self->fd, PGAREA_IOC_SPLIT, &arg));
	EXPECT_EQ(variant->nr, (int)arg.pieces.total);
	EXPECT_EQ(0, arg.pieces.count);
	EXPECT_EQ(0, arg.pieces.cursor);
	arg.pieces = PGA_ARRAY(self->pieces, variant->nr - 1);
	EXPECT_EQ(-EMSGSIZE, pga_ioctl(self->fd, PGAREA_IOC_SPLIT, &arg));
	EXPECT_EQ(variant->nr, (int)arg.pieces.total);
	EXPECT_EQ(0, arg.pieces.count);
	EXPECT_TRUE(is_untouched(&self->pieces[0]));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
	arg.pieces = PGA_ARRAY(self->pieces, variant->nr);
	EXPECT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_SPLIT, &arg));
	EXPECT_EQ(variant->nr, (int)arg.pieces.total);
	EXPECT_EQ(variant->nr, (int)arg.pieces.count);
	EXPECT_EQ(0, arg.pieces.cursor);
}

/* How many blocks this file has; -errno when BLOCKS fails. */
static int count_blocks(int fd)
{
	struct pgarea_block *list;
	int nr = pga_blocks(fd, 0, &list);

	free(list);
	return nr;
}

TEST_F(split, pieces_are_listed)
{
	struct pgarea_block *list;
	__u64 size = 0;
	int i;

	ASSERT_EQ(4, pga_split(self->fd, self->block.id, 0, 16 * self->page,
			       self->pieces, PAGES));
	ASSERT_EQ(4, pga_blocks(self->fd, 0, &list));
	for (i = 0; i < 4; i++) {
		size += list[i].size;
		EXPECT_EQ(PGAREA_STATE_ALLOCATED, list[i].state);
		EXPECT_EQ(PGAREA_HOLDER_OWNER, list[i].holders);
		EXPECT_EQ(PGAREA_ALLOC_NO_GROW, list[i].flags);
		EXPECT_EQ(getpid(), list[i].pid);
		EXPECT_STREQ("ring", (char *)list[i].name);
	}
	EXPECT_EQ(self->block.alloc_size, size);
	for (i = 0; i < 4; i++) {
		struct pgarea_block seen;

		ASSERT_EQ(0, pga_block_at(self->fd, 0, self->pieces[i].phys,
					  &seen));
		EXPECT_EQ(self->pieces[i].id, seen.id);
		EXPECT_EQ(self->pieces[i].alloc_size, seen.size);
		EXPECT_EQ(self->pieces[i].mmap_offset, seen.mmap_offset);
	}
}

TEST_F(split, contents_stay)
{
	char *at = pga_map(self->fd, &self->block);
	int i;

	ASSERT_NE(MAP_FAILED, at);
	for (i = 0; i < PAGES; i++)
		memset(at + i * self->page, i + 1, self->page);
	munmap(at, self->block.alloc_size);
	ASSERT_EQ(PAGES, pga_split(self->fd, self->block.id, 0, self->page,
				   self->pieces, PAGES));
	for (i = 0; i < PAGES; i++) {
		at = pga_map_one(self->fd, &self->pieces[i]);
		ASSERT_NE(MAP_FAILED, at);
		EXPECT_EQ(i + 1, at[0]);
		EXPECT_EQ(i + 1, at[self->page - 1]);
		munmap(at, self->page);
	}
}

/* A mapping shows one piece and not its neighbour. */
TEST_F(split, mappings_end_where_the_piece_does)
{
	ASSERT_EQ(4, pga_split(self->fd, self->block.id, 0, 16 * self->page,
			       self->pieces, PAGES));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 17 * self->page, PROT_READ,
				   MAP_SHARED, self->fd,
				   self->pieces[1].mmap_offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_NE(MAP_FAILED, pga_map_one(self->fd, &self->pieces[1]));
}

/* A mapping keeps one piece busy, and not the others. */
TEST_F(split, a_piece_can_be_split_and_trimmed)
{
	struct pgarea_bulk_block more[3];

	ASSERT_EQ(4, pga_split(self->fd, self->block.id, 0, 16 * self->page,
			       self->pieces, PAGES));
	ASSERT_NE(MAP_FAILED, pga_map_one(self->fd, &self->pieces[0]));
	EXPECT_EQ(3, pga_split(self->fd, self->pieces[2].id, 2 * self->page,
			       7 * self->page, more, 3));
	EXPECT_EQ(self->pieces[2].phys + 2 * self->page, more[1].phys);
	EXPECT_EQ(0, pga_trim(self->fd, more[2].id, self->page));
	EXPECT_EQ(-EBUSY, pga_trim(self->fd, self->pieces[0].id, self->page));
	EXPECT_EQ(6, count_blocks(self->fd));
	close(self->fd);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
}

TEST_F(split, pieces_go_with_the_file)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, watch);
	ASSERT_EQ(PAGES, pga_split(self->fd, self->block.id, 0, self->page,
				   self->pieces, PAGES));
	close(self->fd);
	self->fd = watch;
	EXPECT_TRUE(pga_returns_to(watch, &self->without));
}

/* A page in a pipe keeps its piece, and no other one. */
TEST_F(split, only_the_piece_that_is_held_drains)
{
	char *at = pga_map(self->fd, &self->block);
	struct pgarea_alloc next;
	int pipe, i;

	ASSERT_NE(MAP_FAILED, at);
	pipe = pga_pipe_of(at + 20 * self->page, self->page);
	ASSERT_LE(0, pipe);
	munmap(at, self->block.alloc_size);
	ASSERT_EQ(4, pga_split(self->fd, self->block.id, 0, 16 * self->page,
			       self->pieces, PAGES));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pga_free(self->fd, self->pieces[i].id));
	for (i = 0; i < 4; i++)
		if (i != 1)
			EXPECT_EQ(0, pga_wait_exact(self->fd,
						    self->pieces[i].phys,
						    16 * self->page, &next));
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->fd, self->pieces[1].phys,
				       self->page, &next));
	close(pipe);
	EXPECT_EQ(0, pga_wait_exact(self->fd, self->pieces[1].phys,
				    16 * self->page, &next));
}

/* More pieces than fit into 16 bits */
TEST_F_TIMEOUT(split, into_very_many, 90)
{
	struct pgarea_bulk_block *pieces = calloc(WIDE, sizeof(*pieces));
	struct pgarea_alloc block = { .size = WIDE * self->page };
	__u64 *ids = calloc(WIDE, sizeof(*ids));
	int i;

	ASSERT_NE(NULL, pieces);
	ASSERT_NE(NULL, ids);
	if (pga_alloc(self->fd, &block))
		SKIP(return, "no area has %d contiguous pages", WIDE);
	ASSERT_EQ(WIDE, pga_split(self->fd, block.id, 0, self->page, pieces,
				  WIDE));
	for (i = 0; i < WIDE; i++) {
		ASSERT_EQ(block.phys + i * self->page, pieces[i].phys);
		ids[i] = pieces[i].id;
	}
	ASSERT_EQ(WIDE, pga_free_ids(self->fd, ids, WIDE));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* One wrong field, and the block is unchanged */
static void expect_refusal(struct __test_metadata *_metadata, int fd, int err,
			   struct pgarea_split arg,
			   const struct pga_snapshot *before)
{
	struct pgarea_split as_before = arg;
	int blocks = count_blocks(fd);

	EXPECT_EQ(err, pga_ioctl(fd, PGAREA_IOC_SPLIT, &arg))
		TH_LOG("id %llu, first %#llx, size %#llx", arg.id, arg.first,
		       arg.size);
	if (err != -EBUSY)
		EXPECT_EQ(0, memcmp(&as_before, &arg, sizeof(arg)));
	EXPECT_EQ(blocks, count_blocks(fd));
	EXPECT_TRUE(pga_is_as(fd, before));
}

#define EXPECT_REFUSAL(_err, ...) \
	expect_refusal(_metadata, self->fd, _err, (struct pgarea_split){ \
		.pieces = PGA_ARRAY(self->pieces, PAGES), \
		__VA_ARGS__ \
	}, &self->before)

TEST_F(split, bad_sizes)
{
	__u64 id = self->block.id, page = self->page, all = PAGES * page;

	EXPECT_REFUSAL(-EINVAL, .id = id);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = 1);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = page + 1, .size = page);
	EXPECT_REFUSAL(-EINVAL, .id = id, .size = 1);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = page, .size = page - 1);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = all);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = all, .size = page);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = all + page);
	EXPECT_REFUSAL(-EINVAL, .id = id, .size = all);
	EXPECT_REFUSAL(-EINVAL, .id = id, .size = -page);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = -page);
	EXPECT_REFUSAL(-EINVAL, .id = id, .first = -page, .size = -page);
}

/* A block of one page cannot be split. */
TEST_F(split, a_page)
{
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, self->page));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_TRUE(pga_returns_to(self->fd, &self->without));
	self->block = (struct pgarea_alloc){ .size = 1 };
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	EXPECT_REFUSAL(-EINVAL, .id = self->block.id, .size = self->page);
	EXPECT_REFUSAL(-EINVAL, .id = self->block.id, .first = self->page);
}

/* The largest size that is a multiple of the page size does not overflow. */
TEST_F(split, a_rest_of_almost_64_bits)
{
	EXPECT_EQ(2, pga_split(self->fd, self->block.id, self->page,
			       -self->page, self->pieces, PAGES));
	EXPECT_EQ((PAGES - 1) * self->page, self->pieces[1].alloc_size);
}

TEST_F(split, flags)
{
	EXPECT_REFUSAL(-EOPNOTSUPP, .id = self->block.id, .size = self->page,
		       .flags = 1);
	EXPECT_REFUSAL(-EOPNOTSUPP, .id = self->block.id, .size = self->page,
		       .flags = 1ULL << 63);
}

TEST_F(split, unknown_ids)
{
	EXPECT_REFUSAL(-ENOENT, .id = 0, .size = self->page);
	EXPECT_REFUSAL(-ENOENT, .id = NO_SUCH_ID, .size = self->page);
	EXPECT_REFUSAL(-ENOENT, .id = ~0ULL, .size = self->page);
	EXPECT_REFUSAL(-ENOENT, .id = self->block.id + (1ULL << 32),
		       .size = self->page);
}

TEST_F(split, a_reservation)
{
	struct pgarea_range run;
	__u64 id;

	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &run));
	ASSERT_EQ(0, pga_reserve_at(self->fd, run.address, 2 * self->page,
				    &id));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	EXPECT_REFUSAL(-ENOENT, .id = id, .size = self->page);
}

TEST_F(split, a_freed_block)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->without));
	self->before = self->without;
	EXPECT_REFUSAL(-ENOENT, .id = self->block.id, .size = self->page);
}

TEST_F(split, a_mapped_block_is_busy)
{
	char *at = pga_map(self->fd, &self->block);

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_REFUSAL(-EBUSY, .id = self->block.id, .size = self->page);
	munmap(at + self->page, self->block.alloc_size - self->page);
	EXPECT_REFUSAL(-EBUSY, .id = self->block.id, .size = self->page);
	EXPECT_TRUE(is_untouched(&self->pieces[0]));
	munmap(at, self->page);
	EXPECT_EQ(PAGES, pga_split(self->fd, self->block.id, 0, self->page,
				   self->pieces, PAGES));
}

/* The array of the pieces */
#define EXPECT_BAD_PIECES(_err, ...) \
	expect_refusal(_metadata, self->fd, _err, (struct pgarea_split){ \
		.id = self->block.id, \
		.size = self->page, \
		__VA_ARGS__ \
	}, &self->before)

TEST_F(split, bad_pieces)
{
	size_t size = sizeof(self->pieces[0]);

	EXPECT_BAD_PIECES(-EINVAL, .pieces = pga_array(self->pieces, size - 1,
						       PAGES));
	EXPECT_BAD_PIECES(-EINVAL, .pieces = pga_array(self->pieces, 0, PAGES));
	EXPECT_BAD_PIECES(-E2BIG, .pieces = pga_array(self->pieces, 4097, 1));
	EXPECT_BAD_PIECES(-EINVAL, .pieces.__reserved = 1);
	EXPECT_BAD_PIECES(-EFAULT, .pieces = pga_array(NULL, size, PAGES));
	EXPECT_BAD_PIECES(-EFAULT, .pieces = pga_array((void *)(~0UL << 24),
						       size, PAGES));
	EXPECT_BAD_PIECES(-EOVERFLOW, .pieces = pga_array((void *)(~0UL - 8),
							  size, PAGES));
	EXPECT_BAD_PIECES(-EOVERFLOW, .pieces = pga_array((void *)(~0UL << 32),
							  4096, ~0U));
}

TEST_F(split, longer_pieces_end_in_zeros)
{
	struct { struct pgarea_bulk_block now; __u64 later[3]; } pieces[3];
	struct pgarea_split arg = {
		.id = self->block.id,
		.first = self->page,
		.pieces = PGA_ARRAY(pieces, 3),
	};

	memset(pieces, 0xa5, sizeof(pieces));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_SPLIT, &arg));
	EXPECT_EQ(2, arg.pieces.count);
	EXPECT_EQ(self->block.phys + self->page, pieces[1].now.phys);
	EXPECT_EQ(0, pieces[0].later[0]);
	EXPECT_EQ(0, pieces[1].later[2]);
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5ULL, pieces[2].now.id);
}

/* The kernel can report all pieces but the last. */
TEST_F(split, the_last_piece_out_of_memory)
{
	struct pgarea_bulk_block piece;
	size_t size = (PAGES - 1) * sizeof(piece);
	char *room = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_GE(self->page, size);
	ASSERT_NE(MAP_FAILED, room);
	munmap(room + self->page, self->page);
	room += self->page - size;
	EXPECT_BAD_PIECES(-EFAULT, .pieces = pga_array(room, sizeof(piece),
						       PAGES));
	EXPECT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->without));
}

TEST_F(split, answer_into_read_only_memory)
{
	struct pgarea_split *arg;

	arg = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, arg);
	*arg = (struct pgarea_split){
		.id = self->block.id,
		.size = self->page,
		.pieces = PGA_ARRAY(self->pieces, PAGES),
	};
	ASSERT_EQ(0, mprotect(arg, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, PGAREA_IOC_SPLIT, arg));
	EXPECT_EQ(1, count_blocks(self->fd));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_HARNESS_MAIN
