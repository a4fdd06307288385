// SPDX-License-Identifier: GPL-2.0
/*
 * Areas are created, resized and destroyed while other threads allocate from
 * them, map what they got, and list everything.
 *
 * The steps are random; the test prints the seed, and PGA_SEED sets it.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "include/pga_area.h"

#define RACE_SECONDS	5
#define BUILDERS	2
#define USERS		2
#define LISTERS		2
#define NAME		"race"
#define MOST_PAGEBLOCKS	6

FIXTURE(race_area) {
	int fd;
	struct pga_snapshot before;
	struct pgarea_info info;
	struct pgarea_create_area area;
};

struct racer {
	pthread_t thread;
	const struct pgarea_create_area *area;
	__u64 pageblock;
	__u64 seed;
	__u64 deadline;
	int number;
	unsigned long done;
	int fault;
};

FIXTURE_SETUP(race_area)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_AREAS_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &self->info));
	ASSERT_EQ(0, pga_area_template(self->fd, NAME, 2, &self->area));
}

FIXTURE_TEARDOWN(race_area)
{
	EXPECT_EQ(0, pga_destroy_areas(self->fd, NAME));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

static bool is_one_of(int err, const int *errors)
{
	for (; *errors; errors++)
		if (err == *errors)
			return true;
	return !err;
}

/* Resize an area, or have it return what is free. */
static int change_once(struct racer *racer, int fd, __u32 area)
{
	__u64 size = pga_random(&racer->seed) % (MOST_PAGEBLOCKS + 1) *
		     racer->pageblock;
	struct pgarea_resize_area resize;
	struct pgarea_shrink_area shrink = { .area = area, .keep = size };

	return pga_chance(&racer->seed, 30) ?
	       pga_ioctl(fd, PGAREA_IOC_SHRINK_AREA, &shrink) :
	       pga_resize_area(fd, area, size, &resize);
}

/* Create an area, resize it now and then, and destroy it when it is free. */
static void build_once(struct racer *racer, int fd)
{
	static const int create_errors[] = { -ENOSPC, 0 };
	static const int resize_errors[] = { -EBUSY, -ENOSPC, -EINVAL, 0 };
	static const int destroy_errors[] = { -EBUSY, 0 };
	struct pgarea_create_area area = *racer->area;
	struct pgarea_destroy_area destroy;
	int i, err;

	snprintf((char *)area.name, sizeof(area.name), NAME "%d", racer->number);
	area.chunk_size = racer->pageblock << pga_random(&racer->seed) % 2;
	area.maximum = MOST_PAGEBLOCKS * racer->pageblock;
	if (pga_chance(&racer->seed, 70))
		area.flags = PGAREA_AREA_GROW;
	err = pga_create_area(fd, &area);
	if (!is_one_of(err, create_errors))
		racer->fault = err;
	if (err)
		return;
	for (i = 0; i < 4; i++) {
		err = change_once(racer, fd, area.id);
		if (!is_one_of(err, resize_errors))
			racer->fault = err;
	}
	do {
		err = pga_destroy_area(fd, area.id, &destroy);
	} while (err == -EBUSY && pga_now_ms() < racer->deadline);
	if (!is_one_of(err, destroy_errors))
		racer->fault = err;
}

/* One of the areas that come and go, which may grow; 0: there is none now */
static __u32 some_built_area(struct racer *racer, int fd)
{
	struct pga_snapshot now;
	int i;

	if (pga_snapshot(fd, &now))
		return 0;
	i = pga_random(&racer->seed) % now.nr;
	return strncmp((char *)now.areas[i].name, NAME, strlen(NAME)) ?
		0 : now.areas[i].id;
}

/* Some of it may have to be taken from the host. */
static int alloc_built(struct racer *racer, int fd, struct pgarea_alloc *block)
{
	__u32 area = some_built_area(racer, fd);

	if (!area)
		return -ENOENT;
	block->size *= 1 + pga_random(&racer->seed) % 32;
	return pga_alloc_in(fd, area, block);
}

