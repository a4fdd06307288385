// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the library on the fake device.  Prints each error, and then exits with
 * status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/pgarea.h"

#define PAGE	4096ULL
#define MIB	(1ULL << 20)
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
	__u64 size = 0;

	CHECK(!pgarea_alloc(fd, &block));
	CHECK(!pgarea_trim(fd, block.id, 5 * PAGE - 1, &size));
	CHECK(size == 5 * PAGE);
	CHECK(!pgarea_trim(fd, block.id, 1, NULL));
	CHECK(pgarea_trim(fd, block.id, 2 * PAGE, &size) == -EINVAL);
	CHECK(size == 5 * PAGE);
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
	CHECK(pieces[3].phys == block.phys + 7 * PAGE && pieces[3].alloc_size == PAGE);
	free(pieces);
	CHECK(pgarea_split(fd, block.id, 0, PAGE, &pieces, &n) == -EINVAL);
	CHECK(!pieces && !n);
	CHECK(pgarea_split(fd, ~0ULL, 0, PAGE, &pieces, &n) == -ENOENT && !pieces);
}

/* ---- Lifetime of a block ------------------------------------------------- */

/* Check that a text contains these words, and free it. */
static void check_text(char *text, const char *words, int line)
{
	if (!text || !strstr(text, words)) {
		printf("line %d: no \"%s\" in: %s\n", line, words, text);
		failed = 1;
	}
	free(text);
}

#define CHECK_TEXT(text, words) check_text(text, words, __LINE__)

static void test_pci(void)
{
	static const char *const bad[] = {
		"", ":", ".", "0.0", "00:00", "00:20.0", "00:00.8", "100:00.0",
		"0:0:0:0.0", "00:0x1.0", "-1:0.0", "100000000:00:00.0",
		"00:00.0 ",
	};
	struct pgarea_bind bind = { .id = 7, .domain = 9 };
	char text[PGAREA_TEXT_SIZE];

	CHECK(!pgarea_parse_pci("a5:1f.7", &bind));
	CHECK(!bind.domain && bind.bus == 0xa5 && bind.device == 31);
	CHECK(bind.function == 7 && bind.id == 7);
	CHECK(!pgarea_parse_pci("FFFFFFFF:0:0.0", &bind));
	CHECK(bind.domain == 0xffffffff && !bind.bus && !bind.device);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(pgarea_parse_pci(bad[i], &bind) == -EINVAL);
	CHECK(bind.domain == 0xffffffff);
	CHECK(!strcmp(pgarea_format_pci(0, 3, 31, 7, text), "0000:03:1f.7"));
	CHECK(!strcmp(pgarea_format_pci(~0U, 255, 0, 0, text), "ffffffff:ff:00.0"));
}

static void test_names(void)
{
	CHECK(!strcmp(pgarea_feature_name(0), "alloc"));
	CHECK(!strcmp(pgarea_feature_name(15), "poison"));
	CHECK(!strcmp(pgarea_feature_name(22), "node"));
	CHECK(!strcmp(pgarea_feature_name(23), "unknown"));
	CHECK(!strcmp(pgarea_holder_name(0), "owner"));
	CHECK(!strcmp(pgarea_holder_name(6), "cache"));
	CHECK(!strcmp(pgarea_holder_name(7), "unknown"));
	CHECK(!strcmp(pgarea_cache_name(PGAREA_CACHE_UC), "uncached"));
	CHECK(!strcmp(pgarea_cache_name(3), "unknown"));
	CHECK(!strcmp(pgarea_access_name(PGAREA_ACCESS_EXECUTE), "execute"));
	CHECK(!strcmp(pgarea_access_name(3), "unknown"));
}

static void test_node(int fd)
{
	struct pgarea_alloc block = { .size = PAGE, .node = 3 };

	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EINVAL), "no meaning without a flag");
	block.flags = PGAREA_ALLOC_NODE;
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -ENODEV), "on node 3: there is no node 3");
	block.flags |= PGAREA_ALLOC_EXACT;
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EINVAL), "has the node that it has");
	block.flags = PGAREA_ALLOC_NODE | PGAREA_ALLOC_PREFER_NODE;
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EINVAL), "both required and preferred");
}

