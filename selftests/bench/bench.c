// SPDX-License-Identifier: GPL-2.0
/*
 * The cost of the ioctls and mappings, side by side in one run.
 *
 * The unit is an ioctl that is refused at once: it has all the cost of a
 * command before the module does anything.  The rounds alternate, so that a
 * slow moment of the machine affects all alike; the table shows the median of
 * the rounds.
 *
 * Two goals follow the table, computed from it and from two figures that only
 * code in the kernel can measure: a pair of calls of the core, and the clearing
 * of a page. The benchmark module of the core exports both as parameters;
 * PGA_CORE_PAIR_NS in the environment replaces the first.  Without the module,
 * the clearing cost is what one more page adds to a block.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/pgarea.h>

#define DEVICE		"/dev/pgarea"
#define SKIPPED		4
#define ROUNDS		11
#define MAP_BYTES	(4UL << 20)
#define BULK		512
#define KERNEL_FIGURES	"/sys/module/pgarea_bench/parameters/"
#define UNKNOWN		_IOWR(PGAREA_IOC_TYPE, 0xff, struct pgarea_info)

struct bench {
	int fd;
	size_t page;
	__u64 spare;		/* a free page */
	struct pgarea_alloc mapped;
	struct pgarea_bulk_block blocks[BULK];
	struct pgarea_block_id ids[BULK];
};

/* One operation, runs per round, and operations per run */
struct op {
	const char *name;
	int (*run)(struct bench *b);
	unsigned int times;
	unsigned int each;
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

static int run_bulk(struct bench *b)
{
	struct pgarea_alloc_bulk many = {
		.size = b->page,
		.blocks = {
			.entries = (uintptr_t)b->blocks,
			.entry_size = sizeof(b->blocks[0]),
			.count = BULK,
		},
	};
	struct pgarea_free_bulk gone = {
		.ids = {
			.entries = (uintptr_t)b->ids,
			.entry_size = sizeof(b->ids[0]),
			.count = BULK,
		},
	};
	unsigned int i;

	if (ioctl(b->fd, PGAREA_IOC_ALLOC_BULK, &many) || many.done != BULK)
		return -1;
	for (i = 0; i < BULK; i++)
		b->ids[i].id = b->blocks[i].id;
	return ioctl(b->fd, PGAREA_IOC_FREE_BULK, &gone) || gone.done != BULK;
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

static int map(struct bench *b, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd,
			b->mapped.mmap_offset);

	return at == MAP_FAILED || munmap(at, size);
}

static int run_map_page(struct bench *b)
{
	return map(b, b->page);
}

static int run_map(struct bench *b)
{
	return map(b, MAP_BYTES);
}

enum { GETPID, REFUSED, INFO, DRY, SINGLE, IN_BULK, RESERVE, LARGE, MAP, MAP_PAGE };

static struct op ops[] = {
	[GETPID] = { "getpid()", run_getpid, 5000, 1, {} },
	[REFUSED] = { "ioctl refused (ENOTTY)", run_refused, 5000, 1, {} },
	[INFO] = { "INFO", run_info, 2000, 1, {} },
	[DRY] = { "ALLOC 1 page, dry run", run_dry, 2000, 1, {} },
	[SINGLE] = { "ALLOC + FREE, 1 page", run_pair_1, 2000, 1, {} },
	[IN_BULK] = { "the same, each of 512 in bulk", run_bulk, 10, BULK, {} },
	[RESERVE] = { "RESERVE + UNRESERVE, 1 page", run_reserve, 2000, 1, {} },
	[LARGE] = { "ALLOC + FREE, 512 pages", run_pair_512, 20, 1, {} },
	[MAP] = { "mmap + munmap, 1 page", run_map_page, 500, 1, {} },
	[MAP_PAGE] = { "the same, each page of 4 MiB", run_map, 20, 0, {} },
};

#define NR_OPS	(sizeof(ops) / sizeof(ops[0]))

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
	op->ns[round] = (now_ns() - begin) / op->times / op->each;
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(unsigned int op)
{
	return ops[op].ns[ROUNDS / 2];
}

static void show(void)
{
	size_t i;

	for (i = 0; i < NR_OPS; i++)
		qsort(ops[i].ns, ROUNDS, sizeof(double), compare);
	printf("%-29s %12s %12s %10s\n", "operation", "ns (median)",
	       "ns (best)", "x refused");
	for (i = 0; i < NR_OPS; i++)
		printf("%-29s %12.0f %12.0f %10.2f\n", ops[i].name, median(i),
		       ops[i].ns[0], median(i) / median(REFUSED));
}

/* A figure of the benchmark module, 0 when it is not loaded. */
static double kernel_ns(const char *name)
{
	char path[128];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), KERNEL_FIGURES "%s", name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

static double core_pair_ns(void)
{
	const char *given = getenv("PGA_CORE_PAIR_NS");

	return given ? atof(given) : kernel_ns("core_pair_ns");
}

static const char *verdict(int met)
{
	return met ? "met" : "not met";
}

static void show_goals(void)
{
	double refused = median(REFUSED), single = median(SINGLE);
	double bulk = median(IN_BULK), core = core_pair_ns();
	double clear = kernel_ns("clear_hot_ns"), bound;
	const char *from = "measured in the kernel";

	if (!clear) {
		clear = (median(LARGE) - single) / (512 - 1);
		from = "the cost of one more page";
	}
	printf("clearing a page: %.0f ns (%s)\n", clear, from);
	bound = 2 * refused + clear + 5 * core;
	printf("goal: ALLOC + FREE <= 2 refused + clear + 5 core pairs:\n");
	if (core)
		printf("  %.0f <= 2 * %.0f + %.0f + 5 * %.0f = %.0f: %s\n",
		       single, refused, clear, core, bound,
		       verdict(single <= bound));
	else
		printf("  unknown: no figure for a core pair\n");
	printf("goal: each in bulk <= 1/5 of that, both without clearing:\n");
	printf("  %.0f - %.0f = %.0f <= (%.0f - %.0f) / 5 = %.0f: %s\n",
	       bulk, clear, bulk - clear, single, clear, (single - clear) / 5,
	       verdict(bulk - clear <= (single - clear) / 5));
}

/* Faults of a program that maps 4 MiB and uses all of it, -1 on an error. */
static long faults_of(struct bench *b, int flags)
{
	struct rusage before, after;
	volatile char *at;
	size_t i;

	getrusage(RUSAGE_SELF, &before);
	at = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | flags,
		  b->fd, b->mapped.mmap_offset);
	if (at == MAP_FAILED)
		return -1;
	for (i = 0; i < MAP_BYTES; i += b->page)
		at[i] = 1;
	getrusage(RUSAGE_SELF, &after);
	munmap((void *)at, MAP_BYTES);
	return after.ru_minflt + after.ru_majflt - before.ru_minflt -
	       before.ru_majflt;
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
	static struct bench b;

	b.page = sysconf(_SC_PAGESIZE);
	ops[MAP_PAGE].each = MAP_BYTES / b.page;
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
	printf("page faults to map 4 MiB and write to each page: %ld, with MAP_POPULATE %ld\n",
	       faults_of(&b, 0), faults_of(&b, MAP_POPULATE));
	show_goals();
	return 0;
}
