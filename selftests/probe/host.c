// SPDX-License-Identifier: GPL-2.0
/*
 * What the host does with its memory: each test makes one obstacle, or finds one,
 * and compares what PROBE says with what the kernel shows in /proc.
 */
#include <dirent.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "include/number.h"
#include "probe.h"

#define BUFFER_SIZE	(64 * MIB)
#define MANY_FILES	4000
#define MANY_TABLES	2000
#define ATTEMPTS	50

/* Memory of this program, and a pageblock that has nothing else */
struct own {
	char *buffer;
	char **pages;		/* pages of the pageblock in their order there */
	__u64 phys;		/* address of the pageblock; 0: there is none */
};

FIXTURE(host)
{
	int fd;
	__u64 block;		/* size of a pageblock */
	struct own own;
};

FIXTURE_SETUP(host)
{
	PGA_ROOT_OR_SKIP();
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PROBE);
	self->block = pageblock_size(self->fd);
	self->own.pages = calloc(self->block / page_size(), sizeof(*self->own.pages));
	ASSERT_NE(NULL, self->own.pages);
}

FIXTURE_TEARDOWN(host)
{
	if (self->own.buffer)
		munmap(self->own.buffer, BUFFER_SIZE);
	free(self->own.pages);
	close(self->fd);
}

/* Fill a buffer, and find a pageblock that has nothing else. */
static int fill_buffer(struct own *own, __u64 block, int flags, int file)
{
	char *at = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, flags, file, 0);

	if (at == MAP_FAILED)
		return -errno;
	own->buffer = at;
	madvise(at, BUFFER_SIZE, MADV_NOHUGEPAGE);
	memset(at, 'x', BUFFER_SIZE);
	own->phys = own_pageblock(at, BUFFER_SIZE, block, own->pages);
	return 0;
}

#define FILL_OR_SKIP(_flags, _file) do { \
	ASSERT_EQ(0, fill_buffer(&self->own, self->block, _flags, _file)); \
	if (!self->own.phys) \
		SKIP(return, "no pageblock is in one buffer alone"); \
} while (0)

/* Pages that another processor has in its hands are on no list for a moment. */
static int settled_kind(int fd, __u64 phys, int wanted)
{
	int i, kind = 0;

	for (i = 0; i < ATTEMPTS; i++) {
		kind = kind_at(fd, phys);
		if (kind == wanted)
			break;
		pga_sleep_ms(20 * pga_slow());
	}
	return kind;
}

