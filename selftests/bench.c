// SPDX-License-Identifier: GPL-2.0
/*
 * What the ioctls and mappings cost, side by side in one run.
 *
 * The scale is an ioctl that is refused at once: it has all that a command costs
 * before the module does anything.  The rounds take turns, so that a slow moment
 * of the machine hits all alike; what is shown is the median of the rounds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/pgarea.h>

#define DEVICE		"/dev/pgarea"
#define SKIPPED		4
#define ROUNDS		11
#define MAP_BYTES	(4UL << 20)
#define UNKNOWN		_IOWR(PGAREA_IOC_TYPE, 0xff, struct pgarea_info)

struct bench {
	int fd;
	size_t page;
	__u64 spare;		/* a page that is free */
	struct pgarea_alloc mapped;
};

/* One operation, and how often a round does it */
struct op {
	const char *name;
	int (*run)(struct bench *b);
	unsigned int times;
	double ns[ROUNDS];
};

static int run_getpid(struct bench *b)
{
	(void)b;
	return syscall(SYS_getpid) < 0;
}

static int run_refused(struct bench *b)
{
	struct pgarea_info info;

	return ioctl(b->fd, UNKNOWN, &info) != -1 || errno != ENOTTY;
}

static int run_info(struct bench *b)
{
	struct pgarea_info info = {};

	return ioctl(b->fd, PGAREA_IOC_INFO, &info);
}

static int pair(struct bench *b, size_t pages)
{
	struct pgarea_alloc block = { .size = pages * b->page };
	struct pgarea_free gone = {};

	if (ioctl(b->fd, PGAREA_IOC_ALLOC, &block))
		return -1;
	gone.id = block.id;
	return ioctl(b->fd, PGAREA_IOC_FREE, &gone);
}

static int run_pair_1(struct bench *b)
{
	return pair(b, 1);
}

static int run_pair_512(struct bench *b)
{
	return pair(b, 512);
}

static int run_dry(struct bench *b)
{
	struct pgarea_alloc block = {
		.size = b->page,
		.flags = PGAREA_ALLOC_DRY_RUN,
	};

	return ioctl(b->fd, PGAREA_IOC_ALLOC, &block);
}

static int run_reserve(struct bench *b)
{
	struct pgarea_reserve hold = {
		.address = b->spare,
		.size = b->page,
	};
	struct pgarea_unreserve gone = {};

	if (ioctl(b->fd, PGAREA_IOC_RESERVE, &hold))
		return -1;
	gone.id = hold.id;
	return ioctl(b->fd, PGAREA_IOC_UNRESERVE, &gone);
}

static int run_map(struct bench *b)
{
	void *at = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			b->fd, b->mapped.mmap_offset);

	return at == MAP_FAILED || munmap(at, MAP_BYTES);
}

static struct op ops[] = {
	{ "getpid()", run_getpid, 5000, {} },
	{ "ioctl refused (ENOTTY)", run_refused, 5000, {} },
	{ "INFO", run_info, 2000, {} },
	{ "ALLOC 1 page, dry run", run_dry, 2000, {} },
	{ "ALLOC + FREE, 1 page", run_pair_1, 2000, {} },
	{ "RESERVE + UNRESERVE, 1 page", run_reserve, 2000, {} },
	{ "ALLOC + FREE, 512 pages", run_pair_512, 20, {} },
	{ "mmap + munmap, 4 MiB", run_map, 20, {} },
};

#define NR_OPS	(sizeof(ops) / sizeof(ops[0]))
#define SCALE	1	/* index of the refused ioctl */

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int run_round(struct bench *b, struct op *op, unsigned int round)
{
	double begin = now_ns();
	unsigned int i;

	for (i = 0; i < op->times; i++) {
		if (op->run(b)) {
			fprintf(stderr, "%s: %s\n", op->name, strerror(errno));
			return -1;
		}
	}
	op->ns[round] = (now_ns() - begin) / op->times;
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void show(void)
{
	double scale;
	size_t i;

	for (i = 0; i < NR_OPS; i++)
		qsort(ops[i].ns, ROUNDS, sizeof(double), compare);
	scale = ops[SCALE].ns[ROUNDS / 2];
	printf("%-28s %12s %12s %10s\n", "operation", "ns (median)", "ns (best)",
	       "x refused");
	for (i = 0; i < NR_OPS; i++)
		printf("%-28s %12.0f %12.0f %10.2f\n", ops[i].name,
		       ops[i].ns[ROUNDS / 2], ops[i].ns[0],
		       ops[i].ns[ROUNDS / 2] / scale);
}

static int find_spare(struct bench *b)
{
	struct pgarea_alloc block = {
		.size = b->page,
		.flags = PGAREA_ALLOC_DRY_RUN,
	};

	if (ioctl(b->fd, PGAREA_IOC_ALLOC, &block))
		return -1;
	b->spare = block.phys;
	return 0;
}

static int run_all(struct bench *b)
{
	unsigned int round;
	size_t i;

	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < NR_OPS; i++)
			if (run_round(b, &ops[i], round))
				return -1;
	return 0;
}

int main(void)
{
	struct bench b = { .page = sysconf(_SC_PAGESIZE) };

	b.fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (b.fd < 0) {
		printf(DEVICE ": %s; is the module loaded?\n", strerror(errno));
		return SKIPPED;
	}
	b.mapped.size = MAP_BYTES;
	if (ioctl(b.fd, PGAREA_IOC_ALLOC, &b.mapped) || find_spare(&b)) {
		printf("no area has 4 MiB in one piece: %s\n", strerror(errno));
		return SKIPPED;
	}
	if (run_all(&b))
		return 1;
	show();
	return 0;
}
