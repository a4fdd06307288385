// SPDX-License-Identifier: GPL-2.0
/*
 * Write-combining and uncached blocks: every mapping of their pages has the
 * same attribute, including the kernel's own, and the pages are write-back
 * again before they are allocated again.
 *
 * pgarea_test.ko reads the page tables for the check.
 */
#include <signal.h>

#include "include/export.h"
#include "include/testmod.h"

#define PAGES		5
#define LONG_PAGES	1027
#define ROUNDS		20
#define ORPHAN_MS	(400 * pga_slow())
#define DISK_OFFSET	(8 * MIB)

/* The kernel's own dump of its page tables, if it was built with one */
#define KERNEL_TABLES	"/sys/kernel/debug/page_tables/kernel"

FIXTURE(cache)
{
	int fd;
	int watch;
	int test;
	__u64 page;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	char *at;
};

FIXTURE_VARIANT(cache)
{
	__u32 cache;
	__u64 feature;
};

FIXTURE_VARIANT_ADD(cache, wc) {
	.cache = PGAREA_CACHE_WC,
	.feature = PGAREA_FEATURE_WC,
};

FIXTURE_VARIANT_ADD(cache, uc) {
	.cache = PGAREA_CACHE_UC,
	.feature = PGAREA_FEATURE_UC,
};

FIXTURE_SETUP(cache)
{
	self->page = page_size();
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, 4 * PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->block.size = PAGES * self->page;
	self->block.cache = variant->cache;
	self->block.orphan_ms = PGAREA_ORPHAN_NONE;
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	if (!(pga_info(self->watch).features & variant->feature)) {
		ASSERT_EQ(-EOPNOTSUPP, pga_alloc(self->fd, &self->block));
		SKIP(return, "not supported on this machine, and refused");
	}
	PGT_OPEN_OR_SKIP(self->test);
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
}

FIXTURE_TEARDOWN(cache)
{
	if (self->at)
		munmap(self->at, self->block.alloc_size);
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->test);
	close(self->watch);
}

/* Is it what a block with this attribute must have? */
static bool is_as_wanted(int seen, __u32 cache)
{
	switch (cache) {
	case PGAREA_CACHE_WB:
		return seen == PGT_CACHE_WB;
	case PGAREA_CACHE_WC:
		return seen == PGT_CACHE_WC;
	case PGAREA_CACHE_UC:
		return seen == PGT_CACHE_UC || seen == PGT_CACHE_UC_MINUS;
	default:
		return false;
	}
}

/*
 * Does this program's mapping of these pages have it?  Prints the first
 * mismatch.
 */
static bool user_has(int test, const char *at, size_t size, __u32 cache)
{
	size_t i;
	int seen;

	for (i = 0; i < size; i += page_size()) {
		seen = pgt_cache_at(test, at + i);
		if (is_as_wanted(seen, cache))
			continue;
		printf("# mapped page %zu has %d\n", i / page_size(), seen);
		return false;
	}
	return true;
}

/* Does the kernel's own mapping? */
static bool kernel_has(int test, __u64 phys, __u64 size, __u32 cache)
{
	__u64 i;
	int seen;

	for (i = 0; i < size; i += page_size()) {
		seen = pgt_cache_direct(test, phys + i);
		if (is_as_wanted(seen, cache))
			continue;
		printf("# the kernel's page %#llx has %d\n",
		       (unsigned long long)(phys + i), seen);
		return false;
	}
	return true;
}

static bool kernel_has_all(int test, const struct pgarea_alloc *block,
			   __u32 cache)
{
	return kernel_has(test, block->phys, block->alloc_size, cache);
}

/* The reader itself: ordinary memory is write-back, and at its real address. */
TEST_F(cache, the_reader_is_right_of_ordinary_memory)
{
	char *plain = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct pgt_lookup seen;

	ASSERT_NE(MAP_FAILED, plain);
	plain[0] = 1;
	ASSERT_EQ(0, pgt_lookup(self->test, PGT_SPACE_USER, (uintptr_t)plain,
				&seen));
	EXPECT_EQ(PGT_CACHE_WB, seen.cache);
	EXPECT_EQ(phys_of(plain), seen.phys);
	EXPECT_EQ(1, seen.writable);
	EXPECT_EQ(0, seen.executable);
	EXPECT_EQ(PGT_CACHE_WB, pgt_cache_direct(self->test, phys_of(plain)));
	munmap(plain, self->page);
	EXPECT_EQ(-ENOENT, pgt_cache_at(self->test, plain));
}

