// SPDX-License-Identifier: GPL-2.0
/*
 * What others have costs nobody: the cost of commands of one file, while
 * another process has left many orphans, or has freed many blocks that are still
 * held, or waits with many threads for a large block.
 *
 * Each figure is the median of many calls.  The goal is that none is more than
 * 1.5 times as high as without the other process.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/pgarea.h>

#define DEVICE		"/dev/pgarea"
#define SKIPPED		4
#define SAMPLES		400
#define SAMPLE_NS	1e9	/* for all samples of one figure */
#define GOAL		1.5
#define BULK		1000
#define PIPE_PAGES	16384
#define MAPPED_BYTES	(448UL << 20)
#define WAITERS		200

static int fd;
static size_t page;

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int alloc(int from, size_t size, struct pgarea_alloc *block)
{
	*block = (struct pgarea_alloc){
		.size = size,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	return ioctl(from, PGAREA_IOC_ALLOC, block);
}

static int free_block(int from, __u64 id)
{
	struct pgarea_free gone = { .id = id };

	return ioctl(from, PGAREA_IOC_FREE, &gone);
}

static void *map_block(int from, const struct pgarea_alloc *block)
{
	return mmap(NULL, block->alloc_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		    from, block->mmap_offset);
}

/* A WAIT that only checks; -1 unless it answers as one does. */
static double check_only(__u64 flags)
{
	struct pgarea_wait arg = { .flags = flags };
	double begin = now_ns();

	if (ioctl(fd, PGAREA_IOC_WAIT, &arg) && errno != ETIMEDOUT)
		return -1;
	return now_ns() - begin;
}

static double run_wait(void)
{
	return check_only(0);
}

static double run_wait_all(void)
{
	return check_only(PGAREA_WAIT_ALL);
}

/* FREE of a mapped page, and munmap: the time of the one or of the other. */
static double free_mapped(bool of_munmap)
{
	struct pgarea_alloc block;
	double begin, between, end;
	void *at;

	if (alloc(fd, page, &block))
		return -1;
	at = map_block(fd, &block);
	if (at == MAP_FAILED)
		return -1;
	begin = now_ns();
	if (free_block(fd, block.id))
		return -1;
	between = now_ns();
	munmap(at, page);
	end = now_ns();
	return of_munmap ? end - between : between - begin;
}

static double run_free(void)
{
	return free_mapped(false);
}

static double run_munmap(void)
{
	return free_mapped(true);
}

static double run_close(void)
{
	int other = open(DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block;
	double begin;

	if (other < 0 || alloc(other, page, &block))
		return -1;
	begin = now_ns();
	close(other);
	return now_ns() - begin;
}

static double run_alloc(void)
{
	struct pgarea_alloc block;
	double begin = now_ns();

	if (alloc(fd, page, &block) || free_block(fd, block.id))
		return -1;
	return now_ns() - begin;
}

static const struct {
	const char *name;
	double (*run)(void);
} ops[] = {
	{ "WAIT, only check", run_wait },
	{ "WAIT for all, only check", run_wait_all },
	{ "FREE of a mapped page", run_free },
	{ "munmap of it", run_munmap },
	{ "close with a page", run_close },
	{ "ALLOC + FREE, 1 page", run_alloc },
};

#define NR_OPS	(sizeof(ops) / sizeof(ops[0]))

/* Leave @nr orphans for 20 seconds. */
static int leave_orphans(unsigned int nr)
{
	static struct pgarea_bulk_block blocks[BULK];
	int from = open(DEVICE, O_RDWR | O_CLOEXEC);
	unsigned int done;

	for (done = 0; done < nr; done += BULK) {
		struct pgarea_alloc_bulk arg = {
			.size = page,
			.orphan_ms = 20000,
			.blocks = {
				.entries = (uintptr_t)blocks,
				.entry_size = sizeof(blocks[0]),
				.count = BULK,
			},
		};

		if (ioctl(from, PGAREA_IOC_ALLOC_BULK, &arg) || arg.done != BULK)
			return -1;
	}
	return close(from);
}

/* A pipe that holds all pages of a block. */
static int put_into_pipe(int from, const struct pgarea_alloc *block)
{
	void *at = map_block(from, block);
	struct iovec iov = { at, block->alloc_size };
	int ends[2];

	if (at == MAP_FAILED || pipe(ends) ||
	    fcntl(ends[1], F_SETPIPE_SZ, block->alloc_size) < 0 ||
	    vmsplice(ends[1], &iov, 1, 0) != (ssize_t)block->alloc_size)
		return -1;
	return munmap(at, block->alloc_size);
}

/* Split a block into pages, and free each of them. */
static int free_in_pages(int from, const struct pgarea_alloc *block)
{
	unsigned int nr = block->alloc_size / page, i;
	struct pgarea_bulk_block *pieces = calloc(nr, sizeof(*pieces));
	struct pgarea_split split = {
		.id = block->id,
		.size = page,
		.pieces = {
			.entries = (uintptr_t)pieces,
			.entry_size = sizeof(*pieces),
			.count = nr,
		},
	};

	if (!pieces || ioctl(from, PGAREA_IOC_SPLIT, &split))
		return -1;
	for (i = 0; i < nr; i++)
		if (free_block(from, pieces[i].id))
			return -1;
	free(pieces);
	return 0;
}

/* Free @nr pages, each a block, that pipes hold as long as this process lives. */
static int leave_drains(unsigned int nr)
{
	int from = open(DEVICE, O_RDWR | O_CLOEXEC);
	unsigned int done, now;

	for (done = 0; done < nr; done += now) {
		struct pgarea_alloc block;

		now = nr - done < PIPE_PAGES ? nr - done : PIPE_PAGES;
		if (alloc(from, now * page, &block) ||
		    put_into_pipe(from, &block) || free_in_pages(from, &block))
			return -1;
	}
	return 0;
}

static void *wait_for_ever(void *from)
{
	struct pgarea_wait arg = { .timeout_ms = PGAREA_WAIT_FOREVER };

	ioctl((intptr_t)from, PGAREA_IOC_WAIT, &arg);
	return NULL;
}

/* Threads wait for a large block that this process has mapped. */
static int leave_waiters(unsigned int nr)
{
	int from = open(DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block;
	pthread_t thread;

	if (alloc(from, MAPPED_BYTES, &block) ||
	    map_block(from, &block) == MAP_FAILED || free_block(from, block.id))
		return -1;
	while (nr--)
		if (pthread_create(&thread, NULL, wait_for_ever,
				   (void *)(intptr_t)from))
			return -1;
	return usleep(500000);
}

static int nothing(unsigned int nr)
{
	(void)nr;
	return 0;
}

static struct {
	const char *name;
	int (*begin)(unsigned int nr);
	unsigned int nr;
	bool skipped;
	double ns[NR_OPS];
} levels[] = {
	{ .name = "alone", .begin = nothing },
	{ .name = "10k orphans", .begin = leave_orphans, .nr = 10000 },
	{ .name = "200k orphans", .begin = leave_orphans, .nr = 200000 },
	{ .name = "10k drain", .begin = leave_drains, .nr = 10000 },
	{ .name = "200k drain", .begin = leave_drains, .nr = 200000 },
	{ .name = "200 wait", .begin = leave_waiters, .nr = WAITERS },
};

#define NR_LEVELS	(sizeof(levels) / sizeof(levels[0]))

/* Start the other process; its pid once it has what it should, or -1. */
static pid_t start_other(unsigned int level, int *go)
{
	int to[2], from[2];
	pid_t pid;
	char c;

	if (pipe(to) || pipe(from))
		return -1;
	pid = fork();
	if (!pid) {
		close(to[1]);
		c = levels[level].begin(levels[level].nr) ? '-' : '+';
		if (write(from[1], &c, 1) != 1 || read(to[0], &c, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	*go = to[1];
	if (read(from[0], &c, 1) != 1 || c != '+')
		levels[level].skipped = true;
	close(from[0]);
	return pid;
}

/* End it, and wait for all that it left. */
static int end_other(pid_t pid, int go)
{
	struct pgarea_wait arg = {
		.flags = PGAREA_WAIT_ALL,
		.timeout_ms = 120000,
	};

	close(go);
	if (waitpid(pid, NULL, 0) != pid)
		return -1;
	return ioctl(fd, PGAREA_IOC_WAIT, &arg);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of(double (*run)(void))
{
	double ns[SAMPLES], begin = now_ns();
	unsigned int nr = 0;

	while (nr < SAMPLES && (!nr || now_ns() - begin < SAMPLE_NS)) {
		ns[nr] = run();
		if (ns[nr++] < 0)
			return -1;
	}
	qsort(ns, nr, sizeof(ns[0]), compare);
	return ns[nr / 2];
}

static int measure(unsigned int level)
{
	pid_t pid;
	size_t i;
	int go;

	pid = start_other(level, &go);
	if (pid < 0)
		return -1;
	for (i = 0; i < NR_OPS && !levels[level].skipped; i++) {
		levels[level].ns[i] = median_of(ops[i].run);
		if (levels[level].ns[i] < 0) {
			fprintf(stderr, "%s: %s\n", ops[i].name, strerror(errno));
			return -1;
		}
	}
	return end_other(pid, go);
}

static void show(void)
{
	double worst = 0, times;
	size_t i, level;

	printf("%-25s %12s", "ns (median), and x alone", levels[0].name);
	for (level = 1; level < NR_LEVELS; level++)
		printf(" %19s", levels[level].name);
	for (i = 0; i < NR_OPS; i++) {
		printf("\n%-25s %12.0f", ops[i].name, levels[0].ns[i]);
		for (level = 1; level < NR_LEVELS; level++) {
			if (levels[level].skipped) {
				printf(" %19s", "no memory");
				continue;
			}
			times = levels[level].ns[i] / levels[0].ns[i];
			worst = times > worst ? times : worst;
			printf(" %12.0f x%5.2f", levels[level].ns[i], times);
		}
	}
	printf("\ngoal: none is more than %.1f times as high as alone: %.2f: %s\n",
	       GOAL, worst, worst <= GOAL ? "met" : "not met");
}

int main(void)
{
	unsigned int level;

	page = sysconf(_SC_PAGESIZE);
	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		printf(DEVICE ": %s; is the module loaded?\n", strerror(errno));
		return SKIPPED;
	}
	for (level = 0; level < NR_LEVELS; level++) {
		if (measure(level)) {
			fprintf(stderr, "%s: %s\n", levels[level].name,
				strerror(errno));
			return 1;
		}
	}
	show();
	return 0;
}