TEST_F(host, anonymous_memory_can_be_had)
{
	struct pgarea_obstacle entry;

	FILL_OR_SKIP(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	EXPECT_EQ(PGAREA_OBSTACLE_MOVABLE,
		  settled_kind(self->fd, self->own.phys, PGAREA_OBSTACLE_MOVABLE));
	ASSERT_EQ(0, probe_at(self->fd, self->own.phys, &entry));
	EXPECT_EQ(OBTAINABLE, entry.flags);
	EXPECT_EQ(self->own.phys, entry.address);
	EXPECT_EQ(self->block, entry.size);
	EXPECT_EQ(self->block, entry.movable);
	EXPECT_EQ(0, entry.free);
	EXPECT_EQ(0, entry.area);
	EXPECT_TRUE(page_is(entry.page, KPF_ANON));
	EXPECT_EQ(1, mappings_of(entry.page));
}

/* A page that was just touched waits in a batch of its processor for its list. */
TEST_F(host, a_new_page_can_be_had)
{
	struct pgarea_obstacle entry;
	int tries;
	__u64 was;
	char *page;

	FILL_OR_SKIP(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_EQ(PGAREA_OBSTACLE_MOVABLE,
		  settled_kind(self->fd, self->own.phys, PGAREA_OBSTACLE_MOVABLE));
	for (tries = 0; tries < ATTEMPTS; tries++) {
		page = self->own.pages[tries];
		was = phys_of(page);
		ASSERT_EQ(0, madvise(page, page_size(), MADV_DONTNEED));
		*page = 'x';
		if (phys_of(page) == was && !page_is(was, KPF_LRU))
			break;
		/* What is elsewhere now leaves its place to others. */
		if (phys_of(page) != was)
			SKIP(return, "the kernel gave another page");
	}
	if (tries == ATTEMPTS)
		SKIP(return, "each page was on its list at once");
	ASSERT_EQ(0, probe_at(self->fd, was, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_MOVABLE, entry.kind);
	EXPECT_EQ(OBTAINABLE, entry.flags);
}

TEST_F(host, page_cache_can_be_had)
{
	int file = memfd_create("probe", MFD_CLOEXEC);
	struct pgarea_obstacle entry;

	ASSERT_EQ(0, ftruncate(file, BUFFER_SIZE));
	FILL_OR_SKIP(MAP_SHARED, file);
	EXPECT_EQ(PGAREA_OBSTACLE_MOVABLE,
		  settled_kind(self->fd, self->own.phys, PGAREA_OBSTACLE_MOVABLE));
	ASSERT_EQ(0, probe_at(self->fd, self->own.phys, &entry));
	EXPECT_EQ(OBTAINABLE, entry.flags);
	EXPECT_FALSE(page_is(entry.page, KPF_ANON));
	EXPECT_TRUE(page_is(entry.page, KPF_MMAP));
	close(file);
}

TEST_F(host, mlocked_memory_can_be_had)
{
	struct pgarea_obstacle entry;

	FILL_OR_SKIP(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_EQ(0, mlock(self->own.buffer, BUFFER_SIZE));
	EXPECT_EQ(PGAREA_OBSTACLE_MLOCKED,
		  settled_kind(self->fd, self->own.phys, PGAREA_OBSTACLE_MLOCKED));
	ASSERT_EQ(0, probe_at(self->fd, self->own.phys, &entry));
	EXPECT_EQ(OBTAINABLE, entry.flags);
	EXPECT_TRUE(page_is(entry.page, KPF_UNEVICTABLE));
}

TEST_F(host, a_pinned_page_is_in_the_way)
{
	struct pgarea_obstacle entry;
	struct iovec page = { .iov_len = page_size() };
	int pipes[2];

	FILL_OR_SKIP(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	ASSERT_EQ(PGAREA_OBSTACLE_MOVABLE,
		  settled_kind(self->fd, self->own.phys, PGAREA_OBSTACLE_MOVABLE));
	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	page.iov_base = self->own.pages[100];
	ASSERT_EQ((ssize_t)page_size(), vmsplice(pipes[1], &page, 1, 0));
	ASSERT_EQ(0, probe_at(self->fd, self->own.phys, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_PINNED, entry.kind);
	EXPECT_EQ(0, entry.flags);
	EXPECT_EQ(phys_of(self->own.pages[100]), entry.page);
	EXPECT_EQ(1, mappings_of(entry.page));
	close(pipes[0]);
	close(pipes[1]);
	EXPECT_EQ(PGAREA_OBSTACLE_MOVABLE, kind_at(self->fd, self->own.phys));
}

/* A transparent huge page is one page with 512 mappings or one. */
TEST_F(host, a_huge_page_of_a_program_can_be_had_unless_it_is_pinned)
{
	size_t size = 2 * self->block;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *huge = (char *)(((uintptr_t)at + self->block - 1) & -self->block);
	struct iovec page = { huge + 5 * page_size(), page_size() };
	struct pgarea_obstacle entry;
	int pipes[2];
	__u64 phys;

	ASSERT_NE(MAP_FAILED, at);
	if (madvise(huge, self->block, MADV_HUGEPAGE))
		SKIP(return, "the kernel has no transparent huge pages");
	huge[0] = 1;
	phys = phys_of(huge);
	if (!page_is(phys, KPF_THP) || phys % self->block)
		SKIP(return, "the kernel gave no huge page");
	EXPECT_EQ(PGAREA_OBSTACLE_MOVABLE,
		  settled_kind(self->fd, phys, PGAREA_OBSTACLE_MOVABLE));
	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	ASSERT_EQ((ssize_t)page_size(), vmsplice(pipes[1], &page, 1, 0));
	EXPECT_EQ(PGAREA_OBSTACLE_PINNED, kind_at(self->fd, phys));
	close(pipes[0]);
	close(pipes[1]);
	EXPECT_EQ(PGAREA_OBSTACLE_MOVABLE, kind_at(self->fd, phys));
	/* Mapped page by page, it is still one page. */
	ASSERT_EQ(0, mprotect(huge + page_size(), page_size(), PROT_READ));
	ASSERT_EQ(0, probe_at(self->fd, phys, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_MOVABLE, entry.kind);
	EXPECT_EQ(self->block, entry.movable);
	munmap(at, size);
}

TEST_F(host, a_page_of_hugetlb_is_named)
{
	struct pgarea_obstacle entry;
	long pages = pga_read_number(PROBE_HUGETLB);
	char *at;

	if (pages < 0 || self->block != 2 * MIB)
		SKIP(return, "no huge pages of 2 MiB");
	ASSERT_EQ(0, pga_write_number(PROBE_HUGETLB, pages + 2));
	at = mmap(NULL, 2 * MIB, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	ASSERT_NE(MAP_FAILED, at);
	at[0] = 1;
	ASSERT_EQ(0, probe_at(self->fd, phys_of(at), &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_HUGETLB, entry.kind);
	EXPECT_EQ(phys_of(at), entry.page);
	EXPECT_TRUE(page_is(entry.page, KPF_HUGE));
	munmap(at, 2 * MIB);
	EXPECT_EQ(0, pga_write_number(PROBE_HUGETLB, pages));
}

/* Pages under writeback, while the disk writes. */
TEST_F(host, writeback_is_named)
{
	const char *name = getenv("PGAREA_DISK");
	struct pgarea_obstacle entry = {};
	size_t i, size = 4 * MIB;
	bool seen = false;
	int disk, tries;
	char *at;

	if (!name)
		SKIP(return, "PGAREA_DISK names no disk to overwrite");
	disk = open(name, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, disk);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, disk, 0);
	ASSERT_NE(MAP_FAILED, at);
	for (tries = 0; tries < 10 && !seen; tries++) {
		memset(at, tries, size);
		sync_file_range(disk, 0, size, SYNC_FILE_RANGE_WRITE);
		for (i = 0; i < size && !seen; i += 32 * page_size()) {
			ASSERT_EQ(0, probe_at(self->fd, phys_of(at + i), &entry));
			seen = entry.kind == PGAREA_OBSTACLE_WRITEBACK;
		}
	}
	munmap(at, size);
	close(disk);
	if (!seen)
		SKIP(return, "the disk was always done before");
	EXPECT_EQ(OBTAINABLE, entry.flags);
}

TEST_F(host, the_kernel_image_is_in_the_way)
{
	__u64 code = iomem_start("Kernel code", page_size());
	struct pgarea_obstacle entry;

	if (!code)
		SKIP(return, "no kernel in /proc/iomem");
	ASSERT_EQ(0, probe_at(self->fd, code + self->block, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_KERNEL, entry.kind);
	EXPECT_EQ(0, entry.flags);
	EXPECT_EQ(entry.address, entry.page);
	EXPECT_TRUE(page_is(entry.page, KPF_RESERVED));
}

TEST_F(host, firmware_is_in_the_way)
{
	__u64 at = iomem_start("Reserved", self->block);

	if (!at)
		SKIP(return, "the firmware reserved no pageblock");
	at = (at + self->block - 1) & -self->block;
	EXPECT_EQ(PGAREA_OBSTACLE_FIRMWARE, kind_at(self->fd, at));
}

TEST_F(host, where_no_memory_is)
{
	struct pgarea_probe arg = { .address = 1ULL << 50, .size = 1ULL << 50 };
	struct pgarea_obstacle *list;
	__u64 bus = iomem_start("0000:00:01.0", 1);
	DIR *devices = opendir("/sys/bus/pci/devices");
	struct dirent *device;

	ASSERT_EQ(1, probe(self->fd, &arg, &list));
	EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM, list[0].kind);
	EXPECT_EQ(arg.address, list[0].address);
	EXPECT_EQ(arg.size, list[0].size);
	EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM, arg.kind);
	EXPECT_EQ(arg.address, arg.conflict);
	free(list);
	/* The registers of a device are no memory. */
	while (!bus && devices && (device = readdir(devices)))
		bus = iomem_start(device->d_name, 4096);
	if (devices)
		closedir(devices);
	if (bus)
		EXPECT_EQ(PGAREA_OBSTACLE_NO_RAM, kind_at(self->fd, bus));
}

/*
 * Does every pageblock with a page of which the kernel shows one of these flags count
 * as in the way?  The number of those that do not; @pages: the number of such pages.
 */
static int called_obtainable(int fd, __u64 flags, __u64 block, int *pages)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	size_t nr_flags, pfn, per = block / page_size();
	struct pgarea_obstacle *list;
	int nr, i, wrong = 0;
	__u64 *shown;

	nr = probe(fd, &arg, &list);
	shown = all_page_flags(&nr_flags);
	*pages = 0;
	for (pfn = 0, i = 0; nr > 0 && pfn < nr_flags; pfn++) {
		if (!(shown[pfn] & flags))
			continue;
		++*pages;
		while (i + 1 < nr && list[i + 1].address <= pfn * page_size())
			i++;
		/* A pageblock is wrong once. */
		if (list[i].flags && list[i].kind != PGAREA_OBSTACLE_OWNED) {
			wrong++;
			pfn |= per - 1;
		}
	}
	free(shown);
	free(list);
	return nr < 0 ? nr : wrong;
}

/* The number of bytes of a kind in all memory */
static __u64 bytes_of_kind(int fd, __u32 kind)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	struct pgarea_obstacle *list;
	int i, nr = probe(fd, &arg, &list);
	__u64 bytes = 0;

	for (i = 0; i < nr; i++)
		if (list[i].kind == kind)
			bytes += list[i].size;
	free(list);
	return bytes;
}

/* What came or went between the two looks */
#define FEW_PAGEBLOCKS	3

TEST_F(host, page_tables_are_in_the_way)
{
	size_t step = 512 * page_size(), i;
	char *at = mmap(NULL, MANY_TABLES * step, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int pages;

	ASSERT_NE(MAP_FAILED, at);
	madvise(at, MANY_TABLES * step, MADV_NOHUGEPAGE);
	for (i = 0; i < MANY_TABLES; i++)
		(void)*(volatile char *)(at + i * step);
	EXPECT_GE(FEW_PAGEBLOCKS,
		  called_obtainable(self->fd, 1ULL << KPF_PGTABLE, self->block,
				    &pages));
	EXPECT_LE(MANY_TABLES, pages);
	EXPECT_LT(0, bytes_of_kind(self->fd, PGAREA_OBSTACLE_PAGE_TABLE));
	munmap(at, MANY_TABLES * step);
}

TEST_F(host, slab_is_in_the_way)
{
	struct rlimit files = { 2 * MANY_FILES, 2 * MANY_FILES };
	int i, pages, *fds = calloc(MANY_FILES, sizeof(*fds));

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	for (i = 0; i < MANY_FILES; i++)
		fds[i] = memfd_create("slab", MFD_CLOEXEC);
	EXPECT_GE(FEW_PAGEBLOCKS,
		  called_obtainable(self->fd, 1ULL << KPF_SLAB, self->block,
				    &pages));
	EXPECT_LT(0, pages);
	EXPECT_LT(0, bytes_of_kind(self->fd, PGAREA_OBSTACLE_SLAB));
	for (i = 0; i < MANY_FILES; i++)
		close(fds[i]);
	free(fds);
}

TEST_F(host, nothing_reserved_or_bad_can_be_had)
{
	int pages;

	EXPECT_EQ(0, called_obtainable(self->fd, 1ULL << KPF_RESERVED |
				       1ULL << KPF_HWPOISON, self->block,
				       &pages));
	EXPECT_LT(0, pages);
}

/* What the kernel shows of a page of a kind; 0: nothing that could be compared */
static __u64 expected_flags(__u32 kind)
{
	switch (kind) {
	case PGAREA_OBSTACLE_SLAB:
		return 1ULL << KPF_SLAB;
	case PGAREA_OBSTACLE_PAGE_TABLE:
		return 1ULL << KPF_PGTABLE;
	case PGAREA_OBSTACLE_KERNEL:
		return 1ULL << KPF_RESERVED;
	case PGAREA_OBSTACLE_MOVABLE:
		return 1ULL << KPF_LRU;
	case PGAREA_OBSTACLE_MLOCKED:
		return 1ULL << KPF_UNEVICTABLE;
	case PGAREA_OBSTACLE_HUGETLB:
		return 1ULL << KPF_HUGE;
	case PGAREA_OBSTACLE_POISONED:
		return 1ULL << KPF_HWPOISON;
	default:
		return 0;
	}
}

/*
 * All memory, pageblock by pageblock: the page that each entry names is of its
 * kind in /proc/kpageflags as well.  A few have changed in between.
 */
TEST_F(host, all_memory_is_as_the_kernel_shows_it)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	int i, nr, compared = 0, wrong = 0;
	struct pgarea_obstacle *list;
	__u64 *flags, next = 0;
	size_t nr_flags;

	nr = probe(self->fd, &arg, &list);
	ASSERT_LT(1, nr);
	flags = all_page_flags(&nr_flags);
	for (i = 0; i < nr; i++) {
		__u64 pfn = list[i].page / page_size();
		__u64 expected = expected_flags(list[i].kind);

		ASSERT_EQ(next, list[i].address);
		next = list[i].address + list[i].size;
		EXPECT_LE(list[i].address, list[i].page);
		EXPECT_LT(list[i].page, next);
		if (!expected || pfn >= nr_flags)
			continue;
		compared++;
		if ((flags[pfn] & expected) == expected)
			continue;
		wrong++;
		TH_LOG("kind %u at %#llx: flags %#llx", list[i].kind,
		       list[i].page, flags[pfn]);
	}
	EXPECT_EQ(1ULL << 40, next);
	EXPECT_LT(5, compared);
	EXPECT_LE(wrong, 2 + compared / 20);
	free(flags);
	free(list);
}

/* The free bytes of all entries are what the kernel has free. */
TEST_F(host, what_is_free_is_as_the_kernel_shows_it)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	struct pgarea_obstacle *list;
	__u64 free_bytes = 0, shown = 0, *flags;
	size_t nr_flags, pfn;
	int i, nr;

	flags = all_page_flags(&nr_flags);
	nr = probe(self->fd, &arg, &list);
	ASSERT_LT(1, nr);
	for (i = 0; i < nr; i++)
		free_bytes += list[i].free;
	for (pfn = 0; pfn < nr_flags; pfn++)
		if (flags[pfn] >> KPF_BUDDY & 1)
			shown += page_size();
	TH_LOG("free: %llu MiB, the kernel shows %llu MiB", free_bytes / MIB,
	       shown / MIB);
	/* The kernel shows only the first page of a free run in older versions. */
	EXPECT_LE(shown, free_bytes + 64 * MIB);
	free(flags);
	free(list);
}

TEST_HARNESS_MAIN
