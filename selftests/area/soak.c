// SPDX-License-Identifier: GPL-2.0
/*
 * Areas come and go, grow and shrink, and memory is probed and claimed, at random,
 * beside processes that use the host's memory in every way.
 *
 *   soak SECONDS [DISK]     the reader reads DISK
 *
 * It fails if a command returns an error that it must not return, if a load was
 * killed, if what an area has is not given back, or if PROBE is wrong too often: of
 * the pageblocks that it calls obtainable, 99 of 100 must be had by a claim, and of
 * those that it calls unobtainable at most one of 100.
 */
#include "area/load.h"
#include "include/pga_claim.h"

#define NAME		"soak"
#define MOST_AREAS	4
#define MOST_BLOCKS	32
#define MOST_CHUNKS	16	/* pageblocks of an area */
#define LEAST_TRIED	100	/* for a rate to count */

enum operation {
	CREATE,
	GROW,
	ALLOC,
	FREE,
	RESIZE,
	SHRINK,
	DESTROY,
	CLAIM,
	NR_OPERATIONS,
};

/* Errors that they may return: memory is short, or in use. */
static const struct {
	const char *name;
	int errors[3];
} operations[] = {
	[CREATE]	= { "areas created", { ENOSPC } },
	[GROW]		= { "allocations that may grow an area", { ENOSPC } },
	[ALLOC]		= { "allocations", { ENOSPC } },
	[FREE]		= { "frees" },
	[RESIZE]	= { "resizes", { ENOSPC, EBUSY } },
	[SHRINK]	= { "shrinks" },
	[DESTROY]	= { "areas destroyed", { EBUSY } },
	[CLAIM]		= { "claims of several pageblocks", { ENOSPC, EBUSY } },
};

struct tally {
	unsigned long done;
	unsigned long refused;
	unsigned long wrong;
};

/* How often a claim agreed with PROBE */
struct rate {
	unsigned long tried;
	unsigned long had;
	unsigned long said[32];		/* by PROBE: of which kind it is */
	unsigned long wrong[32];	/* of those: it was not so */
};

struct soak {
	int fd;
	__u64 seed;
	__u64 pageblock;
	__u64 end;			/* of the memory of the machine */
	struct pgarea_create_area template;
	__u32 areas[MOST_AREAS];
	__u64 blocks[MOST_BLOCKS];
	struct tally tallies[NR_OPERATIONS];
	struct rate obtainable;
	struct rate unobtainable;
};

static void count(struct soak *s, enum operation op, int err)
{
	struct tally *tally = &s->tallies[op];
	int i;

	tally->done += !err;
	for (i = 0; i < 3; i++) {
		if (err && -err == operations[op].errors[i]) {
			tally->refused++;
			return;
		}
	}
	if (!err)
		return;
	tally->wrong++;
	printf("# %s: error %d\n", operations[op].name, -err);
}

static __u64 below(struct soak *s, __u64 limit)
{
	return pga_random(&s->seed) % limit;
}

/* ---- areas and blocks ---------------------------------------------------- */

static void create(struct soak *s)
{
	__u32 *slot = &s->areas[below(s, MOST_AREAS)];
	struct pgarea_create_area arg = s->template;

	if (*slot)
		return;
	snprintf((char *)arg.name, sizeof(arg.name), NAME "%td", slot - s->areas);
	arg.size = below(s, MOST_CHUNKS) * s->pageblock;
	arg.minimum = pga_chance(&s->seed, 30) ? arg.size : 0;
	arg.maximum = 4 * MOST_CHUNKS * s->pageblock;
	arg.chunk_size = s->pageblock << below(s, 3);
	arg.flags = pga_chance(&s->seed, 70) ? PGAREA_AREA_GROW : 0;
	count(s, CREATE, pga_create_area(s->fd, &arg));
	*slot = arg.id;
}

