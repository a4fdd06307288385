// SPDX-License-Identifier: GPL-2.0
/*
 * How much contiguous memory a running host gives, and how long that takes:
 * areas that grow, beside the kernel's own huge pages, on the same machine in the
 * same state.
 *
 *	contiguous DISK MIB [ROUNDS]
 *
 * DISK is read to fill the page cache; MIB is what both try to get.  Times are
 * shown as multiples of the time to clear that memory once.  A kernel with
 * init_on_alloc clears what it gives, and areas do not clear it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/pgarea.h>

#define DEVICE		"/dev/pgarea"
#define HUGE		"/sys/kernel/mm/hugepages/hugepages-%llukB/nr_hugepages"
#define VM		"/proc/sys/vm/"
#define SKIPPED		4
#define ROUNDS		3
#define MOST_ROUNDS	15
#define MIB		(1024ULL * 1024)
#define START		(16 * MIB)
#define END		(16 * MIB * MIB)
#define MOST_PIECES	4096
/* Every second page of so many percent of the memory is used. */
#define FRAGMENTED	80

enum host {
	FRESH,
	PAGE_CACHE,
	EVERY_SECOND,
	NR_STATES,
};

static const char *const state_names[] = {
	"fresh", "page cache full", "every second page",
};

#define NR_PIECES	3
static const unsigned long long piece_mib[NR_PIECES] = { 2, 64, 1024 };

/* What one of the two got, in each round; @ratio is its time by that to clear it. */
struct got {
	double mib[MOST_ROUNDS];
	double ratio[MOST_ROUNDS];
};

struct bench {
	int fd;
	int disk; /* open, since its last close drops its pages */
	unsigned long long wanted; /* bytes */
	unsigned int rounds;
	double clear; /* seconds for a byte */
	struct got huge;
	struct got area;
};

static double now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_number(const char *path, unsigned long long number)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || dprintf(fd, "%llu", number) < 0)
		die(path);
	close(fd);
}

/* -1: there is no such file */
static long long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long long number = -1;

	if (file && fscanf(file, "%lld", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return number;
}

/* ---- States of the host -------------------------------------------------- */

/* A value of /proc/meminfo, in bytes; @format: as "MemFree: %llu kB" */
static unsigned long long memory(const char *format)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kb = 0;
	char line[128];

	while (file && !kb && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &kb) != 1)
			kb = 0;
	if (file)
		fclose(file);
	return kb << 10;
}

/* Read as much as memory is free, beginning where the last call ended. */
static void fill_page_cache(int disk)
{
	static char buffer[4 * MIB];
	static off_t at;
	off_t left = memory("MemFree: %llu kB");

	while (left > 0) {
		ssize_t nr = pread(disk, buffer, sizeof(buffer), at);

		if (nr < 0)
			die("cannot read the disk");
		left -= nr ?: (ssize_t)sizeof(buffer);
		at = nr ? at + nr : 0;
	}
}

/* Use every second page until this process is killed; @ready: say so there. */
static void use_every_second(int ready)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t size = memory("MemAvailable: %llu kB") / 100 * FRAGMENTED & -(2 * page), i;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (at == MAP_FAILED || madvise(at, size, MADV_NOHUGEPAGE))
		_exit(1);
	for (i = 0; i < size; i += page)
		at[i] = 1;
	for (i = 0; i < size; i += 2 * page)
		madvise(at + i, page, MADV_DONTNEED);
	(void)!write(ready, "", 1);
	for (;;)
		pause();
}

/* The process that uses memory, or 0 */
static pid_t begin_state(const struct bench *b, enum host state)
{
	pid_t child = 0;
	int ready[2];
	char byte;

	if (state == PAGE_CACHE) {
		fill_page_cache(b->disk);
		return 0;
	}
	write_number(VM "drop_caches", 3);
	write_number(VM "compact_memory", 1);
	if (state == FRESH)
		return 0;
	if (pipe(ready))
		die("pipe");
	child = fork();
	if (!child)
		use_every_second(ready[1]);
	close(ready[1]);
	if (child < 0 || read(ready[0], &byte, 1) != 1)
		die("cannot fragment the memory");
	close(ready[0]);
	return child;
}

static void end_state(pid_t child)
{
	if (!child)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* ---- The two -------------------------------------------------------------- */

/* Bytes had as huge pages; -1: the kernel has none of this size. */
static long long take_huge(const struct bench *b, unsigned long long piece,
			   double *seconds)
{
	char path[128];
	long long had;

	snprintf(path, sizeof(path), HUGE, piece >> 10);
	if (read_number(path) < 0)
		return -1;
	*seconds = now();
	write_number(path, b->wanted / piece);
	*seconds = now() - *seconds;
	had = read_number(path) * piece;
	write_number(path, 0);
	return had;
}

/* Allocate as many pieces as possible; the number. */
static unsigned int alloc_pieces(const struct bench *b, __u32 area,
				 unsigned long long piece, __u64 flags,
				 struct pgarea_bulk_block *blocks)
{
	struct pgarea_area_id set = { .id = area };
	struct pgarea_alloc_bulk arg = {
		.size = piece,
		.flags = flags,
		.areas.entries = (uintptr_t)&set,
		.areas.entry_size = sizeof(set),
		.areas.count = 1,
		.blocks.entries = (uintptr_t)blocks,
		.blocks.entry_size = sizeof(*blocks),
		.blocks.count = b->wanted / piece,
	};

	if (ioctl(b->fd, PGAREA_IOC_ALLOC_BULK, &arg) && errno != ENOSPC)
		die("ALLOC_BULK");
	return arg.done;
}

static void free_pieces(const struct bench *b,
			const struct pgarea_bulk_block *blocks, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct pgarea_free arg = { .id = blocks[i].id };

		if (ioctl(b->fd, PGAREA_IOC_FREE, &arg))
			die("FREE");
	}
}

