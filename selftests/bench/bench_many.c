// SPDX-License-Identifier: GPL-2.0
/*
 * What must not depend on the number of blocks: the cost of an entry in a list
 * that is read in parts, and the cost of a FREE.
 *
 * The table shows the median of the rounds, and how many times the first figure
 * of each group that is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/pgarea.h>

#define DEVICE		"/dev/pgarea"
#define SKIPPED		4
#define ROUNDS		7
#define FEW		100
#define MANY		100000
#define PART		64
#define FREED		1000
#define MOST_AREAS	64
#define BATCH		512
#define TOUCHED		(64U << 20)

/*
 * @held: ids of the blocks, in the order in which they were allocated
 * @room: for the entries of a list, of blocks or of ranges
 */
struct bench {
	int fd;
	__u64 held[MANY];
	unsigned int nr;
	union {
		struct pgarea_block blocks[MANY];
		struct pgarea_range ranges[2 * MANY];
	} room;
	__u64 random;
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *ns)
{
	qsort(ns, ROUNDS, sizeof(*ns), compare);
	return ns[ROUNDS / 2];
}

static void show(const char *name, double ns, double first)
{
	printf("%-44s %12.0f ns %8.2f\n", name, ns, ns / first);
}

static unsigned int random_below(struct bench *b, unsigned int limit)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random % limit;
}

/* Allocate blocks of a page up to this number. */
static int hold(struct bench *b, unsigned int nr)
{
	static struct pgarea_bulk_block blocks[BATCH];
	struct pgarea_alloc_bulk arg;
	unsigned int i;

	while (b->nr < nr) {
		arg = (struct pgarea_alloc_bulk){
			.size = 1,
			.blocks = {
				.entries = (uintptr_t)blocks,
				.entry_size = sizeof(blocks[0]),
				.count = nr - b->nr < BATCH ? nr - b->nr : BATCH,
			},
		};
		if (ioctl(b->fd, PGAREA_IOC_ALLOC_BULK, &arg))
			return -1;
		for (i = 0; i < arg.done; i++)
			b->held[b->nr++] = blocks[i].id;
	}
	return 0;
}

static int free_one(struct bench *b, unsigned int i)
{
	struct pgarea_free arg = { .id = b->held[i] };

	b->held[i] = b->held[--b->nr];
	return ioctl(b->fd, PGAREA_IOC_FREE, &arg);
}

/* The time of a FREE of any of the blocks, or of the newest one, or -1. */
static double time_free(struct bench *b, unsigned int nr, bool any)
{
	unsigned int among = b->nr, done, i;
	double ns = 0, begin;

	for (done = 0; done < FREED; done += nr) {
		begin = now_ns();
		for (i = 0; i < nr; i++)
			if (free_one(b, any ? random_below(b, b->nr) :
						 b->nr - 1))
				return -1;
		ns += now_ns() - begin;
		if (hold(b, among))
			return -1;
	}
	return ns / done;
}

static double median_free(struct bench *b, unsigned int nr, bool any)
{
	double ns[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ns[i] = time_free(b, nr, any);
		if (ns[i] < 0)
			return -1;
	}
	return median(ns);
}

/* Read a list in parts of @part entries; the number of entries, or -1. */
static long read_list(struct bench *b, unsigned long cmd, void *arg,
		      struct pgarea_array *array, __u32 size, __u32 part)
{
	long nr = 0;
	int err;

	array->cursor = 0;
	do {
		array->entries = (uintptr_t)&b->room;
		array->entry_size = size;
		array->count = part;
		err = ioctl(b->fd, cmd, arg);
		if (err && errno != EMSGSIZE)
			return -1;
		nr += array->count;
	} while (err);
	return nr;
}

static long read_blocks(struct bench *b, __u32 part)
{
	struct pgarea_blocks arg = {};

	return read_list(b, PGAREA_IOC_BLOCKS, &arg, &arg.blocks,
			 sizeof(b->room.blocks[0]), part);
}

/* The ranges of all areas, whose ids count from 1 without a gap. */
static long read_ranges(struct bench *b, __u32 part)
{
	long nr = 0, more;
	__u32 id;

	for (id = 1; id <= MOST_AREAS; id++) {
		struct pgarea_ranges arg = { .area = id };

		more = read_list(b, PGAREA_IOC_RANGES, &arg, &arg.ranges,
				 sizeof(b->room.ranges[0]), part);
		if (more < 0)
			return errno == ENOENT ? nr : -1;
		nr += more;
	}
	return nr;
}

/* Show the cost of an entry, read at once and in parts; return 0 or -1. */
static int show_list(struct bench *b, const char *name,
		     long (*list)(struct bench *b, __u32 part))
{
	double at_once[ROUNDS], in_parts[ROUNDS], begin;
	char text[64];
	long nr;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		begin = now_ns();
		nr = list(b, MANY);
		at_once[i] = (now_ns() - begin) / nr;
		if (nr < MANY)
			return -1;
		begin = now_ns();
		if (list(b, PART) != nr)
			return -1;
		in_parts[i] = (now_ns() - begin) / nr;
	}
	snprintf(text, sizeof(text), "%s, an entry of %ld in one call", name, nr);
	show(text, median(at_once), median(at_once));
	snprintf(text, sizeof(text), "the same, %d in a call", PART);
	show(text, median(in_parts), median(at_once));
	printf("goal: at most 3 times: %s\n",
	       median(in_parts) <= 3 * median(at_once) ? "met" : "not met");
	return 0;
}

/*
 * The time of an access to memory that is in no cache.  The number of blocks adds
 * nothing to a FREE, but any of many blocks has all that a FREE needs in such
 * memory: its struct, its neighbours in the list, its slot, its page.
 */
static double time_touch(struct bench *b)
{
	volatile char *at = calloc(TOUCHED, 1);
	double begin, ns;
	int i;

	if (!at)
		return -1;
	memset((char *)at, 1, TOUCHED);
	begin = now_ns();
	for (i = 0; i < MANY; i++)
		at[random_below(b, TOUCHED)]++;
	ns = (now_ns() - begin) / MANY;
	free((char *)at);
	return ns;
}

/* Otherwise they would be orphans, and the module could not be unloaded. */
static int free_all(struct bench *b)
{
	while (b->nr)
		if (free_one(b, b->nr - 1))
			return -1;
	return 0;
}

static int show_all(struct bench *b)
{
	double few, newest, many;

	if (hold(b, FEW))
		return -1;
	few = median_free(b, FEW, true);
	if (hold(b, MANY))
		return -1;
	newest = median_free(b, FREED, false);
	many = median_free(b, FREED, true);
	if (few < 0 || newest < 0 || many < 0)
		return -1;
	show("FREE of any of 100 blocks", few, few);
	show("FREE of the newest of 100,000 blocks", newest, few);
	show("FREE of any of 100,000 blocks", many, few);
	show("for comparison, a byte of any page of 64 MiB", time_touch(b), few);
	return show_list(b, "BLOCKS", read_blocks) ?:
	       show_list(b, "RANGES", read_ranges) ?: free_all(b);
}

int main(void)
{
	static struct bench b = { .random = 88172645463325252ULL };

	b.fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (b.fd < 0) {
		printf(DEVICE ": %s; is the module loaded?\n", strerror(errno));
		return SKIPPED;
	}
	if (show_all(&b)) {
		fprintf(stderr, "%u blocks are held: %s\n", b.nr, strerror(errno));
		return 1;
	}
	return 0;
}