TEST_F(cache, all_mappings_agree)
{
	char *other = mmap(NULL, self->page, PROT_READ, MAP_SHARED, self->fd,
			   self->block.mmap_offset + self->page);
	struct pgt_lookup seen;

	ASSERT_NE(MAP_FAILED, other);
	EXPECT_TRUE(user_has(self->test, self->at, self->block.alloc_size,
			     variant->cache));
	EXPECT_TRUE(user_has(self->test, other, self->page, variant->cache));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, variant->cache));
	ASSERT_EQ(0, pgt_lookup(self->test, PGT_SPACE_USER,
				(uintptr_t)self->at, &seen));
	EXPECT_EQ(self->block.phys, seen.phys);
	munmap(other, self->page);
}

TEST_F(cache, unmapped_the_kernel_has_it_too)
{
	struct pgarea_alloc block = self->block;

	block.size = self->page;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_TRUE(kernel_has_all(self->test, &block, variant->cache));
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(0, pga_is_gone(self->fd, block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &block, PGAREA_CACHE_WB));
}

TEST_F(cache, a_long_block_has_it_on_every_page)
{
	struct pgarea_alloc block = self->block;
	char *at;

	block.size = LONG_PAGES * self->page;
	if (pga_alloc(self->fd, &block) == -ENOSPC)
		SKIP(return, "no area has %d contiguous pages", LONG_PAGES);
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(user_has(self->test, at, block.alloc_size, variant->cache));
	EXPECT_TRUE(kernel_has_all(self->test, &block, variant->cache));
	munmap(at, block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(0, pga_is_gone(self->fd, block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &block, PGAREA_CACHE_WB));
}

/* Ordinary blocks on both sides of one */
TEST_F(cache, its_neighbours_are_write_back)
{
	struct pgarea_alloc all = { .size = 3 * self->page }, middle, low, high;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &all));
	ASSERT_EQ(0, pga_free(self->fd, all.id));
	ASSERT_EQ(0, pga_alloc_at(self->fd, all.phys, self->page, &low));
	ASSERT_EQ(0, pga_alloc_at(self->fd, all.phys + 2 * self->page,
				  self->page, &high));
	middle = (struct pgarea_alloc){
		.size = self->page,
		.address = all.phys + self->page,
		.flags = PGAREA_ALLOC_EXACT,
		.cache = variant->cache,
	};
	ASSERT_EQ(0, pga_alloc(self->fd, &middle));
	EXPECT_TRUE(kernel_has_all(self->test, &middle, variant->cache));
	EXPECT_TRUE(kernel_has_all(self->test, &low, PGAREA_CACHE_WB));
	EXPECT_TRUE(kernel_has_all(self->test, &high, PGAREA_CACHE_WB));
	ASSERT_EQ(0, pga_free(self->fd, low.id));
	ASSERT_EQ(0, pga_free(self->fd, middle.id));
	ASSERT_EQ(0, pga_free(self->fd, high.id));
}

TEST_F(cache, it_is_zero_and_keeps_what_is_written)
{
	size_t i;

	EXPECT_TRUE(pga_is_zero(self->at, self->block.alloc_size));
	for (i = 0; i < self->block.alloc_size; i++)
		self->at[i] = i * 7;
	for (i = 0; i < self->block.alloc_size; i++)
		ASSERT_EQ((char)(i * 7), self->at[i]);
}

/* No cache still has data that the last owner wrote to ordinary memory. */
TEST_F(cache, nothing_of_the_last_owner_is_seen)
{
	struct pgarea_alloc plain = {}, block = self->block;
	char *at;

	plain.size = PAGES * self->page;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &plain));
	at = pga_map(self->fd, &plain);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0xee, plain.alloc_size);
	munmap(at, plain.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, plain.id));
	ASSERT_EQ(0, pga_is_gone(self->fd, plain.id));
	block.address = plain.phys;
	block.flags = PGAREA_ALLOC_EXACT;
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, block.alloc_size));
	munmap(at, block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
}