static void free_block(struct soak *s, __u64 *slot)
{
	if (*slot)
		count(s, FREE, pga_free(s->fd, *slot));
	*slot = 0;
}

static void allocate(struct soak *s, enum operation op)
{
	__u64 *slot = &s->blocks[below(s, MOST_BLOCKS)];
	__u32 area = s->areas[below(s, MOST_AREAS)];
	struct pgarea_alloc arg = {
		.size = 1 + below(s, op == GROW ? 8 * s->pageblock : 64 * page_size()),
		.flags = op == GROW ? 0 : PGAREA_ALLOC_NO_GROW,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};

	free_block(s, slot);
	if (pga_chance(&s->seed, 20))
		arg.flags |= PGAREA_ALLOC_TOP_DOWN;
	if (!area)
		return;
	count(s, op, pga_alloc_in(s->fd, area, &arg));
	*slot = arg.id;
}

static void resize(struct soak *s)
{
	__u32 area = s->areas[below(s, MOST_AREAS)];
	struct pgarea_resize_area arg;
	struct pgarea_area now;

	if (!area || pga_area_by_id(s->fd, area, &now))
		return;
	count(s, RESIZE, pga_resize_area(s->fd, area, now.minimum +
					 below(s, MOST_CHUNKS) * s->pageblock, &arg));
}

static void shrink(struct soak *s)
{
	struct pgarea_shrink_area arg = {
		.area = s->areas[below(s, MOST_AREAS)],
		.keep = below(s, MOST_CHUNKS) * s->pageblock,
	};

	if (arg.area)
		count(s, SHRINK, pga_ioctl(s->fd, PGAREA_IOC_SHRINK_AREA, &arg));
}

static void free_all(struct soak *s)
{
	int i;

	for (i = 0; i < MOST_BLOCKS; i++)
		free_block(s, &s->blocks[i]);
}

static void destroy(struct soak *s, __u32 *slot)
{
	struct pgarea_destroy_area arg;
	int err;

	if (!*slot)
		return;
	if (pga_chance(&s->seed, 30))
		free_all(s);
	err = pga_destroy_area(s->fd, *slot, &arg);
	count(s, DESTROY, err);
	if (!err)
		*slot = 0;
}

/* ---- PROBE and claims ---------------------------------------------------- */

static void claim_some(struct soak *s)
{
	__u64 *slot = &s->blocks[below(s, MOST_BLOCKS)];
	__u64 address = below(s, s->end / page_size()) * page_size();
	struct pga_claimed got;

	free_block(s, slot);
	count(s, CLAIM, pga_claim(s->fd, address, (1 + below(s, 3 * s->pageblock /
				  page_size())) * page_size(), &got));
	*slot = got.block.id;
}

/* Claim any pageblock of the host's, and see whether PROBE was right. */
static void compare(struct soak *s)
{
	__u64 address = below(s, s->end / s->pageblock) * s->pageblock;
	struct pgarea_obstacle entry;
	struct pga_claimed got;
	struct rate *rate;
	bool said;
	int err;

	if (probe_at(s->fd, address, &entry) || entry.area ||
	    entry.kind == PGAREA_OBSTACLE_OWNED)
		return;
	said = entry.flags & OBTAINABLE;
	rate = said ? &s->obtainable : &s->unobtainable;
	err = pga_claim(s->fd, address, s->pageblock, &got);
	rate->tried++;
	rate->had += !err;
	rate->said[entry.kind % 32]++;
	rate->wrong[entry.kind % 32] += !err != said;
	if (!err)
		count(s, FREE, pga_free(s->fd, got.block.id));
}

static void operate(struct soak *s)
{
	switch (below(s, 12)) {
	case 0:
		return create(s);
	case 1:
		return allocate(s, GROW);
	case 2:
	case 3:
		return allocate(s, ALLOC);
	case 4:
		return free_block(s, &s->blocks[below(s, MOST_BLOCKS)]);
	case 5:
		return resize(s);
	case 6:
		return shrink(s);
	case 7:
		return destroy(s, &s->areas[below(s, MOST_AREAS)]);
	case 8:
		return claim_some(s);
	default:
		return compare(s);
	}
}