/* Bytes had by an area that grows; also measures how long clearing takes. */
static long long take_area(struct bench *b, unsigned long long piece,
			   double *seconds)
{
	static struct pgarea_bulk_block blocks[MOST_PIECES];
	struct pgarea_create_area area = {
		.name = "bench",
		.start = START,
		.end = END,
		.maximum = b->wanted,
		.chunk_size = piece < 4 * MIB ? piece : 4 * MIB,
		.flags = PGAREA_AREA_GROW,
	};
	struct pgarea_destroy_area gone;
	unsigned int nr, again;
	double clear;

	if (ioctl(b->fd, PGAREA_IOC_CREATE_AREA, &area))
		die("CREATE_AREA");
	*seconds = now();
	nr = alloc_pieces(b, area.id, piece, 0, blocks);
	*seconds = now() - *seconds;
	free_pieces(b, blocks, nr);
	clear = now();
	again = alloc_pieces(b, area.id, piece, PGAREA_ALLOC_NO_GROW, blocks);
	if (again)
		b->clear = (now() - clear) / (again * piece);
	free_pieces(b, blocks, again);
	gone = (struct pgarea_destroy_area){ .area = area.id };
	if (ioctl(b->fd, PGAREA_IOC_DESTROY_AREA, &gone))
		die("DESTROY_AREA");
	return nr * piece;
}

/* ---- The table ------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned int nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return values[nr / 2];
}

static void keep(const struct bench *b, struct got *got, unsigned int round,
		 long long had, double seconds)
{
	got->mib[round] = had < 0 ? -1 : (double)had / MIB;
	got->ratio[round] = had > 0 ? seconds / (had * b->clear) : 0;
}

static void show_got(const struct bench *b, struct got *got)
{
	double mib = median(got->mib, b->rounds);
	double ratio = median(got->ratio, b->rounds);

	if (mib < 0)
		printf(" | %6s %6s %6s", "-", "-", "-");
	else if (ratio == 0)
		printf(" | %6.0f %6s %6s", mib, "-", "-");
	else
		printf(" | %6.0f %6.2f %6.2f", mib, ratio, got->ratio[0]);
}

/* Each in a new state; who comes first alternates. */
static void compare_in(struct bench *b, enum host state,
		       unsigned long long piece)
{
	unsigned int round, turn;

	for (round = 0; round < b->rounds; round++) {
		double huge_s = 0, area_s = 0;
		long long huge = 0, area = 0;

		for (turn = 0; turn < 2; turn++) {
			pid_t child = begin_state(b, state);

			if ((round + turn) % 2)
				huge = take_huge(b, piece, &huge_s);
			else
				area = take_area(b, piece, &area_s);
			end_state(child);
		}
		keep(b, &b->area, round, area, area_s);
		keep(b, &b->huge, round, huge, huge_s);
	}
	printf("%-18s %5llu", state_names[state], piece / MIB);
	show_got(b, &b->huge);
	show_got(b, &b->area);
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct bench b = {
		.fd = open(DEVICE, O_RDWR | O_CLOEXEC),
		.disk = argc > 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1,
		.wanted = argc > 2 ? strtoull(argv[2], NULL, 10) * MIB : 0,
		.rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : ROUNDS,
	};
	unsigned int state, i;

	if (b.fd < 0) {
		printf("%s: %s\n", DEVICE, strerror(errno));
		return SKIPPED;
	}
	if (b.disk < 0 || !b.wanted || !b.rounds || b.rounds > MOST_ROUNDS ||
	    b.wanted / (piece_mib[0] * MIB) > MOST_PIECES) {
		fprintf(stderr, "usage: contiguous DISK MIB [ROUNDS]\n");
		return SKIPPED;
	}
	printf("MiB had of %llu; time by that of clearing it once, median and best of %u rounds\n",
	       b.wanted / MIB, b.rounds);
	printf("%-18s %5s | %-20s | %-20s\n", "state", "piece", "huge pages",
	       "area that grows");
	printf("%-18s %5s | %6s %6s %6s | %6s %6s %6s\n", "", "MiB", "had",
	       "median", "best", "had", "median", "best");
	for (state = 0; state < NR_STATES; state++)
		for (i = 0; i < NR_PIECES; i++)
			compare_in(&b, state, piece_mib[i] * MIB);
	return 0;
}