static void test_bind(int fd)
{
	struct pgarea_alloc block = { .size = PAGE };
	struct pgarea_bind bind = { .device = 0x10 };

	CHECK(!pgarea_alloc(fd, &block));
	bind.id = block.id;
	CHECK(!pgarea_bind(fd, &bind));
	bind.bus = 1;
	CHECK(pgarea_bind(fd, &bind) == -ENODEV);
	CHECK_TEXT(pgarea_explain_bind(fd, &bind, -ENODEV), "0000:01:10.0: there is no such");
	bind.id = ~0ULL;
	CHECK(pgarea_bind(fd, &bind) == -ENOENT);
	CHECK_TEXT(pgarea_explain_bind(fd, &bind, -ENOENT), "no such block or reservation");
	CHECK_TEXT(pgarea_explain_bind(fd, &bind, -EPERM), "needs CAP_SYS_ADMIN");
	CHECK_TEXT(pgarea_explain_bind(fd, &bind, -EINVAL), "it is a bridge");
	bind.device = 32;
	CHECK_TEXT(pgarea_explain_bind(fd, &bind, -EINVAL), "a device is 0 to 31");
	bind.flags = PGAREA_BIND_NONE;
	bind.device = 31;
	CHECK_TEXT(pgarea_explain_bind(fd, &bind, -EINVAL), "the address must be 0");
	CHECK(!pgarea_free_bulk(fd, &block.id, 1, NULL));
}

static void test_export(int fd)
{
	struct pgarea_alloc block = { .size = 2 * PAGE };
	int dmabuf;

	CHECK(!pgarea_alloc(fd, &block));
	dmabuf = pgarea_export(fd, block.id, PAGE, 0, PGAREA_EXPORT_READ_ONLY);
	CHECK(dmabuf >= 0 && dmabuf != fd);
	CHECK(fcntl(dmabuf, F_GETFD) == FD_CLOEXEC);
	CHECK(!close(dmabuf));
	CHECK(pgarea_export(fd, block.id, 1, 0, 0) == -EINVAL);
	CHECK(pgarea_export(fd, ~0ULL, 0, 0, 0) == -ENOENT);
	CHECK_TEXT(pgarea_explain_export(fd, 5, -ENOENT), "of block 5: there is no such block");
	CHECK_TEXT(pgarea_explain_export(fd, 5, -EBUSY), "is splitting it");
	CHECK_TEXT(pgarea_explain_export(fd, 5, -EMFILE), "ulimit -n");
	CHECK_TEXT(pgarea_explain_export(fd, 5, -EINVAL), "multiples of the page size");
}

static void test_persistent(int fd)
{
	struct pgarea_alloc block = {
		.size = PAGE, .flags = PGAREA_ALLOC_PERSISTENT, .name = "fb",
	};
	struct pgarea_wait wait = { .timeout_ms = 0 };
	char path[PGAREA_PATH_SIZE], longest[PGAREA_NAME_SIZE];
	__u64 id = 0;
	int node;

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK(!strcmp(pgarea_node_path("fb", path), "/dev/pgarea-fb"));
	CHECK(strlen(pgarea_node_path(longest, path)) == 12 + sizeof(longest) - 1);
	CHECK(!pgarea_alloc(fd, &block));
	CHECK(pgarea_alloc(fd, &block) == -EEXIST);
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EEXIST), "already, as /dev/pgarea-fb");
	CHECK(!pgarea_remove(fd, "fb", &id) && id == block.id);
	wait.id = id;
	CHECK(!pgarea_wait(fd, &wait));
	CHECK(pgarea_remove(fd, "fb", NULL) == -ENOENT);
	CHECK_TEXT(pgarea_explain_remove(fd, "fb", -ENOENT), "ls /dev/pgarea-*");
	CHECK(pgarea_remove(fd, "12345678901234567890123456789012", NULL) == -EINVAL);
	node = pgarea_open_node("table", O_RDWR);
	CHECK(node >= 0 && fcntl(node, F_GETFD) == FD_CLOEXEC);
	close(node);
	CHECK(pgarea_open_node("nothing", O_RDONLY) == -ENOENT);
}

static void test_wait(int fd)
{
	struct pgarea_wait wait = { .flags = PGAREA_WAIT_ALL, .timeout_ms = 5 };

	CHECK(pgarea_wait(fd, &wait) == -ETIMEDOUT);
	CHECK(wait.left == 2 && wait.holders == (PGAREA_HOLDER_MAPPING |
		PGAREA_HOLDER_DMABUF | PGAREA_HOLDER_DEVICE));
	CHECK_TEXT(pgarea_explain_wait(fd, &wait, -ETIMEDOUT),
		   "2 blocks and reservations are left, held by a mapping, a dma-buf,");
	setenv("FAKE_SIGNAL", "1", 1);
	CHECK(pgarea_wait(fd, &wait) == -EINTR && !wait.timeout_ms);
	unsetenv("FAKE_SIGNAL");
	wait = (struct pgarea_wait){ .id = 4 };
	CHECK(!pgarea_wait(fd, &wait));
	CHECK_TEXT(pgarea_explain_wait(fd, &wait, -EBUSY), "the block: it was not freed");
}

