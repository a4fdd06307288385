// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping blocks: where the pages are, which mapping shows what, and what is
 * refused.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "include/exhaust.h"

#define PAGES	16

static char *map_part(int fd, const struct pgarea_alloc *block, __u64 first,
		      __u64 nr, int prot)
{
	return mmap(NULL, nr * page_size(), prot, MAP_SHARED, fd,
		    block->mmap_offset + first * page_size());
}

/* The errno of a mapping that must fail; 0 if it does not. */
static int map_errno(int fd, __u64 offset, size_t size, int prot, int flags)
{
	void *at = mmap(NULL, size, prot, flags, fd, offset);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, size);
	return 0;
}

/* Index of the first page at a wrong place, -1 if none is. */
static long first_misplaced(const char *at, __u64 phys, size_t size)
{
	size_t i;

	for (i = 0; i < size / page_size(); i++)
		if (phys_of(at + i * page_size()) != phys + i * page_size())
			return i;
	return -1;
}

/*
 * Does the kernel find memory at @at?  A system call fails where an access
 * would kill the program.
 */
static bool is_mapped(const void *at)
{
	int ends[2];
	bool mapped;

	if (pipe(ends))
		return false;
	mapped = write(ends[1], at, 1) == 1;
	close(ends[0]);
	close(ends[1]);
	return mapped;
}

/* VmFlags of the mapping that begins at @at, " rd wr ... ". */
static bool vm_flags_of(const void *at, char *flags, size_t room)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	bool matches = false, found = false;
	char line[256];

	while (smaps && !found && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			matches = start == (uintptr_t)at;
		if (!matches || strncmp(line, "VmFlags:", 8))
			continue;
		snprintf(flags, room, "%s", line + 8);
		found = true;
	}
	if (smaps)
		fclose(smaps);
	return found;
}

FIXTURE(mmap)
{
	int fd;
	struct pgarea_alloc block;
	char *at;
};

FIXTURE_SETUP(mmap)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &area);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc(self->fd, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
}

FIXTURE_TEARDOWN(mmap)
{
	munmap(self->at, self->block.alloc_size);
	close(self->fd);
}

FIXTURE(place)
{
	int fd;
};

FIXTURE_VARIANT(place)
{
	size_t pages;
};

FIXTURE_VARIANT_ADD(place, one_page) { .pages = 1 };
FIXTURE_VARIANT_ADD(place, five_pages) { .pages = 5 };
FIXTURE_VARIANT_ADD(place, one_batch) { .pages = 512 };
FIXTURE_VARIANT_ADD(place, batches_and_a_rest) { .pages = 1027 };

FIXTURE_SETUP(place)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, variant->pages, &area);
}

FIXTURE_TEARDOWN(place)
{
	close(self->fd);
}

TEST_F(place, every_page_is_where_alloc_said)
{
	struct pgarea_alloc block = { .size = variant->pages * page_size() };
	char *at;

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	ASSERT_EQ(block.size, block.alloc_size);
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(-1, first_misplaced(at, block.phys, block.alloc_size));
}

/* Read and write each page. */
static void touch(char *at, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += page_size())
		((volatile char *)at)[i]++;
}

/* The page faults of this process so far */
static long page_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

TEST_F(place, no_page_faults_later)
{
	struct pgarea_alloc block = { .size = variant->pages * page_size() };
	char *at, own[2 * page_size()];
	long before;

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	/* The test's own pages are mapped by then. */
	touch(own, sizeof(own));
	page_faults();
	before = page_faults();
	touch(at, block.alloc_size);
	EXPECT_EQ(before, page_faults());
}

TEST_F(mmap, a_part_is_where_it_belongs)
{
	__u64 page = page_size();
	char *part = map_part(self->fd, &self->block, 5, 3, PROT_READ);

	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(-1, first_misplaced(part, self->block.phys + 5 * page,
				      3 * page));
	strcpy(self->at + 6 * page, "sixth");
	EXPECT_STREQ("sixth", part + page);
	munmap(part, 3 * page);
}

TEST_F(mmap, the_last_page_alone)
{
	__u64 page = page_size();
	char *part = map_part(self->fd, &self->block, PAGES - 1, 1, PROT_READ);

	ASSERT_NE(MAP_FAILED, part);
	EXPECT_EQ(self->block.phys + (PAGES - 1) * page, phys_of(part));
	munmap(part, page);
}

TEST_F(mmap, beyond_the_end_is_refused)
{
	__u64 page = page_size(), off = self->block.mmap_offset;
	int prot = PROT_READ | PROT_WRITE;

	EXPECT_EQ(EINVAL, map_errno(self->fd, off, (PAGES + 1) * page, prot,
				    MAP_SHARED));
	EXPECT_EQ(EINVAL, map_errno(self->fd, off + (PAGES - 1) * page,
				    2 * page, prot, MAP_SHARED));
	EXPECT_EQ(ENOENT, map_errno(self->fd, off + PAGES * page, page, prot,
				    MAP_SHARED));
}

