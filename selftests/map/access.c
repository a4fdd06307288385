// SPDX-License-Identifier: GPL-2.0
/*
 * What a mapping of a block allows: a program can neither write to a read-only
 * block by any means, nor execute a block that was not allocated as executable.
 */
#include <signal.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "include/export.h"
#include "include/testmod.h"

#define PAGES	4

#define RW	(PROT_READ | PROT_WRITE)
#define RX	(PROT_READ | PROT_EXEC)
#define RWX	(PROT_READ | PROT_WRITE | PROT_EXEC)

static void *map_as(int fd, const struct pgarea_alloc *block, int prot)
{
	return mmap(NULL, block->alloc_size, prot, MAP_SHARED, fd,
		    block->mmap_offset);
}

static int map_as_errno(int fd, const struct pgarea_alloc *block, int prot,
			int flags)
{
	return pga_map_errno(fd, block->mmap_offset, block->alloc_size, prot,
			     flags);
}

FIXTURE(read_only)
{
	int fd;
	__u64 page;
	size_t size;
	struct pgarea_area area;
	struct pgarea_alloc block;
	char *at;
};

FIXTURE_SETUP(read_only)
{
	self->page = page_size();
	self->size = PAGES * self->page;
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_ACCESS);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	self->block.size = self->size;
	self->block.access = PGAREA_ACCESS_READ_ONLY;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = map_as(self->fd, &self->block, PROT_READ);
	ASSERT_NE(MAP_FAILED, self->at);
}

/* No attempt wrote to it. */
FIXTURE_TEARDOWN(read_only)
{
	EXPECT_TRUE(pga_is_zero(self->at, self->size));
	munmap(self->at, self->size);
	EXPECT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
}

TEST_F(read_only, it_is_zero_and_where_it_is_said_to_be)
{
	struct pgarea_block seen = {};

	EXPECT_TRUE(pga_is_zero(self->at, self->size));
	EXPECT_EQ(-1, pga_first_misplaced(self->at, self->block.phys,
					  self->size));
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_ACCESS_READ_ONLY, seen.access);
}

TEST_F(read_only, no_mapping_can_write)
{
	EXPECT_EQ(EACCES, map_as_errno(self->fd, &self->block, RW, MAP_SHARED));
	EXPECT_EQ(EACCES, map_as_errno(self->fd, &self->block, PROT_WRITE,
				       MAP_SHARED));
	EXPECT_EQ(EACCES, pga_map_errno(self->fd, self->block.mmap_offset +
					self->page, self->page, RW,
					MAP_SHARED));
	EXPECT_EQ(0, map_as_errno(self->fd, &self->block, PROT_READ,
				  MAP_SHARED));
}

TEST_F(read_only, no_mapping_comes_to_write)
{
	EXPECT_EQ(EACCES, pga_protect_errno(self->at, self->size, RW));
	EXPECT_EQ(EACCES, pga_protect_errno(self->at, self->page, PROT_WRITE));
	EXPECT_EQ(0, pga_protect_errno(self->at, self->size, PROT_NONE));
	EXPECT_EQ(EACCES, pga_protect_errno(self->at, self->size, RW));
	EXPECT_EQ(0, pga_protect_errno(self->at, self->size, PROT_READ));
}

TEST_F(read_only, no_private_mapping_either)
{
	EXPECT_EQ(EINVAL, map_as_errno(self->fd, &self->block, PROT_READ,
				       MAP_PRIVATE));
	EXPECT_EQ(EINVAL, map_as_errno(self->fd, &self->block, RW,
				       MAP_PRIVATE));
}

TEST_F(read_only, nothing_is_executed)
{
	EXPECT_EQ(EACCES, map_as_errno(self->fd, &self->block, RX, MAP_SHARED));
	EXPECT_EQ(EACCES, pga_protect_errno(self->at, self->page, RX));
}

TEST_F(read_only, a_store_is_a_fault)
{
	int status;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		((volatile char *)self->at)[0] = 'x';
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
}

/* The process's own memory as a file: a debugger's forced write. */
TEST_F(read_only, a_write_by_force_fails)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char copy = 'x';

	ASSERT_LE(0, mem);
	EXPECT_EQ(1, pread(mem, &copy, 1, (uintptr_t)self->at));
	EXPECT_EQ(0, copy);
	EXPECT_EQ(-1, pwrite(mem, "x", 1, (uintptr_t)self->at));
	EXPECT_EQ(EIO, errno);
	close(mem);
}

