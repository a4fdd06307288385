// SPDX-License-Identifier: GPL-2.0
/*
 * A block that is split, trimmed and freed in pieces at random, against a model
 * that knows the owner and the contents of each page.
 *
 * The test prints the seed, and PGA_SEED sets it.
 */
#include "include/exhaust.h"

#define PAGES	300
#define ROUNDS	10
#define STEPS	40

/* The piece that a page of the block belongs to; @id 0: it was freed */
struct owner {
	__u64 id;
	__u64 offset;	/* for mmap(), of the piece that the page is in */
	int first;	/* page of the block at which that piece begins */
	int nr;		/* pages of the piece */
};

struct model {
	int fd;
	__u64 seed;
	__u64 base;
	struct owner pages[PAGES];
	int done[3];
};

FIXTURE(cut) {
	struct model model;
	struct pgarea_area area;
	struct pga_snapshot before;
};

FIXTURE_SETUP(cut)
{
	PGA_OPEN_OR_SKIP(self->model.fd);
	PGA_PICK_OR_SKIP(self->model.fd, 2 * PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->model.fd, &self->before));
	memset(self->model.done, 0, sizeof(self->model.done));
	self->model.seed = pga_seed();
}

FIXTURE_TEARDOWN(cut)
{
	close(self->model.fd);
}

static int below(struct model *m, int limit)
{
	return pga_random(&m->seed) % limit;
}

static void set_piece(struct model *m, __u64 id, __u64 offset, int first,
		      int nr)
{
	int i;

	for (i = first; i < first + nr; i++)
		m->pages[i] = (struct owner){ id, offset, first, nr };
}

/* A block at an unaligned place, with a number in each page. */
static int begin(struct model *m, __u32 area)
{
	struct pgarea_range run;
	struct pgarea_alloc block;
	int err, i;
	char *at;

	err = pga_longest_free(m->fd, area, &run);
	if (err)
		return err;
	m->base = run.address + below(m, PAGES) * page_size();
	err = pga_wait_exact(m->fd, m->base, PAGES * page_size(), &block);
	if (err)
		return err;
	at = pga_map(m->fd, &block);
	if (at == MAP_FAILED)
		return -errno;
	for (i = 0; i < PAGES; i++)
		*(int *)(at + i * page_size()) = i + 1;
	set_piece(m, block.id, block.mmap_offset, 0, PAGES);
	return munmap(at, block.alloc_size) ? -errno : 0;
}

/* Keep @keep pages of a piece. */
static int trim(struct model *m, struct owner piece)
{
	int keep = 1 + below(m, piece.nr);
	int err = pga_trim(m->fd, piece.id, keep * page_size());

	set_piece(m, piece.id, piece.offset, piece.first, keep);
	set_piece(m, 0, 0, piece.first + keep, piece.nr - keep);
	m->done[0]++;
	return err;
}

static int split(struct model *m, struct owner piece)
{
	int first = 1 + below(m, piece.nr - 1), size = below(m, piece.nr), i;
	struct pgarea_bulk_block pieces[PAGES];
	int nr = pga_split(m->fd, piece.id, first * page_size(),
			   size * page_size(), pieces, PAGES);

	for (i = 0; i < nr; i++)
		set_piece(m, pieces[i].id, pieces[i].mmap_offset,
			  (pieces[i].phys - m->base) / page_size(),
			  pieces[i].alloc_size / page_size());
	m->done[1]++;
	size = size ?: piece.nr - first;
	return nr < 0 ? nr : nr - 1 - (piece.nr - first + size - 1) / size;
}

static int free_piece(struct model *m, struct owner piece)
{
	set_piece(m, 0, 0, piece.first, piece.nr);
	m->done[2]++;
	return pga_free(m->fd, piece.id);
}

static int step(struct model *m)
{
	struct owner piece = m->pages[below(m, PAGES)];

	if (!piece.id)
		return 0;
	if (piece.nr > 1 && pga_chance(&m->seed, 60))
		return split(m, piece);
	return pga_chance(&m->seed, 70) ? trim(m, piece) : free_piece(m, piece);
}

/* BLOCKS reports each page as the model has it. */
static bool is_listed(const struct model *m, const struct pgarea_block *list,
		      int nr, int page)
{
	const struct owner *owner = &m->pages[page];
	__u64 address = m->base + page * page_size();
	int i;

	for (i = 0; i < nr; i++)
		if (list[i].state == PGAREA_STATE_ALLOCATED &&
		    address - list[i].address < list[i].size)
			break;
	if (i == nr)
		return !owner->id;
	return list[i].id == owner->id && list[i].mmap_offset == owner->offset &&
	       list[i].address == m->base + owner->first * page_size() &&
	       list[i].size == owner->nr * page_size();
}

static bool are_listed(const struct model *m)
{
	struct pgarea_block *list;
	int i, nr = pga_blocks(m->fd, 0, &list);
	bool same = nr >= 0;

	for (i = 0; i < PAGES && same; i++)
		same = is_listed(m, list, nr, i);
	free(list);
	return same;
}

/* A page in a piece can be mapped alone, and then has its number. */
static bool is_mapped_right(const struct model *m, int page)
{
	const struct owner *owner = &m->pages[page];
	__u64 offset = owner->offset + (page - owner->first) * page_size();
	bool right;
	int *at;

	if (!owner->id)
		return true;
	at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, m->fd, offset);
	if (at == MAP_FAILED)
		return false;
	right = *at == page + 1;
	munmap(at, page_size());
	return right;
}

TEST_F(cut, at_random)
{
	struct model *m = &self->model;
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, begin(m, self->area.id));
		for (i = 0; i < STEPS; i++) {
			ASSERT_EQ(0, step(m));
			ASSERT_TRUE(are_listed(m));
		}
		for (i = 0; i < PAGES; i++)
			ASSERT_TRUE(is_mapped_right(m, i));
		for (i = 0; i < PAGES; i++)
			if (m->pages[i].id)
				ASSERT_EQ(0, free_piece(m, m->pages[i]));
		ASSERT_TRUE(pga_returns_to(m->fd, &self->before));
	}
	TH_LOG("%d trimmed, %d split, %d freed", m->done[0], m->done[1],
	       m->done[2]);
	for (i = 0; i < 3; i++)
		EXPECT_LT(ROUNDS, m->done[i]);
}

TEST_HARNESS_MAIN