/* ---- the result ---------------------------------------------------------- */

static bool print_rate(const char *what, const struct rate *rate, bool good)
{
	unsigned int kind;

	printf("# pageblocks that PROBE calls %s: %lu of %lu were had, %.2f %%\n", what,
	       rate->had, rate->tried,
	       rate->tried ? 100.0 * rate->had / rate->tried : 0);
	for (kind = 0; kind < 32; kind++)
		if (rate->said[kind])
			printf("#   of kind %2u: %lu, wrong %lu\n", kind,
			       rate->said[kind], rate->wrong[kind]);
	return good || rate->tried < LEAST_TRIED;
}

static bool print_result(const struct soak *s)
{
	const struct rate *yes = &s->obtainable, *no = &s->unobtainable;
	unsigned long wrong = 0;
	bool right;
	int i;

	for (i = 0; i < NR_OPERATIONS; i++) {
		const struct tally *tally = &s->tallies[i];

		printf("# %-36s %8lu, refused %8lu, wrong %lu\n", operations[i].name,
		       tally->done, tally->refused, tally->wrong);
		wrong += tally->wrong;
	}
	right = print_rate("obtainable", yes, yes->had * 100 >= yes->tried * 99);
	right &= print_rate("unobtainable", no, no->had * 100 <= no->tried);
	return right && !wrong;
}

static void start_loads(struct loads *loads, const char *disk, __u64 seed)
{
	if (load_begins(loads))
		hog(40, seed + 1);
	if (load_begins(loads))
		pinner(seed + 2);
	if (load_begins(loads))
		compiler();
	if (disk && load_begins(loads))
		reader(disk);
}

static bool gives_all_back(struct soak *s)
{
	int i;

	free_all(s);
	for (i = 0; i < MOST_AREAS; i++)
		destroy(s, &s->areas[i]);
	return !pga_destroy_areas(s->fd, NAME) && pga_claims_end(s->fd);
}

static int soak(struct soak *s, __u64 seconds, const char *disk)
{
	__u64 until = pga_now_ms() + 1000 * seconds;
	struct loads loads = {};
	bool right;
	int ended;

	start_loads(&loads, disk, s->seed);
	while (pga_now_ms() < until)
		operate(s);
	ended = loads_end(&loads);
	right = gives_all_back(s);
	printf("# %d of %d loads ended early\n", ended, loads.nr);
	return print_result(s) && right && !ended ? 0 : 1;
}

/* The end of RAM, as PROBE sees it; device windows lie beyond it. */
static __u64 end_of_memory(int fd)
{
	struct pgarea_probe arg = { .size = 1ULL << 40 };
	struct pgarea_obstacle *list;
	int i, nr = probe(fd, &arg, &list);
	__u64 end = 0;

	for (i = 0; i < nr; i++)
		if (list[i].kind && list[i].kind <= PGAREA_OBSTACLE_KERNEL)
			end = list[i].address + list[i].size;
	free(list);
	return end;
}

int main(int argc, char **argv)
{
	struct soak s = { .seed = pga_seed() };
	struct pga_snapshot before;

	if (argc < 2)
		return 2;
	setbuf(stdout, NULL);
	s.fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (s.fd < 0 || pga_snapshot(s.fd, &before) ||
	    pga_area_template(s.fd, NAME, 0, &s.template))
		return 2;
	s.pageblock = pga_pageblock(s.fd);
	s.end = end_of_memory(s.fd);
	if (soak(&s, strtoul(argv[1], NULL, 0), argc > 2 ? argv[2] : NULL))
		return 1;
	return pga_returns_to(s.fd, &before) ? 0 : 1;
}