TEST_F(read_only, another_process_cannot_write)
{
	char byte = 'x';
	struct iovec local = { &byte, 1 }, remote = { self->at, 1 };

	EXPECT_EQ(-1, process_vm_writev(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(1, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	EXPECT_EQ(0, byte);
}

/* A child that this process traces and that has stopped; -1 on an error. */
static pid_t traced_child(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return -1;
	return pid;
}

TEST_F(read_only, a_debugger_cannot_write)
{
	pid_t pid = traced_child();
	int status;

	ASSERT_LT(0, pid);
	errno = 0;
	EXPECT_EQ(0, ptrace(PTRACE_PEEKDATA, pid, self->at, NULL));
	EXPECT_EQ(0, errno);
	EXPECT_EQ(-1, ptrace(PTRACE_POKEDATA, pid, self->at, (void *)1L));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, ptrace(PTRACE_POKETEXT, pid, self->at, (void *)1L));
	EXPECT_EQ(EIO, errno);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* The kernel on behalf of the program */
TEST_F(read_only, no_system_call_writes)
{
	int zero = open("/proc/self/comm", O_RDONLY | O_CLOEXEC), ends[2];

	ASSERT_LE(0, zero);
	EXPECT_EQ(-1, read(zero, self->at, 1));
	EXPECT_EQ(EFAULT, errno);
	close(zero);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(1, write(ends[1], "x", 1));
	EXPECT_EQ(-1, read(ends[0], self->at, 1));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(1, write(ends[1], self->at, 1));
	close(ends[0]);
	close(ends[1]);
}

/* A driver that wants to write gets no page; one that only reads does. */
TEST_F(read_only, a_driver_does_not_get_it_to_write)
{
	__u32 hold;
	__u64 phys;
	int test;

	PGT_OPEN_OR_SKIP(test);
	EXPECT_EQ(-EFAULT, pgt_hold(test, self->at, PGT_HOLD_WRITE, &hold,
				    NULL));
	EXPECT_EQ(-EFAULT, pgt_hold(test, self->at, PGT_HOLD_PIN |
				    PGT_HOLD_WRITE, &hold, NULL));
	ASSERT_EQ(0, pgt_hold(test, self->at, PGT_HOLD_PIN, &hold, &phys));
	EXPECT_EQ(self->block.phys, phys);
	EXPECT_EQ(0, pgt_drop(test, hold));
	close(test);
}

TEST_F(read_only, its_entries_allow_no_write)
{
	struct pgt_lookup seen;
	int test;
	__u64 i;

	PGT_OPEN_OR_SKIP(test);
	for (i = 0; i < self->size; i += self->page) {
		ASSERT_EQ(0, pgt_lookup(test, PGT_SPACE_USER,
					(uintptr_t)self->at + i, &seen));
		EXPECT_EQ(0, seen.writable);
		EXPECT_EQ(0, seen.executable);
	}
	ASSERT_EQ(0, madvise(self->at, self->size, MADV_DONTNEED));
	EXPECT_EQ(0, self->at[0]);
	ASSERT_EQ(0, pgt_lookup(test, PGT_SPACE_USER, (uintptr_t)self->at,
				&seen));
	EXPECT_EQ(0, seen.writable);
	close(test);
}

/* It is read-only for programs only: the kernel writes, as a device could. */
TEST_F(read_only, the_kernel_writes)
{
	__u32 handle;
	int test, buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	PGT_OPEN_OR_SKIP(test);
	buf = pga_export_all(self->fd, self->block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(test, buf, &handle));
	close(buf);
	ASSERT_EQ(0, pgt_do(test, handle, PGT_STEP_VMAP));
	ASSERT_EQ(0, pgt_copy(test, handle, true, self->page, "news", 5));
	EXPECT_STREQ("news", self->at + self->page);
	ASSERT_EQ(0, pgt_copy(test, handle, true, self->page, "\0\0\0\0", 5));
	close(test);
}

TEST_F(read_only, a_child_cannot_write)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(map_as_errno(self->fd, &self->block, RW, MAP_SHARED) !=
		      EACCES ||
		      pga_protect_errno(self->at, self->size, RW) != EACCES);
	EXPECT_TRUE(pga_child_went_well(pid));
}

TEST_F(read_only, a_moved_mapping_cannot_write)
{
	char *to = mmap(NULL, self->size, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, to);
	to = mremap(self->at, self->size, self->size,
		    MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ASSERT_NE(MAP_FAILED, to);
	self->at = to;
	EXPECT_EQ(EACCES, pga_protect_errno(to, self->size, RW));
}

TEST_F(read_only, its_pieces_are_read_only)
{
	struct pgarea_bulk_block pieces[2];
	struct pgarea_alloc block = self->block;
	__u64 offset;

	block.size = 2 * self->page;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	ASSERT_EQ(2, pga_split(self->fd, block.id, self->page, 0, pieces, 2));
	offset = pieces[1].mmap_offset;
	EXPECT_EQ(EACCES, pga_map_errno(self->fd, offset, self->page, RW,
					MAP_SHARED));
	EXPECT_EQ(0, pga_map_errno(self->fd, offset, self->page, PROT_READ,
				   MAP_SHARED));
	EXPECT_EQ(0, pga_free(self->fd, pieces[0].id));
	EXPECT_EQ(0, pga_free(self->fd, pieces[1].id));
}

TEST_F(read_only, many_are_read_only)
{
	struct pgarea_bulk_block blocks[3];
	struct pgarea_alloc_bulk arg = {
		.size = self->page,
		.access = PGAREA_ACCESS_READ_ONLY,
		.blocks = PGA_ARRAY(blocks, 3),
	};
	int i;

	ASSERT_EQ(0, pga_alloc_bulk(self->fd, &arg));
	ASSERT_EQ(3, arg.done);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(EACCES, pga_map_errno(self->fd,
						blocks[i].mmap_offset,
						self->page, RW, MAP_SHARED));
		EXPECT_EQ(0, pga_free(self->fd, blocks[i].id));
	}
}

/* The next owner of the pages may write to them again. */
TEST_F(read_only, the_pages_are_not_marked_for_ever)
{
	struct pgarea_alloc block = self->block, next;
	char *at;

	block.size = self->page;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_EQ(0, pga_alloc_at(self->fd, block.phys, self->page, &next));
	at = pga_map(self->fd, &next);
	ASSERT_NE(MAP_FAILED, at);
	at[0] = 'x';
	munmap(at, self->page);
	EXPECT_EQ(0, pga_free(self->fd, next.id));
}

TEST_F(read_only, an_unknown_access_is_refused)
{
	struct pgarea_alloc block = { .size = self->page };

	block.access = PGAREA_ACCESS_EXECUTE + 1;
	EXPECT_EQ(-EOPNOTSUPP, pga_alloc(self->fd, &block));
	block.access = ~0U;
	EXPECT_EQ(-EOPNOTSUPP, pga_alloc(self->fd, &block));
}

FIXTURE(execute)
{
	int fd;
	__u64 page;
	struct pgarea_area area;
	struct pgarea_alloc block;
};

FIXTURE_SETUP(execute)
{
	self->page = page_size();
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_ACCESS);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	self->block.size = PAGES * self->page;
	self->block.access = PGAREA_ACCESS_EXECUTE;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	if (map_as_errno(self->fd, &self->block, RX, MAP_SHARED) == EPERM)
		SKIP(return, "the file system of the node executes nothing");
}

FIXTURE_TEARDOWN(execute)
{
	EXPECT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
}

#ifdef __x86_64__
/* A function that returns 42. */
static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };

