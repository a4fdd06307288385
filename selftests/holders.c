// SPDX-License-Identifier: GPL-2.0
/*
 * Those who hold a page without mapping it: pipes, direct I/O, other processes.
 *
 * The pages of a block that was freed are not reused while one of them is left,
 * and what it reads or writes is what the block had.
 *
 * PGAREA_DISK names a disk for direct I/O.  Its contents are overwritten.
 */
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <linux/aio_abi.h>

#include "exhaust.h"

#define PAGES		3
#define DISK_PAGES	256
#define DISK_OFFSET	MIB
#define WRITES		16

static void paint(unsigned char *at, size_t size, unsigned int seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		at[i] = seed + i + (i >> 8) * 7;
}

static bool shows(const unsigned char *at, size_t size, unsigned int seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (at[i] != (unsigned char)(seed + i + (i >> 8) * 7))
			return false;
	return true;
}

enum way { BY_VMSPLICE, BY_SPLICE, BY_TEE };

/* Let @to have what the pipe @from has, by a reference and not by a copy. */
static bool pass_on(int from, int to, size_t size, enum way way)
{
	if (way == BY_TEE)
		return tee(from, to, size, 0) == (ssize_t)size;
	return splice(from, NULL, to, NULL, size, 0) == (ssize_t)size;
}

/* The reading end of a pipe that alone holds the page at @at; -1 on an error. */
static int pipe_of_page(void *at, enum way way)
{
	struct iovec iov = { at, page_size() };
	int first[2], second[2];

	if (pipe(first) || pipe(second))
		return -1;
	if (vmsplice(first[1], &iov, 1, 0) != (ssize_t)page_size())
		return -1;
	close(first[1]);
	if (way != BY_VMSPLICE &&
	    !pass_on(first[0], second[1], page_size(), way))
		return -1;
	close(second[1]);
	close(way == BY_VMSPLICE ? second[0] : first[0]);
	return way == BY_VMSPLICE ? first[0] : second[0];
}

/* @fd owns the block, @watch sees what comes of it. */
FIXTURE(holders)
{
	int fd;
	int watch;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	unsigned char *at;
};

FIXTURE_VARIANT(holders)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(holders, vmsplice) { .way = BY_VMSPLICE };
FIXTURE_VARIANT_ADD(holders, splice) { .way = BY_SPLICE };
FIXTURE_VARIANT_ADD(holders, tee) { .way = BY_TEE };

FIXTURE_SETUP(holders)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	paint(self->at, self->block.granted, 1);
}

FIXTURE_TEARDOWN(holders)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Give up all that we have of the block. */
static void let_go(int fd, const struct pgarea_alloc *block, void *at)
{
	munmap(at, block->granted);
	close(fd);
}

TEST_F(holders, a_page_in_a_pipe_is_not_handed_out)
{
	unsigned char copy[page_size()], expected[PAGES * page_size()];
	struct pgarea_alloc again;
	struct pga_haul haul;
	int pipe = pipe_of_page(self->at + page_size(), variant->way);

	ASSERT_LE(0, pipe);
	paint(expected, sizeof(expected), 1);
	let_go(self->fd, &self->block, self->at);

	ASSERT_EQ(0, pga_exhaust(&haul, self->area.id));
	EXPECT_LT(0, haul.nr);
	EXPECT_FALSE(pga_haul_has(&haul, self->block.phys,
				  self->block.granted));
	EXPECT_EQ(-EBUSY, pga_alloc_at(haul.fd, self->block.phys, page_size(),
				       &again));
	EXPECT_EQ(0, pga_haul_fill(&haul, 0xff));

	ASSERT_EQ(sizeof(copy), read(pipe, copy, sizeof(copy)));
	EXPECT_EQ(0, memcmp(expected + page_size(), copy, sizeof(copy)));
	EXPECT_EQ(0, pga_wait_exact(haul.fd, self->block.phys,
				    self->block.granted, &again));
	EXPECT_EQ(self->block.phys, again.phys);
	pga_haul_drop(&haul);
	close(pipe);
}

