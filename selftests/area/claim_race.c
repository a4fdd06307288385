// SPDX-License-Identifier: GPL-2.0
/* Claims on several processors at once, and claims that are interrupted. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "include/pga_claim.h"

#define ROUNDS	(200 / pga_slow() + 10)
#define KILLS	(40 / pga_slow() + 5)

struct contender {
	pthread_t thread;
	pthread_barrier_t *barrier;
	int fd;
	__u64 address;
	__u64 size;
	int err;
	bool block;
	struct pga_claimed got;
	struct pgarea_reserve range;
	__u64 id;
};

FIXTURE(race) {
	int fd;
	__u64 block;		/* size of a pageblock */
	__u64 place;
	struct pgarea_info info;
	struct pga_snapshot before;
	pthread_barrier_t barrier;
	struct contender one;
	struct contender two;
};

FIXTURE_SETUP(race)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_CLAIMS_OR_SKIP(self->fd);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &self->info));
	self->block = self->info.pageblock_size;
	PGA_PLACE_OR_SKIP(self->fd, 3, &self->place);
	pthread_barrier_init(&self->barrier, NULL, 2);
	self->one.fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	self->two.fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	self->one.barrier = &self->barrier;
	self->two.barrier = &self->barrier;
}

FIXTURE_TEARDOWN(race)
{
	struct pgarea_info now;

	close(self->one.fd);
	close(self->two.fd);
	EXPECT_TRUE(pga_claims_end(self->fd));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(now.chunks_taken - self->info.chunks_taken,
		  now.chunks_returned - self->info.chunks_returned);
	close(self->fd);
}

static void *contend(void *data)
{
	struct contender *c = data;

	pthread_barrier_wait(c->barrier);
	if (c->block) {
		c->err = pga_claim(c->fd, c->address, c->size, &c->got);
		c->id = c->got.block.id;
	} else {
		c->err = pga_claim_reserve(c->fd, c->address, c->size, &c->range);
		c->id = c->range.id;
	}
	return NULL;
}

static void both(struct contender *one, struct contender *two)
{
	pthread_create(&one->thread, NULL, contend, one);
	pthread_create(&two->thread, NULL, contend, two);
	pthread_join(one->thread, NULL);
	pthread_join(two->thread, NULL);
}

static __u32 obstacle_of(const struct contender *c)
{
	return c->block ? c->got.refusal.obstacle : c->range.obstacle;
}

static int give_up(struct contender *c)
{
	return c->block ? pga_free(c->fd, c->id) : pga_unreserve(c->fd, c->id);
}

/* The loser hears who has it. */
static int judge(const struct contender *won, const struct contender *lost)
{
	if (won->err || lost->err != -EBUSY)
		return -EPROTO;
	if (lost->block)
		return lost->got.refusal.area &&
		       lost->got.refusal.obstacle == PGAREA_OBSTACLE_OWNED &&
		       lost->got.refusal.reason == PGAREA_REASON_IN_USE &&
		       lost->got.refusal.state >= PGAREA_STATE_ALLOCATED ?
			0 : -EPROTO;
	return lost->range.id == won->id && lost->range.area &&
	       lost->range.obstacle == PGAREA_OBSTACLE_OWNED &&
	       lost->range.conflict_state >= PGAREA_STATE_ALLOCATED ?
		0 : -EPROTO;
}

TEST_F(race, one_of_two_claims_wins)
{
	int i, wins = 0, rounds = ROUNDS;

	for (i = 0; i < rounds; i++) {
		bool first;

		self->one.address = self->place;
		self->two.address = self->place + (i % 3 ? self->block : 0);
		self->one.size = 2 * self->block;
		self->two.size = 2 * self->block;
		self->one.block = i & 1;
		self->two.block = i & 2;
		both(&self->one, &self->two);
		first = !self->one.err;
		ASSERT_EQ(0, first ? judge(&self->one, &self->two) :
				     judge(&self->two, &self->one))
			TH_LOG("round %d: %d (%u) and %d (%u)", i,
			       self->one.err, obstacle_of(&self->one),
			       self->two.err, obstacle_of(&self->two));
		ASSERT_EQ(0, give_up(first ? &self->one : &self->two));
		wins += first;
	}
	TH_LOG("the first thread won %d of %d", wins, rounds);
}