TEST_F(cache, blocks_tells_it)
{
	struct pgarea_block seen = {};

	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(variant->cache, seen.cache);
}

/* The line of the kernel's list that has this address, in @line. */
static bool find_line(__u64 address, char *line, size_t room)
{
	FILE *file = fopen(KERNEL_TABLES, "re");
	unsigned long long start, end;
	bool found = false;

	while (file && !found && fgets(line, room, file))
		found = sscanf(line, "%llx-%llx", &start, &end) == 2 &&
			address >= start && address < end;
	if (file)
		fclose(file);
	return found;
}

/*
 * Does the kernel's own dump of its page tables agree?  Linux uses PWT for
 * write-combining, and PCD, possibly with PWT, for uncached.
 */
static bool kernel_says(int test, __u64 phys, __u32 cache)
{
	struct pgt_lookup seen;
	char line[256];

	if (pgt_lookup(test, PGT_SPACE_DIRECT, phys, &seen) ||
	    !find_line(seen.virtual, line, sizeof(line)))
		return false;
	printf("# %s", line);
	if (strstr(line, "PCD"))
		return cache == PGAREA_CACHE_UC;
	return cache == (strstr(line, "PWT") ? PGAREA_CACHE_WC :
					       PGAREA_CACHE_WB);
}

TEST_F(cache, freed_and_gone_it_is_write_back)
{
	munmap(self->at, self->block.alloc_size);
	self->at = NULL;
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, PGAREA_CACHE_WB));
}

/*
 * A second check, independent of both modules.  Only once: on a kernel with
 * KASAN the dump takes minutes.
 */
TEST_F_TIMEOUT(cache, the_kernels_own_list_of_its_page_tables_says_so, 90)
{
	if (access(KERNEL_TABLES, R_OK))
		SKIP(return, KERNEL_TABLES ": %s", strerror(errno));
	EXPECT_TRUE(kernel_says(self->test, self->block.phys, variant->cache));
}

TEST_F(cache, freed_and_mapped_it_is_as_it_was)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(user_has(self->test, self->at, self->block.alloc_size,
			     variant->cache));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, variant->cache));
	munmap(self->at, self->block.alloc_size);
	self->at = NULL;
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, PGAREA_CACHE_WB));
}

TEST_F(cache, freed_and_pinned_it_is_as_it_was)
{
	struct pgarea_alloc next;
	__u32 pin;

	ASSERT_EQ(0, pgt_hold(self->test, self->at + self->page,
			      PGT_HOLD_PIN | PGT_HOLD_WRITE, &pin, NULL));
	munmap(self->at, self->block.alloc_size);
	self->at = NULL;
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE,
		  pga_held_by(self->fd, self->block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, variant->cache));
	ASSERT_EQ(0, pgt_fill(self->test, pin, 0xee));
	ASSERT_EQ(0, pgt_drop(self->test, pin));
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, PGAREA_CACHE_WB));
	ASSERT_EQ(0, pga_alloc_at(self->fd, self->block.phys,
				  self->block.alloc_size, &next));
	self->at = pga_map(self->fd, &next);
	ASSERT_NE(MAP_FAILED, self->at);
	EXPECT_TRUE(pga_is_zero(self->at, next.alloc_size));
	EXPECT_TRUE(user_has(self->test, self->at, next.alloc_size,
			     PGAREA_CACHE_WB));
	munmap(self->at, next.alloc_size);
	self->at = NULL;
	ASSERT_EQ(0, pga_free(self->fd, next.id));
}

/* A child that keeps a block of this kind mapped until the test ends it. */
static pid_t child_with(__u32 area, __u32 cache, __u32 orphan_ms,
			struct pgarea_alloc *block)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return -1;
	*block = (struct pgarea_alloc){
		.size = PAGES * page_size(),
		.cache = cache,
		.orphan_ms = orphan_ms,
	};
	pid = fork();
	if (!pid) {
		int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

		if (fd < 0 || pga_alloc_in(fd, area, block) ||
		    pga_map(fd, block) == MAP_FAILED ||
		    write(ends[1], block, sizeof(*block)) != sizeof(*block))
			_exit(1);
		pause();
		_exit(1);
	}
	close(ends[1]);
	if (read(ends[0], block, sizeof(*block)) != sizeof(*block))
		pid = -1;
	close(ends[0]);
	return pid;
}

