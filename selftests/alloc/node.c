// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of one NUMA node, from areas that have memory of several.
 *
 * Which node memory is of, the kernel shows in sysfs, for each of its memory
 * blocks.
 */
#include "include/pga_area.h"

#define NAME		"test-node"
#define NODES		"/sys/devices/system/node/"
#define MEMORY_BLOCK	"/sys/devices/system/memory/block_size_bytes"
#define MOST_NODES	64
#define MOST_CHUNKS	32
#define PIECES		4	/* blocks in a pageblock */
#define NO_NODE		1000000
#define MANY		(PIECES + 2)

FIXTURE(node) {
	int fd;
	__u64 pageblock;
	__u64 memory_block;
	int nodes[MOST_NODES];
	int nr;
	struct pga_snapshot before;
	struct pgarea_create_area area;
	struct pgarea_refusal refusal;
};

/* The hexadecimal number in a file; 0: it cannot be read. */
static __u64 read_hex(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long number = 0;

	if (!file || fscanf(file, "%llx", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

/* Nodes with memory, from a list like "0-1,3"; how many. */
static int read_nodes(int nodes[MOST_NODES])
{
	FILE *file = fopen(NODES "has_memory", "re");
	int nr = 0, first, last;

	while (file && fscanf(file, "%d", &first) == 1) {
		last = first;
		(void)!fscanf(file, "-%d", &last);
		for (; first <= last && nr < MOST_NODES; first++)
			nodes[nr++] = first;
		if (fgetc(file) != ',')
			break;
	}
	if (file)
		fclose(file);
	return nr;
}

/* The areas end where the addresses of the machine do. */
static __u64 highest_end(const struct pga_snapshot *now)
{
	__u64 end = 0;
	int i;

	for (i = 0; i < now->nr; i++)
		if (now->areas[i].end > end)
			end = now->areas[i].end;
	return end;
}

FIXTURE_SETUP(node)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_NODE);
	PGA_AREAS_OR_SKIP(self->fd);
	self->memory_block = read_hex(MEMORY_BLOCK);
	self->nr = read_nodes(self->nodes);
	if (!self->memory_block || !self->nr)
		SKIP(return, "the kernel does not show the memory of nodes");
	self->pageblock = pga_pageblock(self->fd);
	/* A test that failed may have left one. */
	ASSERT_EQ(0, pga_destroy_areas(self->fd, NAME));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->area = (struct pgarea_create_area){
		.name = NAME,
		.start = 16 * MIB,
		.end = highest_end(&self->before),
		.maximum = MOST_CHUNKS * self->pageblock,
		.chunk_size = self->pageblock,
		.flags = PGAREA_AREA_GROW,
	};
	ASSERT_EQ(0, pga_create_area(self->fd, &self->area));
}

FIXTURE_TEARDOWN(node)
{
	int watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	close(self->fd);
	EXPECT_EQ(0, pga_destroy_areas(watch, NAME));
	EXPECT_TRUE(pga_returns_to(watch, &self->before));
	close(watch);
}

#define TWO_NODES_OR_SKIP() do {					\
	if (self->nr < 2)						\
		SKIP(return, "one node has all memory");		\
} while (0)

/* Is all of a block memory of that node? */
static bool is_on(const struct _test_data_node *self,
		  const struct pgarea_alloc *block, int node)
{
	__u64 at = block->phys, end = at + block->alloc_size;
	char path[128];

	for (; at < end; at += self->pageblock) {
		snprintf(path, sizeof(path), NODES "node%d/memory%llu", node,
			 at / self->memory_block);
		if (access(path, F_OK))
			return false;
	}
	return block->alloc_node == node;
}

/* ALLOC in the area of the test, with the refusal in @self->refusal. */
static int alloc_on(struct _test_data_node *self, struct pgarea_alloc *block)
{
	memset(&self->refusal, 0, sizeof(self->refusal));
	block->refusals = PGA_ARRAY(&self->refusal, 1);
	return pga_alloc_in(self->fd, self->area.id, block);
}

#define ALLOC_ON(_block) alloc_on(self, _block)