static int call(const void *at)
{
	int (*function)(void);

	memcpy(&function, &at, sizeof(function));
	return function();
}

TEST_F(execute, code_runs)
{
	char *at = map_as(self->fd, &self->block, RWX);

	ASSERT_NE(MAP_FAILED, at);
	memcpy(at + self->page, code, sizeof(code));
	EXPECT_EQ(42, call(at + self->page));
	munmap(at, self->block.alloc_size);
}

TEST_F(execute, code_runs_when_it_was_made_executable)
{
	char *at = map_as(self->fd, &self->block, RW);

	ASSERT_NE(MAP_FAILED, at);
	memcpy(at, code, sizeof(code));
	ASSERT_EQ(0, pga_protect_errno(at, self->page, RX));
	EXPECT_EQ(42, call(at));
	munmap(at, self->block.alloc_size);
}

TEST_F(execute, code_does_not_run_before_that)
{
	char *at = map_as(self->fd, &self->block, RW);
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, at);
	memcpy(at, code, sizeof(code));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		_exit(call(at));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	munmap(at, self->block.alloc_size);
}
#endif

TEST_F(execute, it_is_mapped_in_every_way)
{
	static const int ways[] = {
		PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC, RW, RX, RWX,
	};
	unsigned int i;

	for (i = 0; i < 7; i++)
		EXPECT_EQ(0, map_as_errno(self->fd, &self->block, ways[i],
					  MAP_SHARED));
}