/* Two claims of other pages in the same pageblocks both succeed. */
TEST_F(race, claims_beside_each_other)
{
	int i, rounds = ROUNDS;

	for (i = 0; i < rounds; i++) {
		self->one.address = self->place;
		self->two.address = self->place + self->block - page_size();
		self->one.size = page_size();
		self->two.size = self->block;
		self->one.block = true;
		both(&self->one, &self->two);
		ASSERT_EQ(0, self->one.err);
		ASSERT_EQ(0, self->two.err);
		ASSERT_EQ(0, give_up(&self->one));
		ASSERT_EQ(0, give_up(&self->two));
	}
}

struct squatter {
	int fd;
	__u64 address;
	bool stop;
	int got;
	int refused;
	int wrong;
};

/* The next claim may have it free when the refusal of this request is written. */
static bool became_free(const struct pgarea_alloc *arg)
{
	const struct pgarea_refusal *why = (void *)(uintptr_t)arg->refusals.entries;
	bool free = false;
	__u32 i;

	for (i = 0; i < arg->refusals.count; i++)
		free |= why[i].reason == PGAREA_REASON_IN_USE &&
			why[i].state == PGAREA_STATE_FREE;
	return free;
}

/* Allocate a spare page of an area that ends all the time. */
static void *squat(void *data)
{
	struct pgarea_refusal why[PGA_MOST_AREAS];
	struct squatter *s = data;
	int err;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		struct pgarea_alloc arg = {
			.size = page_size(),
			.address = s->address,
			.flags = PGAREA_ALLOC_EXACT,
			.refusals = PGA_ARRAY(why, PGA_MOST_AREAS),
		};

		err = pga_alloc(s->fd, &arg);
		s->got += !err;
		s->refused += err == -ENOSPC;
		s->wrong += err && err != -ENOSPC &&
			    !(err == -EBUSY && became_free(&arg));
		if (!err && pga_free(s->fd, arg.id))
			s->wrong++;
	}
	return NULL;
}

TEST_F(race, spare_pages_while_the_area_ends)
{
	struct squatter s = {
		.fd = self->two.fd,
		.address = self->place + 17 * page_size(),
	};
	int i, rounds = ROUNDS, err = 0;
	pthread_t thread;

	pthread_create(&thread, NULL, squat, &s);
	for (i = 0; i < rounds && !err; i++) {
		err = pga_claim(self->fd, self->place, page_size(), &self->one.got);
		err = err ?: pga_free(self->fd, self->one.got.block.id);
		if (!(i % 4))
			pga_claims_end(self->fd);
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, err);
	EXPECT_EQ(0, s.wrong);
	TH_LOG("got %d, refused %d", s.got, s.refused);
}

/* A process that claims is killed at any moment: all goes back. */
TEST_F(race, a_signal_gives_everything_back)
{
	__u64 seed = pga_seed();
	int i, kills = KILLS;

	for (i = 0; i < kills; i++) {
		pid_t child = fork();

		ASSERT_LE(0, child);
		if (!child) {
			int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

			for (;;) {
				if (!pga_claim(fd, self->place, 3 * self->block,
					       &self->one.got))
					pga_free(fd, self->one.got.block.id);
			}
		}
		usleep(pga_random(&seed) % (20000 * pga_slow()));
		kill(child, SIGKILL);
		ASSERT_EQ(child, waitpid(child, NULL, 0));
	}
	EXPECT_TRUE(pga_claims_end(self->fd));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_HARNESS_MAIN