/* Let the area own a free pageblock of each of the first two nodes. */
#define OWN_TWO() do {							\
	struct pgarea_alloc _block;					\
	int _i;								\
									\
	for (_i = 0; _i < 2; _i++) {					\
		_block = (struct pgarea_alloc){				\
			.size = self->pageblock,			\
			.flags = PGAREA_ALLOC_NODE,			\
			.node = self->nodes[_i],			\
		};							\
		ASSERT_EQ(0, ALLOC_ON(&_block));			\
		ASSERT_EQ(0, pga_free(self->fd, _block.id));		\
	}								\
} while (0)

#define PIECE(_flags, _node) ((struct pgarea_alloc){			\
	.size = self->pageblock / PIECES,				\
	.flags = PGAREA_ALLOC_NO_GROW | (_flags),			\
	.node = self->nodes[_node],					\
})

TEST_F(node, an_area_grows_on_the_node)
{
	int i, chunk;

	for (i = 0; i < self->nr; i++) {
		for (chunk = 0; chunk < MOST_CHUNKS / self->nr; chunk++) {
			struct pgarea_alloc block = {
				.size = self->pageblock,
				.flags = PGAREA_ALLOC_NODE |
					 (chunk & 1 ? PGAREA_ALLOC_TOP_DOWN : 0),
				.node = self->nodes[i],
			};

			ASSERT_EQ(0, ALLOC_ON(&block));
			EXPECT_TRUE(is_on(self, &block, self->nodes[i]));
		}
	}
}

/* As a block larger than a chunk, it is looked for as neighbouring pageblocks. */
TEST_F(node, an_area_grows_on_the_node_by_several_chunks)
{
	int i;

	for (i = 0; i < self->nr && i < 2; i++) {
		struct pgarea_alloc block = {
			.size = 3 * self->pageblock,
			.flags = PGAREA_ALLOC_PREFER_NODE,
			.node = self->nodes[i],
		};

		ASSERT_EQ(0, ALLOC_ON(&block));
		EXPECT_TRUE(is_on(self, &block, self->nodes[i]));
	}
}

/* Both ways: the lowest first, and the highest first. */
TEST_F(node, a_node_serves_what_it_has_in_the_area)
{
	__u64 flags[] = { 0, PGAREA_ALLOC_TOP_DOWN }, last;
	int node, way, i;

	TWO_NODES_OR_SKIP();
	OWN_TWO();
	for (node = 0; node < 2; node++) {
		for (way = 0, last = 0; way < 2; way++, last = ~0ULL) {
			struct pgarea_alloc blocks[PIECES], more;

			for (i = 0; i < PIECES; i++) {
				blocks[i] = PIECE(PGAREA_ALLOC_NODE | flags[way],
						  node);
				ASSERT_EQ(0, ALLOC_ON(&blocks[i]));
				EXPECT_TRUE(is_on(self, &blocks[i],
						  self->nodes[node]));
				EXPECT_TRUE(way ? blocks[i].phys < last :
						  blocks[i].phys > last);
				last = blocks[i].phys;
			}
			more = PIECE(PGAREA_ALLOC_NODE | flags[way], node);
			EXPECT_EQ(-ENOSPC, ALLOC_ON(&more));
			EXPECT_EQ(PGAREA_REASON_FULL, self->refusal.reason);
			EXPECT_EQ(0, self->refusal.free);
			for (i = 0; i < PIECES; i++)
				ASSERT_EQ(0, pga_free(self->fd, blocks[i].id));
		}
	}
}

TEST_F(node, another_node_serves_if_one_is_preferred)
{
	struct pgarea_alloc block;
	int i;

	TWO_NODES_OR_SKIP();
	OWN_TWO();
	for (i = 0; i < 2 * PIECES; i++) {
		block = PIECE(PGAREA_ALLOC_PREFER_NODE, 1);
		ASSERT_EQ(0, ALLOC_ON(&block));
		EXPECT_TRUE(is_on(self, &block, self->nodes[i < PIECES]));
		EXPECT_EQ(0, block.refusals.count);
	}
	block = PIECE(PGAREA_ALLOC_PREFER_NODE, 1);
	EXPECT_EQ(-ENOSPC, ALLOC_ON(&block));
	EXPECT_EQ(1, block.refusals.count);
	EXPECT_EQ(PGAREA_REASON_FULL, self->refusal.reason);
}