TEST_F(mmap, no_block_there_is_refused)
{
	EXPECT_EQ(ENOENT, map_errno(self->fd, 0, page_size(), PROT_READ,
				    MAP_SHARED));
	EXPECT_EQ(ENOENT, map_errno(self->fd, (1ULL << 44) - page_size(),
				    page_size(), PROT_READ, MAP_SHARED));
}

TEST_F(mmap, two_neighbours_are_not_one_mapping)
{
	__u64 page = page_size();
	struct pgarea_alloc low = { .size = 2 * page }, high = { .size = page };

	ASSERT_EQ(0, pga_alloc(self->fd, &low));
	ASSERT_EQ(0, pga_free(self->fd, low.id));
	low.size = page;
	low.address = low.phys;
	high.address = low.phys + page;
	low.flags = PGAREA_ALLOC_EXACT;
	high.flags = PGAREA_ALLOC_EXACT;
	ASSERT_EQ(0, pga_alloc(self->fd, &low));
	ASSERT_EQ(0, pga_alloc(self->fd, &high));
	EXPECT_EQ(EINVAL, map_errno(self->fd, low.mmap_offset, 2 * page,
				    PROT_READ, MAP_SHARED));
}

TEST_F(mmap, a_reservation_is_not_mapped)
{
	__u64 offset = self->block.mmap_offset;
	struct pgarea_reserve hold = {
		.address = self->block.phys,
		.size = PAGES * page_size(),
	};

	munmap(self->at, self->block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_reserve(self->fd, &hold));
	EXPECT_EQ(ENOENT, map_errno(self->fd, offset, page_size(), PROT_READ,
				    MAP_SHARED));
}

TEST_F(mmap, a_private_mapping_is_refused)
{
	EXPECT_EQ(EINVAL, map_errno(self->fd, self->block.mmap_offset,
				    page_size(), PROT_READ, MAP_PRIVATE));
	EXPECT_EQ(EINVAL, map_errno(self->fd, self->block.mmap_offset,
				    page_size(), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE));
}