TEST_F(holders, a_page_in_a_pipe_is_seen_to_drain)
{
	int pipe = pipe_of_page(self->at, variant->way);
	struct pgarea_block seen = {};
	struct pgarea_area now;

	ASSERT_LE(0, pipe);
	let_go(self->fd, &self->block, self->at);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE, seen.holders);
	EXPECT_EQ(self->block.id, seen.id);
	EXPECT_EQ(self->block.granted, seen.size);
	EXPECT_EQ(getpid(), seen.pid);
	ASSERT_EQ(0, pga_area_by_id(self->watch, self->area.id, &now));
	EXPECT_EQ(self->area.draining + self->block.granted, now.draining);
	EXPECT_EQ(self->area.free - self->block.granted, now.free);
	close(pipe);
}

/* So it cannot be unloaded, though no file that owns anything is open. */
TEST_F(holders, a_page_in_a_pipe_holds_the_module)
{
	int pipe = pipe_of_page(self->at, variant->way), before, ms;

	ASSERT_LE(0, pipe);
	before = pga_module_users();
	if (before < 0)
		SKIP(return, "pgarea is not a module");
	let_go(self->fd, &self->block, self->at);
	EXPECT_EQ(before, pga_module_users());
	close(pipe);
	for (ms = 0; ms < PGA_SETTLE_MS && pga_module_users() == before; ms += 10)
		pga_sleep_ms(10);
	EXPECT_EQ(before - 1, pga_module_users());
}

TEST_F(holders, a_mapping_and_a_pipe_are_told_apart)
{
	int pipe = pipe_of_page(self->at, variant->way);
	struct pgarea_block seen = {};

	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_block_at(self->fd, 0, self->block.phys, &seen));
	EXPECT_EQ(PGAREA_HOLDER_MAPPING | PGAREA_HOLDER_REFERENCE,
		  seen.holders);
	let_go(self->fd, &self->block, self->at);
	close(pipe);
}

/* A pipe that nobody reads goes with its descriptors. */
TEST_F(holders, a_pipe_that_is_closed_lets_go)
{
	int pipe = pipe_of_page(self->at, variant->way);
	struct pgarea_alloc again;

	ASSERT_LE(0, pipe);
	let_go(self->fd, &self->block, self->at);
	close(pipe);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	EXPECT_EQ(0, pga_wait_exact(self->fd, self->block.phys,
				    self->block.granted, &again));
	close(self->fd);
}

/* A file and a block of it, and perhaps a disk */
FIXTURE(io)
{
	int fd;
	int disk;
	size_t size;
	struct pgarea_alloc block;
	unsigned char *at;
	unsigned char *plain;	/* ordinary memory */
};

FIXTURE_SETUP(io)
{
	const char *disk = getenv("PGAREA_DISK");
	struct pgarea_area area;

	self->disk = -1;
	self->size = DISK_PAGES * page_size();
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, DISK_PAGES, &area);
	if (disk) {
		self->disk = open(disk, O_RDWR | O_DIRECT | O_CLOEXEC);
		ASSERT_LE(0, self->disk);
	}
	self->block.size = self->size;
	ASSERT_EQ(0, pga_alloc_in(self->fd, area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	self->plain = mmap(NULL, self->size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->plain);
}

FIXTURE_TEARDOWN(io)
{
	close(self->disk);
	close(self->fd);
}

#define DISK_OR_SKIP() do {						\
	if (self->disk < 0)						\
		SKIP(return, "PGAREA_DISK names no disk to overwrite");	\
} while (0)

static bool clear_disk(int disk, void *plain, size_t size)
{
	memset(plain, 0, size);
	return pwrite(disk, plain, size, DISK_OFFSET) == (ssize_t)size;
}

TEST_F(io, a_disk_writes_what_a_block_has)
{
	DISK_OR_SKIP();
	ASSERT_TRUE(clear_disk(self->disk, self->plain, self->size));
	paint(self->at, self->size, 2);
	ASSERT_EQ(self->size, pwrite(self->disk, self->at, self->size,
				     DISK_OFFSET));
	ASSERT_EQ(self->size, pread(self->disk, self->plain, self->size,
				    DISK_OFFSET));
	EXPECT_TRUE(shows(self->plain, self->size, 2));
}