TEST_F(node, many_blocks_are_of_the_node)
{
	struct pgarea_bulk_block blocks[MANY];
	struct pgarea_area_id set = { .id = self->area.id };
	struct pgarea_alloc_bulk arg = {
		.size = self->pageblock / PIECES,
		.flags = PGAREA_ALLOC_NODE | PGAREA_ALLOC_NO_GROW,
		.areas = PGA_ARRAY(&set, 1),
		.blocks = PGA_ARRAY(blocks, MANY),
	};
	unsigned int i;

	TWO_NODES_OR_SKIP();
	OWN_TWO();
	arg.node = self->nodes[1];
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(PIECES, arg.done);
	EXPECT_EQ(ENOSPC, arg.error);
	for (i = 0; i < arg.done; i++) {
		EXPECT_EQ(self->nodes[1], blocks[i].node);
		ASSERT_EQ(0, pga_free(self->fd, blocks[i].id));
	}
	arg.flags = PGAREA_ALLOC_PREFER_NODE | PGAREA_ALLOC_NO_GROW;
	arg.blocks = PGA_ARRAY(blocks, MANY);
	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	EXPECT_EQ(MANY, arg.done);
	for (i = 0; i < arg.done; i++)
		EXPECT_EQ(self->nodes[i < PIECES], blocks[i].node);
}

TEST_F(node, a_dry_run_says_where)
{
	struct pgarea_alloc block;
	int node;

	TWO_NODES_OR_SKIP();
	OWN_TWO();
	for (node = 0; node < 2; node++) {
		block = PIECE(PGAREA_ALLOC_NODE | PGAREA_ALLOC_DRY_RUN, node);
		ASSERT_EQ(0, ALLOC_ON(&block));
		EXPECT_TRUE(is_on(self, &block, self->nodes[node]));
	}
}

/* Within the limits, where all memory is of one node */
TEST_F(node, the_other_limits_hold_as_well)
{
	struct pgarea_alloc on, off;

	TWO_NODES_OR_SKIP();
	OWN_TWO();
	on = PIECE(PGAREA_ALLOC_NODE, 0);
	ASSERT_EQ(0, ALLOC_ON(&on));
	off = PIECE(PGAREA_ALLOC_NODE, 1);
	off.lowest = on.phys & -self->pageblock;
	off.highest = off.lowest + self->pageblock - 1;
	EXPECT_EQ(-ENOSPC, ALLOC_ON(&off));
	EXPECT_EQ(PGAREA_REASON_NODE, self->refusal.reason);
	EXPECT_EQ(0, self->refusal.free);
	off.node = self->nodes[0];
	off.refusals.count = 1;
	ASSERT_EQ(0, ALLOC_ON(&off));
	EXPECT_TRUE(is_on(self, &off, self->nodes[0]));
	EXPECT_LE(off.phys + off.alloc_size - 1, off.highest);
}

TEST_F(node, an_area_for_another_node_refuses)
{
	struct pgarea_alloc block = {
		.size = self->pageblock,
		.flags = PGAREA_ALLOC_NODE,
	};
	struct pgarea_create_area other = self->area;

	TWO_NODES_OR_SKIP();
	snprintf((char *)other.name, sizeof(other.name), NAME "-1");
	other.flags |= PGAREA_AREA_NODE;
	other.node = self->nodes[1];
	ASSERT_EQ(0, pga_create_area(self->fd, &other));
	self->area.id = other.id;
	block.node = self->nodes[0];
	EXPECT_EQ(-ENOSPC, ALLOC_ON(&block));
	EXPECT_EQ(PGAREA_REASON_NODE, self->refusal.reason);
	block.flags = PGAREA_ALLOC_PREFER_NODE;
	ASSERT_EQ(0, ALLOC_ON(&block));
	EXPECT_TRUE(is_on(self, &block, self->nodes[1]));
}

TEST_F(node, a_node_without_memory_is_refused)
{
	const __u64 flags[] = { PGAREA_ALLOC_NODE, PGAREA_ALLOC_PREFER_NODE };
	const __u32 nodes[] = { NO_NODE, ~0U, 1U << 31 };
	unsigned int i, k;

	for (i = 0; i < 2; i++) {
		for (k = 0; k < 3; k++) {
			struct pgarea_alloc block = {
				.size = 1,
				.flags = flags[i],
				.node = nodes[k],
			};

			EXPECT_EQ(-ENODEV, ALLOC_ON(&block));
		}
	}
}

TEST_HARNESS_MAIN
