// SPDX-License-Identifier: GPL-2.0
/*
 * What the library adds to the commands, on the fake device: prints what is wrong,
 * and exits with 1 then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../libpgarea.h"

#define PAGE	4096ULL
#define NR	8

static int failed;

#define CHECK(is_true) do {						\
	if (!(is_true)) {						\
		printf("line %d: not %s\n", __LINE__, #is_true);	\
		failed = 1;						\
	}								\
} while (0)

static void test_bulk(int fd)
{
	struct pgarea_bulk_block blocks[NR];
	struct pgarea_alloc_bulk bulk = {
		.size = 2 * PAGE,
		.blocks.entries = (uintptr_t)blocks,
		.blocks.count = NR,
	};
	__u64 ids[NR];
	__u32 done = 99;

	CHECK(!pgarea_alloc_bulk(fd, &bulk));
	CHECK(bulk.done == NR && !bulk.error);
	CHECK(bulk.blocks.entry_size == sizeof(blocks[0]));
	for (int i = 0; i < NR; i++)
		ids[i] = blocks[i].id;
	CHECK(!pgarea_free_bulk(fd, ids, 2, &done) && done == 2);
	CHECK(pgarea_free_bulk(fd, &ids[1], 3, &done) == -ENOENT && !done);
	ids[5] = ids[0];
	CHECK(pgarea_free_bulk(fd, &ids[2], 6, &done) == -ENOENT && done == 3);
	CHECK(pgarea_free_bulk(fd, ids, 0, NULL) == -EINVAL);
}

static void test_some_fit(int fd)
{
	struct pgarea_bulk_block blocks[NR];
	struct pgarea_alloc_bulk bulk = {
		.size = 4096 * PAGE / 4,
		.blocks.entries = (uintptr_t)blocks,
		.blocks.count = NR,
	};

	CHECK(!pgarea_alloc_bulk(fd, &bulk));
	CHECK(bulk.done && bulk.done < NR && bulk.error == ENOSPC);
	for (__u32 i = 0; i < bulk.done; i++)
		CHECK(!pgarea_free_bulk(fd, &blocks[i].id, 1, NULL));
}

static void test_trim(int fd)
{
	struct pgarea_alloc block = { .size = 8 * PAGE };
	__u64 granted = 0;

	CHECK(!pgarea_alloc(fd, &block));
	CHECK(!pgarea_trim(fd, block.id, 5 * PAGE - 1, &granted));
	CHECK(granted == 5 * PAGE);
	CHECK(!pgarea_trim(fd, block.id, 1, NULL));
	CHECK(pgarea_trim(fd, block.id, 2 * PAGE, &granted) == -EINVAL);
	CHECK(granted == 5 * PAGE);
	CHECK(pgarea_trim(fd, ~0ULL, 1, NULL) == -ENOENT);
}

static void test_split(int fd)
{
	struct pgarea_alloc block = { .size = 8 * PAGE };
	struct pgarea_bulk_block *pieces;
	size_t n;

	CHECK(!pgarea_alloc(fd, &block));
	CHECK(!pgarea_split(fd, block.id, PAGE, 3 * PAGE, &pieces, &n));
	CHECK(n == 4 && pieces[0].id == block.id);
	CHECK(pieces[3].phys == block.phys + 7 * PAGE && pieces[3].granted == PAGE);
	free(pieces);
	CHECK(pgarea_split(fd, block.id, 0, PAGE, &pieces, &n) == -EINVAL);
	CHECK(!pieces && !n);
	CHECK(pgarea_split(fd, ~0ULL, 0, PAGE, &pieces, &n) == -ENOENT && !pieces);
}

int main(void)
{
	int fd = pgarea_open(NULL, O_RDWR);

	if (fd < 0)
		return 2;
	test_bulk(fd);
	test_some_fit(fd);
	test_trim(fd);
	test_split(fd);
	return failed;
}