TEST_F(execute, its_entries_are_as_the_mapping)
{
	char *rx = map_as(self->fd, &self->block, RX);
	char *rw = map_as(self->fd, &self->block, RW);
	struct pgt_lookup seen;
	int test;

	ASSERT_NE(MAP_FAILED, rx);
	ASSERT_NE(MAP_FAILED, rw);
	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, pgt_lookup(test, PGT_SPACE_USER, (uintptr_t)rx, &seen));
	EXPECT_EQ(1, seen.executable);
	EXPECT_EQ(0, seen.writable);
	ASSERT_EQ(0, pgt_lookup(test, PGT_SPACE_USER, (uintptr_t)rw, &seen));
	EXPECT_EQ(0, seen.executable);
	EXPECT_EQ(1, seen.writable);
	close(test);
	munmap(rx, self->block.alloc_size);
	munmap(rw, self->block.alloc_size);
}

TEST_F(execute, its_dma_buf_is_never_executed_read_only)
{
	int buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	buf = pga_export_part(self->fd, self->block.id, 0, 0,
			      PGAREA_EXPORT_READ_ONLY);
	ASSERT_LE(0, buf);
	EXPECT_EQ(EACCES, pga_map_errno(buf, 0, self->page, RWX, MAP_SHARED));
	EXPECT_EQ(0, pga_map_errno(buf, 0, self->page, PROT_READ, MAP_SHARED));
	close(buf);
}

/*
 * READ_IMPLIES_EXEC: the personality of programs that expect all readable
 * ordinary memory to be executable.
 */
FIXTURE(implied)
{
	int fd;
	struct pgarea_area area;
	struct pgarea_alloc block;
};

FIXTURE_VARIANT(implied)
{
	__u32 access;
	int prot;
};

FIXTURE_VARIANT_ADD(implied, read_write) {
	.access = PGAREA_ACCESS_READ_WRITE,
	.prot = RW,
};

FIXTURE_VARIANT_ADD(implied, read_only) {
	.access = PGAREA_ACCESS_READ_ONLY,
	.prot = PROT_READ,
};

FIXTURE_SETUP(implied)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_ACCESS);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	self->block.size = PAGES * page_size();
	self->block.access = variant->access;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	ASSERT_NE(-1, personality(READ_IMPLIES_EXEC));
}

FIXTURE_TEARDOWN(implied)
{
	EXPECT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
}

/* Is it executable, in the kernel's list of mappings and on the processor? */
static bool is_executable(const void *at)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	bool executable = false;
	char line[256], mode[8];

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &start, &end, mode) == 3 &&
		    start == (uintptr_t)at)
			executable = mode[2] == 'x';
	if (maps)
		fclose(maps);
	return executable;
}

TEST_F(implied, it_is_mapped_and_not_executable)
{
	char *at = map_as(self->fd, &self->block, variant->prot);
	struct pgt_lookup seen;
	int test;

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_FALSE(is_executable(at));
	EXPECT_EQ(-1, pga_first_misplaced(at, self->block.phys,
					  self->block.alloc_size));
	test = open(PGT_DEVICE, O_RDWR | O_CLOEXEC);
	if (test >= 0) {
		EXPECT_EQ(0, pgt_lookup(test, PGT_SPACE_USER, (uintptr_t)at,
					&seen));
		EXPECT_EQ(0, seen.executable);
		close(test);
	}
	munmap(at, self->block.alloc_size);
}

TEST_F(implied, no_change_makes_it_executable)
{
	char *at = map_as(self->fd, &self->block, variant->prot);
	size_t size = self->block.alloc_size;

	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(0, pga_protect_errno(at, size, PROT_NONE));
	EXPECT_EQ(0, pga_protect_errno(at, size, variant->prot));
	EXPECT_FALSE(is_executable(at));
	EXPECT_EQ(EACCES, pga_protect_errno(at, size, RX));
	EXPECT_FALSE(is_executable(at));
	munmap(at, size);
}

TEST_F(implied, its_dma_buf_is_mapped_and_not_executable)
{
	char *at;
	int buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	buf = pga_export_all(self->fd, self->block.id);
	ASSERT_LE(0, buf);
	at = pga_map_buf(buf, self->block.alloc_size, variant->prot);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_FALSE(is_executable(at));
	munmap(at, self->block.alloc_size);
	close(buf);
}

TEST_HARNESS_MAIN