/* Is no page of it in use, now or soon? */
static bool becomes_free(int fd, const struct pgarea_alloc *block)
{
	struct pgarea_alloc again;

	return !pga_wait_exact(fd, block->phys, block->alloc_size, &again) &&
	       !pga_free(fd, again.id);
}

TEST_F(cache, when_its_owner_dies_it_is_write_back)
{
	struct pgarea_alloc block;
	pid_t pid = child_with(self->area.id, variant->cache,
			       PGAREA_ORPHAN_NONE, &block);
	int status;

	ASSERT_LT(0, pid);
	EXPECT_TRUE(kernel_has_all(self->test, &block, variant->cache));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(becomes_free(self->fd, &block));
	EXPECT_TRUE(kernel_has_all(self->test, &block, PGAREA_CACHE_WB));
}

/* A device may still write to it. */
TEST_F(cache, an_orphan_is_as_it_was)
{
	struct pgarea_alloc block;
	pid_t pid = child_with(self->area.id, variant->cache, ORPHAN_MS,
			       &block);
	struct pgarea_block seen = {};
	int status;

	ASSERT_LT(0, pid);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL, block.phys,
				  &seen));
	EXPECT_EQ(PGAREA_STATE_ORPHANED, seen.state);
	EXPECT_EQ(variant->cache, seen.cache);
	EXPECT_TRUE(kernel_has_all(self->test, &block, variant->cache));
	ASSERT_TRUE(becomes_free(self->fd, &block));
	EXPECT_TRUE(kernel_has_all(self->test, &block, PGAREA_CACHE_WB));
}

TEST_F(cache, what_is_trimmed_away_is_write_back)
{
	__u64 keep = 2 * self->page, phys = self->block.phys;
	struct pgarea_alloc tail;

	munmap(self->at, self->block.alloc_size);
	self->at = NULL;
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, keep));
	EXPECT_TRUE(kernel_has(self->test, phys, keep, variant->cache));
	ASSERT_EQ(0, pga_wait_exact(self->fd, phys + keep,
				    self->block.alloc_size - keep, &tail));
	EXPECT_TRUE(kernel_has_all(self->test, &tail, PGAREA_CACHE_WB));
	EXPECT_TRUE(kernel_has(self->test, phys, keep, variant->cache));
	ASSERT_EQ(0, pga_free(self->fd, tail.id));
}

TEST_F(cache, pieces_go_one_by_one)
{
	struct pgarea_bulk_block pieces[PAGES];
	int i, nr;

	munmap(self->at, self->block.alloc_size);
	self->at = NULL;
	nr = pga_split(self->fd, self->block.id, 0, self->page, pieces, PAGES);
	ASSERT_EQ(PAGES, nr);
	for (i = 0; i < nr; i++) {
		char *at = pga_map_one(self->fd, &pieces[i]);

		ASSERT_NE(MAP_FAILED, at);
		EXPECT_TRUE(user_has(self->test, at, self->page,
				     variant->cache));
		munmap(at, self->page);
		ASSERT_EQ(0, pga_free(self->fd, pieces[i].id));
		ASSERT_EQ(0, pga_is_gone(self->fd, pieces[i].id));
		EXPECT_TRUE(kernel_has(self->test, self->block.phys,
				       (i + 1) * self->page, PGAREA_CACHE_WB));
		EXPECT_TRUE(kernel_has(self->test, pieces[i].phys + self->page,
				       (PAGES - 1 - i) * self->page,
				       variant->cache));
	}
}

TEST_F(cache, many_at_once)
{
	struct pgarea_bulk_block blocks[8];
	struct pgarea_alloc_bulk arg = {
		.size = 2 * self->page,
		.cache = variant->cache,
		.blocks = PGA_ARRAY(blocks, 8),
	};
	__u64 ids[8];
	int i;

	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	ASSERT_EQ(8, arg.done);
	for (i = 0; i < 8; i++) {
		EXPECT_TRUE(kernel_has(self->test, blocks[i].phys,
				       2 * self->page, variant->cache));
		ids[i] = blocks[i].id;
	}
	ASSERT_EQ(8, pga_free_ids(self->fd, ids, 8));
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, pga_is_gone(self->fd, ids[i]));
		EXPECT_TRUE(kernel_has(self->test, blocks[i].phys,
				       2 * self->page, PGAREA_CACHE_WB));
	}
}