TEST_F(io, a_disk_reads_into_a_block)
{
	DISK_OR_SKIP();
	paint(self->plain, self->size, 3);
	ASSERT_EQ(self->size, pwrite(self->disk, self->plain, self->size,
				     DISK_OFFSET));
	ASSERT_EQ(self->size, pread(self->disk, self->at, self->size,
				    DISK_OFFSET));
	EXPECT_TRUE(shows(self->at, self->size, 3));
	EXPECT_EQ(self->block.phys, phys_of(self->at));
}

/* Where on the disk the copies of a block of @size bytes go */
static off_t copy_offset(size_t size, unsigned int i)
{
	return DISK_OFFSET + i * size;
}

/* Begin to write many copies to the disk: that takes a while.  0 or -1. */
static int begin_writes(aio_context_t *context, int disk, void *from,
			size_t size)
{
	struct iocb copies[WRITES] = {}, *list[WRITES];
	unsigned int i;

	for (i = 0; i < WRITES; i++) {
		copies[i].aio_lio_opcode = IOCB_CMD_PWRITE;
		copies[i].aio_fildes = disk;
		copies[i].aio_buf = (uintptr_t)from;
		copies[i].aio_nbytes = size;
		copies[i].aio_offset = copy_offset(size, i);
		list[i] = &copies[i];
	}
	*context = 0;
	if (syscall(SYS_io_setup, WRITES, context))
		return -1;
	return syscall(SYS_io_submit, *context, WRITES, list) == WRITES ?
	       0 : -1;
}

/* How many of them have been written in full by now; waits for the others. */
static int end_writes(aio_context_t context, size_t size)
{
	struct io_event events[WRITES];
	struct timespec limit = {};
	int i, full = 0, nr;

	nr = syscall(SYS_io_getevents, context, 0, WRITES, events, &limit);
	for (i = 0; i < nr; i++)
		full += events[i].res == (long long)size;
	syscall(SYS_io_destroy, context);
	return full;
}

/*
 * The owner goes away while its block is being written to a disk.  Whoever gets
 * the last page next overwrites it at once; the disk must not see that.  A write
 * is reported before it lets go of its pages: once they are free, all were.
 */
TEST_F(io, a_transfer_outlives_the_owner)
{
	__u64 last = self->block.phys + self->size - page_size();
	struct pgarea_alloc next;
	aio_context_t context;
	unsigned int i;
	int fd, err;

	DISK_OR_SKIP();
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	paint(self->at, self->size, 4);
	ASSERT_EQ(0, begin_writes(&context, self->disk, self->at, self->size));
	let_go(self->fd, &self->block, self->at);
	self->fd = fd;

	err = pga_alloc_at(fd, last, page_size(), &next);
	TH_LOG("right behind the owner: %s", err ? "drains" : "is free");
	if (err)
		ASSERT_EQ(0, pga_wait_exact(fd, last, page_size(), &next));
	EXPECT_EQ(WRITES, end_writes(context, self->size));
	self->at = pga_map(fd, &next);
	ASSERT_NE(MAP_FAILED, self->at);
	memset(self->at, 0xff, page_size());
	for (i = 0; i < WRITES; i++) {
		ASSERT_EQ(self->size, pread(self->disk, self->plain, self->size,
					    copy_offset(self->size, i)));
		EXPECT_TRUE(shows(self->plain, self->size, 4));
	}
}

TEST_F(io, another_process_reads_and_writes)
{
	struct iovec local = { self->plain, self->size };
	struct iovec remote = { self->at, self->size };
	int status, ready[2];
	char c;
	pid_t pid;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		paint(self->at, self->size, 5);
		_exit(write(ready[1], "+", 1) != 1 || pause());
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	munmap(self->at, self->size);
	EXPECT_EQ(self->size, process_vm_readv(pid, &local, 1, &remote, 1, 0));
	EXPECT_TRUE(shows(self->plain, self->size, 5));
	paint(self->plain, self->size, 6);
	EXPECT_EQ(self->size, process_vm_writev(pid, &local, 1, &remote, 1, 0));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));

	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	EXPECT_TRUE(shows(self->at, self->size, 6));
}

TEST_HARNESS_MAIN