TEST_F(mmap, to_execute_is_refused)
{
	EXPECT_EQ(EACCES, map_errno(self->fd, self->block.mmap_offset,
				    page_size(), PROT_READ | PROT_EXEC,
				    MAP_SHARED));
	EXPECT_EQ(-1, mprotect(self->at, page_size(), PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(mmap, read_only_is_read_only)
{
	char *ro = map_part(self->fd, &self->block, 0, 1, PROT_READ);
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, ro);
	self->at[0] = 'x';
	EXPECT_EQ('x', ro[0]);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		ro[0] = 'y';
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
	EXPECT_EQ('x', self->at[0]);
	EXPECT_EQ(0, mprotect(ro, page_size(), PROT_READ | PROT_WRITE));
	munmap(ro, page_size());
}

TEST_F(mmap, a_file_open_for_reading_gets_nothing)
{
	struct pgarea_alloc block = { .size = page_size() };
	int ro = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, ro);
	EXPECT_EQ(-EACCES, pga_alloc(ro, &block));
	EXPECT_EQ(ENOENT, map_errno(ro, self->block.mmap_offset, page_size(),
				    PROT_READ, MAP_SHARED));
	EXPECT_EQ(EACCES, map_errno(ro, self->block.mmap_offset, page_size(),
				    PROT_READ | PROT_WRITE, MAP_SHARED));
	close(ro);
}

TEST_F(mmap, two_mappings_see_each_other)
{
	char *other = pga_map(self->fd, &self->block);
	size_t last = self->block.alloc_size - 1;

	ASSERT_NE(MAP_FAILED, other);
	ASSERT_NE(self->at, other);
	self->at[0] = 'a';
	other[last] = 'z';
	EXPECT_EQ('a', other[0]);
	EXPECT_EQ('z', self->at[last]);
	munmap(other, self->block.alloc_size);
}

TEST_F(mmap, madvise_dontneed_loses_nothing)
{
	memset(self->at, 0x5a, self->block.alloc_size);
	ASSERT_EQ(0, madvise(self->at, self->block.alloc_size, MADV_DONTNEED));
	EXPECT_EQ(NO_PFN, pfn_of(self->at));
	EXPECT_EQ(0x5a, self->at[0]);
	EXPECT_EQ(0x5a, self->at[self->block.alloc_size - 1]);
	EXPECT_EQ(self->block.phys, phys_of(self->at));
	EXPECT_EQ(self->block.phys + self->block.alloc_size - page_size(),
		  phys_of(self->at + self->block.alloc_size - page_size()));
}

TEST_F(mmap, madvise_dontneed_before_a_write)
{
	ASSERT_EQ(0, madvise(self->at, self->block.alloc_size, MADV_DONTNEED));
	self->at[3 * page_size()] = 'w';
	EXPECT_EQ(self->block.phys + 3 * page_size(),
		  phys_of(self->at + 3 * page_size()));
}

TEST_F(mmap, a_hole_leaves_both_sides)
{
	__u64 page = page_size();

	memset(self->at, 0x77, self->block.alloc_size);
	ASSERT_EQ(0, munmap(self->at + 4 * page, 4 * page));
	EXPECT_FALSE(is_mapped(self->at + 4 * page));
	EXPECT_FALSE(is_mapped(self->at + 7 * page));
	EXPECT_EQ(-1, first_misplaced(self->at, self->block.phys, 4 * page));
	EXPECT_EQ(-1, first_misplaced(self->at + 8 * page,
				      self->block.phys + 8 * page, 8 * page));
	EXPECT_EQ(0x77, self->at[8 * page]);

	/* Zapped after the hole, the pages come back unchanged. */
	ASSERT_EQ(0, madvise(self->at + 8 * page, 8 * page, MADV_DONTNEED));
	EXPECT_EQ(0x77, self->at[9 * page]);
	EXPECT_EQ(self->block.phys + 9 * page, phys_of(self->at + 9 * page));
}

TEST_F(mmap, mremap_moves)
{
	char *to = mmap(NULL, self->block.alloc_size, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at;

	ASSERT_NE(MAP_FAILED, to);
	strcpy(self->at + page_size(), "moved");
	at = mremap(self->at, self->block.alloc_size, self->block.alloc_size,
		    MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ASSERT_EQ(to, at);
	EXPECT_FALSE(is_mapped(self->at));
	EXPECT_EQ(-1, first_misplaced(at, self->block.phys,
				      self->block.alloc_size));
	EXPECT_STREQ("moved", at + page_size());
	self->at = at;
}

TEST_F(mmap, mremap_shrinks_and_does_not_grow)
{
	size_t page = page_size(), size = self->block.alloc_size;

	EXPECT_EQ(MAP_FAILED, mremap(self->at, size, size + page,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(self->at, mremap(self->at, size, 2 * page, 0));
	EXPECT_FALSE(is_mapped(self->at + 2 * page));
	EXPECT_EQ(MAP_FAILED, mremap(self->at, 2 * page, size,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, first_misplaced(self->at, self->block.phys, 2 * page));
}

TEST_F(mmap, parent_and_child_see_each_other)
{
	int status;
	pid_t pid;

	strcpy(self->at, "from the parent");
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		bool same = phys_of(self->at) == self->block.phys;

		if (!same || strcmp(self->at, "from the parent"))
			_exit(1);
		strcpy(self->at + page_size(), "from the child");
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_STREQ("from the child", self->at + page_size());
}

TEST_F(mmap, survives_the_descriptor)
{
	struct pgarea_alloc exact = {
		.size = page_size(),
		.address = self->block.phys,
		.flags = PGAREA_ALLOC_EXACT,
	};
	int other = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, other);
	memset(self->at, 0x3c, self->block.alloc_size);
	close(self->fd);
	EXPECT_EQ(-EBUSY, pga_alloc(other, &exact));
	EXPECT_EQ(0x3c, self->at[self->block.alloc_size - 1]);
	EXPECT_EQ(-1, first_misplaced(self->at, self->block.phys,
				      self->block.alloc_size));

	/* The last mapping releases the file, and the file its block. */
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(0, pga_wait_exact(other, self->block.phys, page_size(),
				    &exact));
	self->fd = other;
}

TEST_F(mmap, survives_the_block)
{
	memset(self->at, 0x3d, self->block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(ENOENT, map_errno(self->fd, self->block.mmap_offset,
				    page_size(), PROT_READ, MAP_SHARED));
	ASSERT_EQ(0, madvise(self->at, self->block.alloc_size, MADV_DONTNEED));
	EXPECT_EQ(0x3d, self->at[self->block.alloc_size - 1]);
	EXPECT_EQ(-1, first_misplaced(self->at + self->block.alloc_size -
				      page_size(), self->block.phys +
				      self->block.alloc_size - page_size(),
				      page_size()));
}

TEST_F(mmap, is_kept_out_of_core_dumps_and_cannot_grow)
{
	char flags[256] = "";

	ASSERT_TRUE(vm_flags_of(self->at, flags, sizeof(flags)));
	TH_LOG("VmFlags:%s", flags);
	EXPECT_NE(NULL, strstr(flags, " dd "));
	EXPECT_NE(NULL, strstr(flags, " de "));
	EXPECT_NE(NULL, strstr(flags, " sh "));
	/*
	 * It may never be executed, and is neither a raw PFN nor an I/O
	 * mapping.
	 */
	EXPECT_EQ(NULL, strstr(flags, " me "));
	EXPECT_EQ(NULL, strstr(flags, " pf "));
	EXPECT_EQ(NULL, strstr(flags, " io "));
}

TEST_HARNESS_MAIN