/* ALLOC of any area, map, use and free; or a range of any area. */
static void use_once(struct racer *racer, int fd)
{
	static const int errors[] = { -ENOSPC, -EBUSY, -ENOENT, 0 };
	struct pgarea_alloc block = {
		.size = (1 + pga_random(&racer->seed) % 64) * page_size(),
		.flags = pga_chance(&racer->seed, 50) ? PGAREA_ALLOC_TOP_DOWN : 0,
	};
	int err = pga_chance(&racer->seed, 60) ?
		  alloc_built(racer, fd, &block) : pga_alloc(fd, &block);
	char *at;

	if (!is_one_of(err, errors))
		racer->fault = err;
	if (err)
		return;
	at = pga_map(fd, &block);
	if (at == MAP_FAILED) {
		racer->fault = -errno;
	} else {
		if (!pga_is_zero(at, block.alloc_size))
			racer->fault = -EPROTO;
		memset(at, 0xa5, block.alloc_size);
		munmap(at, block.alloc_size);
	}
	/* An offset that may belong to no area now */
	at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd,
		  racer->area->start + pga_random(&racer->seed) %
		  (racer->area->end - racer->area->start) / page_size() *
		  page_size());
	if (at != MAP_FAILED)
		munmap(at, page_size());
	err = pga_free(fd, block.id);
	if (err)
		racer->fault = err;
}

static void list_once(struct racer *racer, int fd)
{
	struct pgarea_range *list;
	struct pga_snapshot now;
	int i, j, nr;

	if (pga_snapshot(fd, &now)) {
		racer->fault = -EPROTO;
		return;
	}
	for (i = 0; i < now.nr; i++) {
		if (now.areas[i].owned > now.areas[i].maximum)
			racer->fault = -EOVERFLOW;
		nr = pga_ranges(fd, now.areas[i].id, &list);
		for (j = 0; j < nr; j++)
			if (list[j].state == PGAREA_STATE_NOT_OWNED ||
			    list[j].address < now.areas[i].start ||
			    list[j].address + list[j].size > now.areas[i].end)
				racer->fault = -EPROTO;
		if (nr >= 0)
			free(list);
		else if (nr != -ENOENT)
			racer->fault = nr;
	}
}

static void *race(struct racer *racer, void (*step)(struct racer *, int))
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		racer->fault = -errno;
	while (!racer->fault && pga_now_ms() < racer->deadline) {
		step(racer, fd);
		racer->done++;
	}
	close(fd);
	return NULL;
}

static void *build(void *racer)
{
	return race(racer, build_once);
}

static void *use(void *racer)
{
	return race(racer, use_once);
}

static void *list(void *racer)
{
	return race(racer, list_once);
}

TEST_F_TIMEOUT(race_area, nothing_is_lost, 60)
{
	struct racer racers[BUILDERS + USERS + LISTERS] = {};
	__u64 seed = pga_seed(), deadline;
	int i;

	deadline = pga_now_ms() + RACE_SECONDS * 1000 * pga_slow();
	for (i = 0; i < BUILDERS + USERS + LISTERS; i++) {
		racers[i] = (struct racer){
			.area = &self->area,
			.pageblock = self->info.pageblock_size,
			.seed = seed + i,
			.deadline = deadline,
			.number = i,
		};
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
					    i < BUILDERS ? build :
					    i < BUILDERS + USERS ? use : list,
					    &racers[i]));
	}
	for (i = 0; i < BUILDERS + USERS + LISTERS; i++) {
		pthread_join(racers[i].thread, NULL);
		printf("# racer %d: %lu times\n", i, racers[i].done);
		EXPECT_EQ(0, racers[i].fault);
		EXPECT_NE(0, racers[i].done);
	}
}

TEST_HARNESS_MAIN