TEST_F(cache, a_dry_run_changes_nothing)
{
	struct pgarea_alloc block = self->block;

	block.flags = PGAREA_ALLOC_DRY_RUN;
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_TRUE(kernel_has_all(self->test, &block, PGAREA_CACHE_WB));
}

TEST_F(cache, a_child_has_it_too)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(!user_has(self->test, self->at, self->block.alloc_size,
				variant->cache));
	EXPECT_TRUE(pga_child_went_well(pid));
}

TEST_F(cache, a_changed_protection_keeps_it)
{
	size_t size = self->block.alloc_size;

	ASSERT_EQ(0, mprotect(self->at, size, PROT_READ));
	EXPECT_TRUE(user_has(self->test, self->at, size, variant->cache));
	ASSERT_EQ(0, mprotect(self->at, size, PROT_READ | PROT_WRITE));
	EXPECT_TRUE(user_has(self->test, self->at, size, variant->cache));
	self->at[0] = 'x';
	EXPECT_TRUE(user_has(self->test, self->at, size, variant->cache));
}

TEST_F(cache, a_page_that_comes_back_has_it)
{
	size_t size = self->block.alloc_size, i;

	memset(self->at, 0x5a, size);
	ASSERT_EQ(0, madvise(self->at, size, MADV_DONTNEED));
	ASSERT_EQ(NO_PFN, pfn_of(self->at));
	for (i = 0; i < size; i += self->page)
		EXPECT_EQ(0x5a, self->at[i]);
	EXPECT_TRUE(user_has(self->test, self->at, size, variant->cache));
}

TEST_F(cache, a_mapping_that_moves_has_it)
{
	size_t size = self->block.alloc_size;
	char *to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	ASSERT_NE(MAP_FAILED, to);
	to = mremap(self->at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ASSERT_NE(MAP_FAILED, to);
	self->at = to;
	EXPECT_TRUE(user_has(self->test, to, size, variant->cache));
}

TEST_F(cache, a_dma_buf_has_it)
{
	size_t size = self->block.alloc_size;
	struct pgarea_block seen = {};
	char *at;
	int buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	buf = pga_export_all(self->fd, self->block.id);
	ASSERT_LE(0, buf);
	at = pga_map_buf(buf, size, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(user_has(self->test, at, size, variant->cache));
	ASSERT_EQ(0, madvise(at, size, MADV_DONTNEED));
	at[0] = 'x';
	EXPECT_TRUE(user_has(self->test, at, self->page, variant->cache));

	/* It keeps the attribute as it keeps the block. */
	munmap(self->at, size);
	self->at = NULL;
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, variant->cache));
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(variant->cache, seen.cache);
	munmap(at, size);
	close(buf);
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	EXPECT_TRUE(kernel_has_all(self->test, &self->block, PGAREA_CACHE_WB));
}

TEST_F(cache, the_mapping_of_an_importer_has_it)
{
	struct pgt_lookup seen = { .space = PGT_SPACE_VMAP };
	__u32 handle;
	__u64 i;
	int buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	buf = pga_export_all(self->fd, self->block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	close(buf);
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_VMAP));
	for (i = 0; i < self->block.alloc_size; i += self->page) {
		seen.handle = handle;
		seen.address = i;
		ASSERT_EQ(0, pga_ioctl(self->test, PGT_IOC_LOOKUP, &seen));
		EXPECT_EQ(self->block.phys + i, seen.phys);
		EXPECT_TRUE(is_as_wanted(seen.cache, variant->cache));
	}
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_VUNMAP));
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_DETACH));
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_PUT));
}