static void test_probe(int fd)
{
	struct pgarea_probe probe = { .address = 96 << 20, .size = 32 << 20 };
	struct pgarea_obstacle *list = NULL;
	size_t n = 0;

	CHECK(!pgarea_probe(fd, &probe, &list, &n) && n == 3);
	CHECK(probe.kind == PGAREA_OBSTACLE_SLAB && probe.conflict == list[1].page);
	free(list);
	CHECK(!strcmp(pgarea_obstacle_name(PGAREA_OBSTACLE_TWO_ZONES), "two-zones"));
	CHECK(!strcmp(pgarea_obstacle_name(99), "unknown"));
	CHECK(strstr(pgarea_obstacle_text(99), "unknown"));
	CHECK(strstr(pgarea_obstacle_advice(99), "newer"));
	CHECK(strstr(pgarea_obstacle_advice(PGAREA_OBSTACLE_HUGETLB), "nr_hugepages"));
	CHECK_TEXT(pgarea_explain_probe(fd, &probe, -EPERM), "needs CAP_SYS_ADMIN");
	probe.size = 0;
	CHECK_TEXT(pgarea_explain_probe(fd, &probe, -EINVAL), "the size is zero");
	probe.size = 1;
	CHECK_TEXT(pgarea_explain_probe(fd, &probe, -EINVAL), "multiples of the page size");
	probe = (struct pgarea_probe){ .size = 2, .boundary = 1, .flags = 1 };
	CHECK_TEXT(pgarea_explain_probe(fd, &probe, -EINVAL), "smaller than the size");
	probe = (struct pgarea_probe){ .size = 2, .lowest = 2, .highest = 1, .flags = 1 };
	CHECK_TEXT(pgarea_explain_probe(fd, &probe, -EINVAL), "above the highest");
}

static void test_end_orphans(int fd)
{
	struct pgarea_end_orphans which = { .flags = PGAREA_ORPHANS_ALL };

	CHECK(!pgarea_end_orphans(fd, &which) && which.ended == 1);
	CHECK(!pgarea_end_orphans(fd, &which) && !which.ended);
	CHECK_TEXT(pgarea_explain_end_orphans(fd, &which, -EINVAL), "or name all");
	which.area = 9;
	CHECK_TEXT(pgarea_explain_end_orphans(fd, &which, -ENOENT), "no area with the id 9");
	CHECK_TEXT(pgarea_explain_end_orphans(fd, &which, -EPERM), "needs CAP_SYS_ADMIN");
}

static void test_areas(int fd)
{
	struct pgarea_create_area area = { .name = "isa", .start = 2 * MIB, .end = 16 * MIB };
	struct pgarea_resize_area resize = { .area = 2, .size = 4 * MIB };
	struct pgarea_destroy_area gone = { .area = 2 };

	area.size = 4 * MIB;
	CHECK(!pgarea_create_area(fd, &area) && area.id == 9 && area.owned == area.size);
	CHECK(!pgarea_resize_area(fd, &resize) && resize.owned == resize.size);
	CHECK(!pgarea_destroy_area(fd, &gone));
	area.end = area.start;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "the bounds are empty");
	area.end = area.start + MIB;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "no whole pageblock");
	area.end = 1ULL << 45;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "above 16 TiB");
	area.end = 16 * MIB + 1;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "multiples of the page size");
	area.end = 16 * MIB;
	area.minimum = 8 * MIB;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "the minimum is larger");
	area.minimum = 0;
	area.maximum = 2 * MIB;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "the maximum is smaller");
	area.maximum = 32 * MIB;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "larger than its bounds");
	area.maximum = 0;
	area.chunk_size = 3 * MIB;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "the chunk size must be");
	area.name[0] = 'I';
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -EINVAL), "a name has 1 to 31");
	area.shortage = PGAREA_SHORTAGE_MAX_AREAS;
	CHECK_TEXT(pgarea_explain_create_area(fd, &area, -ENOSPC), "as many areas as there may be");
	CHECK_TEXT(pgarea_explain_resize_area(fd, &resize, "low", -EINVAL), "below the minimum");
	CHECK_TEXT(pgarea_explain_destroy_area(fd, &gone, "low", -EPERM), "needs CAP_SYS_ADMIN");
	CHECK(!strcmp(pgarea_shortage_name(99), "unknown"));
	CHECK(!strcmp(pgarea_shortage_text(99), "the host has no more memory for it"));
}

static void test_shrink(int fd)
{
	struct pgarea_shrink_area shrink = { .area = 2, .keep = 4 * MIB };
	struct pgarea_shrink_area none = { .area = 99 };

	CHECK(!pgarea_shrink_area(fd, &shrink));
	CHECK(shrink.returned == 4 * MIB && shrink.owned == 4 * MIB);
	CHECK(pgarea_shrink_area(fd, &none) == -ENOENT);
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -EPERM), "needs CAP_SYS_ADMIN");
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -EINVAL),
		   "cannot shrink the area low: it is of a claim");
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -ENOENT), "no longer exists");
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -EOPNOTSUPP), "lacks a feature");
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -ENOTTY), "older than this");
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -ENOMEM),
		   "bookkeeping; a part may have been returned");
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -EINTR), strerror(EINTR));
	shrink.__reserved = 1;
	CHECK_TEXT(pgarea_explain_shrink_area(fd, &shrink, "low", -EINVAL), "must be 0");
}

