// SPDX-License-Identifier: GPL-2.0
/*
 * Concurrency: threads that create a persistent block of one name, and threads
 * that remove it while others open, read, write and map its node.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "include/pga_lifetime.h"
#include "include/pga_rights.h"

#define SECONDS		3
#define THREADS		4
#define ROUNDS		50
#define PAGES		2

FIXTURE(race_persist)
{
	int fd;
	struct pgarea_area area;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
};

FIXTURE_SETUP(race_persist)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	PGA_PICK_OR_SKIP(self->fd, 256, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
}

FIXTURE_TEARDOWN(race_persist)
{
	pga_remove(self->fd, self->name, NULL);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_FALSE(pga_node_exists(self->name));
	close(self->fd);
}

/* Shared by the threads */
struct race {
	int fd;
	__u32 area;
	const char *name;
	__u64 end;
	pthread_barrier_t start;
	atomic_ulong made;
	atomic_ulong opened;
	atomic_ulong mapped;
};

/* One thread, and the wrong result that it saw */
struct racer {
	pthread_t thread;
	struct race *race;
	int err;
	const char *fault;
};

static void run(struct __test_metadata *_metadata, struct race *race,
		struct racer *racers, void *(*what[THREADS])(void *))
{
	int i;

	ASSERT_EQ(0, pthread_barrier_init(&race->start, NULL, THREADS));
	for (i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){ .race = race };
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, what[i],
					    &racers[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(racers[i].thread, NULL);
		EXPECT_EQ(NULL, racers[i].fault) TH_LOG("%s", racers[i].fault);
	}
	pthread_barrier_destroy(&race->start);
}

static void *make_once(void *data)
{
	struct racer *me = data;
	struct pgarea_alloc block = { .size = 1 };

	pthread_barrier_wait(&me->race->start);
	me->err = pga_persist(me->race->fd, me->race->area, me->race->name,
			      &block);
	return NULL;
}

TEST_F(race_persist, one_of_many_gets_the_name)
{
	void *(*what[THREADS])(void *) = {
		make_once, make_once, make_once, make_once,
	};
	struct race race = {
		.fd = self->fd,
		.area = self->area.id,
		.name = self->name,
	};
	struct racer racers[THREADS];
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		int won = 0, lost = 0;

		run(_metadata, &race, racers, what);
		for (i = 0; i < THREADS; i++) {
			won += !racers[i].err;
			lost += racers[i].err == -EEXIST;
		}
		ASSERT_EQ(1, won);
		ASSERT_EQ(THREADS - 1, lost);
		ASSERT_EQ(0, pga_remove(self->fd, self->name, NULL));
	}
}

/* Create it and remove it, in a loop. */
static void *make_and_remove(void *data)
{
	struct racer *me = data;
	struct race *race = me->race;

	pthread_barrier_wait(&race->start);
	while (pga_now_ms() < race->end && !me->fault) {
		struct pgarea_alloc block = { .size = PAGES * page_size() };
		int err = pga_persist(race->fd, race->area, race->name, &block);

		race->made += !err;
		if (err && err != -EEXIST)
			me->fault = "ALLOC fails with a wrong errno";
		err = pga_remove(race->fd, race->name, NULL);
		if (err && err != -ENOENT)
			me->fault = "REMOVE fails with a wrong errno";
	}
	return NULL;
}

/* Whatever becomes of its name, an open node stays complete. */
static const char *use_node(struct race *race, int node)
{
	size_t size = PAGES * page_size();
	char byte = 1;
	char *at;

	if (lseek(node, 0, SEEK_END) != (off_t)size)
		return "an open node has another size";
	if (pwrite(node, &byte, 1, size - 1) != 1 ||
	    pread(node, &byte, 1, size - 1) != 1)
		return "an open node cannot be read and written";
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, node, 0);
	if (at == MAP_FAILED)
		return "an open node cannot be mapped";
	race->mapped++;
	at[0] = at[size - 1];
	if (!at[0])
		return "what was written is gone";
	munmap(at, size);
	return NULL;
}

static void *open_and_use(void *data)
{
	struct racer *me = data;
	struct race *race = me->race;

	pthread_barrier_wait(&race->start);
	while (pga_now_ms() < race->end && !me->fault) {
		int node = pga_open_node(race->name, O_RDWR);

		if (node >= 0) {
			race->opened++;
			me->fault = use_node(race, node);
			close(node);
		} else if (node != -ENOENT && node != -ENXIO &&
			   node != -ENODEV) {
			me->fault = strerror(-node);
		}
	}
	return NULL;
}

static struct race new_race(const struct _test_data_race_persist *self)
{
	return (struct race){
		.fd = self->fd,
		.area = self->area.id,
		.name = self->name,
		.end = pga_now_ms() + SECONDS * 1000,
	};
}

TEST_F(race_persist, removing_while_it_is_used)
{
	void *(*what[THREADS])(void *) = {
		make_and_remove, open_and_use, open_and_use, make_and_remove,
	};
	struct race race = new_race(self);
	struct racer racers[THREADS];

	run(_metadata, &race, racers, what);
	printf("# made %lu, opened %lu, mapped %lu times\n", race.made,
	       race.opened, race.mapped);
	EXPECT_LT(0, race.made);
	EXPECT_LT(0, race.opened);
	EXPECT_LT(0, race.mapped);
}

/* Concurrently list them all, and map by the offset from the list. */
static void *list_and_map(void *data)
{
	struct racer *me = data;
	struct race *race = me->race;

	pthread_barrier_wait(&race->start);
	while (pga_now_ms() < race->end && !me->fault) {
		struct pgarea_block *list;
		int i, nr = pga_blocks(race->fd, PGAREA_BLOCKS_ALL, &list);

		for (i = 0; i < nr; i++) {
			void *at = mmap(NULL, page_size(), PROT_READ,
					MAP_SHARED, race->fd,
					list[i].mmap_offset);

			if (at == MAP_FAILED)
				continue;
			race->mapped++;
			munmap(at, page_size());
		}
		if (nr < 0)
			me->fault = "BLOCKS fails";
		else
			free(list);
	}
	return NULL;
}

TEST_F(race_persist, listing_while_it_is_removed)
{
	void *(*what[THREADS])(void *) = {
		make_and_remove, list_and_map, make_and_remove, open_and_use,
	};
	struct race race = new_race(self);
	struct racer racers[THREADS];

	run(_metadata, &race, racers, what);
	EXPECT_LT(0, race.made);
	EXPECT_LT(0, race.mapped);
}

TEST_HARNESS_MAIN