/* From each attribute to each other one, on the same pages. */
TEST_F(cache, one_after_the_other_on_the_same_pages)
{
	static const __u32 caches[] = {
		PGAREA_CACHE_WC, PGAREA_CACHE_UC, PGAREA_CACHE_WB,
		PGAREA_CACHE_UC, PGAREA_CACHE_WC, PGAREA_CACHE_WB,
	};
	__u64 both = PGAREA_FEATURE_WC | PGAREA_FEATURE_UC;
	struct pgarea_alloc block;
	unsigned int i;
	char *at;

	if ((pga_info(self->fd).features & both) != both)
		SKIP(return, "this machine has only one of them");
	munmap(self->at, self->block.alloc_size);
	self->at = NULL;
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_is_gone(self->fd, self->block.id));
	for (i = 0; i < ROUNDS * 6; i++) {
		block = (struct pgarea_alloc){
			.size = self->block.alloc_size,
			.address = self->block.phys,
			.flags = PGAREA_ALLOC_EXACT,
			.cache = caches[i % 6],
		};
		ASSERT_EQ(0, pga_alloc(self->fd, &block));
		at = pga_map(self->fd, &block);
		ASSERT_NE(MAP_FAILED, at);
		ASSERT_TRUE(user_has(self->test, at, block.alloc_size,
				     caches[i % 6]));
		ASSERT_TRUE(kernel_has_all(self->test, &block, caches[i % 6]));
		ASSERT_TRUE(pga_is_zero(at, block.alloc_size));
		memset(at, 0xee, block.alloc_size);
		munmap(at, block.alloc_size);
		ASSERT_EQ(0, pga_free(self->fd, block.id));
		ASSERT_EQ(0, pga_is_gone(self->fd, block.id));
		ASSERT_TRUE(kernel_has_all(self->test, &block,
					   PGAREA_CACHE_WB));
	}
}

/* The processor may not fetch code from uncached memory. */
TEST_F(cache, contradictions_are_refused)
{
	struct pgarea_alloc block = self->block;
	struct pgarea_bulk_block many[2];
	struct pgarea_alloc_bulk bulk = {
		.size = self->page,
		.cache = variant->cache,
		.access = PGAREA_ACCESS_EXECUTE,
		.blocks = PGA_ARRAY(many, 2),
	};

	block.access = PGAREA_ACCESS_EXECUTE;
	EXPECT_EQ(-EINVAL, pga_alloc(self->fd, &block));
	EXPECT_EQ(-EINVAL, pga_alloc_bulk(self->fd, &bulk));
	block.access = PGAREA_ACCESS_READ_WRITE;
	block.cache = PGAREA_CACHE_UC + 1;
	EXPECT_EQ(-EOPNOTSUPP, pga_alloc(self->fd, &block));
	block.cache = ~0U;
	EXPECT_EQ(-EOPNOTSUPP, pga_alloc(self->fd, &block));
	EXPECT_EQ(EACCES, pga_map_errno(self->fd, self->block.mmap_offset,
					self->page, PROT_READ | PROT_EXEC,
					MAP_SHARED));
}

TEST_F(cache, a_read_only_block_has_it)
{
	struct pgarea_alloc block = self->block;
	char *at;

	block.access = PGAREA_ACCESS_READ_ONLY;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	EXPECT_EQ(MAP_FAILED, pga_map(self->fd, &block));
	EXPECT_EQ(EACCES, errno);
	at = mmap(NULL, block.alloc_size, PROT_READ, MAP_SHARED, self->fd,
		  block.mmap_offset);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(user_has(self->test, at, block.alloc_size, variant->cache));
	munmap(at, block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, block.id));
}

TEST_F(cache, a_disk_reads_and_writes_it)
{
	const char *disk = getenv("PGAREA_DISK");
	size_t size = 4 * self->page;
	char *plain = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int file;

	if (!disk)
		SKIP(return, "PGAREA_DISK names no disk to overwrite");
	ASSERT_NE(MAP_FAILED, plain);
	file = open(disk, O_RDWR | O_DIRECT | O_CLOEXEC);
	ASSERT_LE(0, file);
	memset(self->at, 0x61 + variant->cache, size);
	ASSERT_EQ(size, pwrite(file, self->at, size, DISK_OFFSET));
	ASSERT_EQ(size, pread(file, plain, size, DISK_OFFSET));
	EXPECT_EQ(0, memcmp(plain, self->at, size));
	memset(plain, 0x71 + variant->cache, size);
	ASSERT_EQ(size, pwrite(file, plain, size, DISK_OFFSET));
	ASSERT_EQ(size, pread(file, self->at, size, DISK_OFFSET));
	EXPECT_EQ(0, memcmp(plain, self->at, size));
	EXPECT_TRUE(user_has(self->test, self->at, size, variant->cache));
	munmap(plain, size);
	close(file);
}

TEST_HARNESS_MAIN