static void test_explain(int fd)
{
	struct pgarea_alloc block = { .size = PAGE, .cache = PGAREA_CACHE_UC };
	struct pgarea_reserve range = { .size = PAGE, .name = "fw" };

	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EOPNOTSUPP),
		   "a feature that the request needs: uc (");
	block.access = PGAREA_ACCESS_EXECUTE;
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EINVAL), "only write-back memory");
	block = (struct pgarea_alloc){ .size = PAGE, .flags = PGAREA_ALLOC_PERSISTENT };
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EINVAL), "needs a name");
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EPERM),
		   "outlives its creator");
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EDQUOT), "more than one user may hold");
	CHECK_TEXT(pgarea_explain_alloc(fd, &block, -EHWPOISON), "the hardware reported");
	range.orphan_ms = 60001;
	CHECK_TEXT(pgarea_explain_reserve(fd, &range, -EPERM),
		   "a quarantine of more than 60000 ms needs CAP_SYS_RESOURCE");
	range.flags = PGAREA_RESERVE_PERSISTENT;
	CHECK_TEXT(pgarea_explain_reserve(fd, &range, -EEXIST),
		   "'fw' exists already");
	range.address = 1;
	CHECK_TEXT(pgarea_explain_reserve(fd, &range, -EINVAL), "multiples of the page size");
}

/* ---- A device that does not keep to the contract --------------------------- */

#define CHECK_NOTHING(list, what) do {					\
	CHECK((list) == -EPROTO);					\
	CHECK(!(what) && !n);						\
} while (0)

static void test_lists_that_lie(int fd, const char *how)
{
	struct pgarea_block *blocks;
	struct pgarea_range *ranges;
	struct pgarea_order *orders;
	struct pgarea_area *areas;
	size_t n;

	setenv("FAKE_LIE", how, 1);
	CHECK_NOTHING(pgarea_list_areas(fd, &areas, &n), areas);
	CHECK_NOTHING(pgarea_list_orders(fd, 1, &orders, &n), orders);
	CHECK_NOTHING(pgarea_list_ranges(fd, 1, 0, 0, &ranges, &n), ranges);
	CHECK_NOTHING(pgarea_list_blocks(fd, 0, &blocks, &n), blocks);
	unsetenv("FAKE_LIE");
	if (failed)
		printf("(FAKE_LIE=%s)\n", how);
}

static void test_requests_that_lie(int fd)
{
	struct pgarea_refusal refusals[1];
	struct pgarea_alloc huge = {
		.size = 1ULL << 50,
		.refusals.entries = (uintptr_t)refusals,
		.refusals.count = 1,
	};
	struct pgarea_alloc block = { .size = 8 * PAGE };
	struct pgarea_bulk_block *pieces;
	size_t n;

	CHECK(!pgarea_alloc(fd, &block));
	setenv("FAKE_LIE", "many", 1);
	CHECK(pgarea_alloc(fd, &huge) == -EPROTO && !huge.refusals.count);
	CHECK_NOTHING(pgarea_split(fd, block.id, 0, PAGE, &pieces, &n), pieces);
	setenv("FAKE_LIE", "fits", 1);
	CHECK_NOTHING(pgarea_split(fd, block.id, 0, PAGE, &pieces, &n), pieces);
	unsetenv("FAKE_LIE");
	CHECK(!pgarea_free_bulk(fd, &block.id, 1, NULL));
	CHECK(strstr(pgarea_error_text(-EPROTO), "contradicts itself"));
	CHECK(!strcmp(pgarea_error_text(-EIO), strerror(EIO)));
}

int main(void)
{
	static const char *const lies[] = {
		"stuck", "cycle", "start", "many", "none", "fits", "short",
	};
	int fd = pgarea_open(NULL, O_RDWR);

	if (fd < 0)
		return 2;
	test_bulk(fd);
	test_some_fit(fd);
	test_trim(fd);
	test_split(fd);
	test_pci();
	test_names();
	test_node(fd);
	test_bind(fd);
	test_export(fd);
	test_persistent(fd);
	test_wait(fd);
	test_end_orphans(fd);
	test_areas(fd);
	test_shrink(fd);
	test_probe(fd);
	test_explain(fd);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		test_lists_that_lie(fd, lies[i]);
	test_requests_that_lie(fd);
	return failed;
}
