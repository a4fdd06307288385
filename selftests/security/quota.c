// SPDX-License-Identifier: GPL-2.0
/*
 * The most that one user can hold: the module's parameter user_limit, what
 * counts, for which user, and from when until when.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "include/hold.h"
#include "include/pga_rights.h"

#define PARAMETER	"/sys/module/pgarea/parameters/user_limit"

/* The limit for a user that holds nothing else */
#define PAGES		16
#define THREADS		4

/*
 * @fd: root's, which is exempt; @file, @second: of a user; @other: of another
 * user
 */
FIXTURE(quota)
{
	int fd;
	int file;
	int second;
	int other;
	__u64 page;
	__u64 limit;
	char limit_before[64];
	struct pgarea_area area;
	struct pgarea_range run;
	struct pga_snapshot before;
	struct pgarea_alloc block;
};

static int read_limit(char text[64])
{
	int fd = open(PARAMETER, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, 63);

	close(fd);
	if (len < 0)
		return -ENOENT;
	text[len] = 0;
	return 0;
}

static int set_limit(__u64 bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", bytes);
	return pga_write_text(PARAMETER, text);
}

/* Blocks of an earlier test may take a moment to drain. */
static bool comes_to_hold(int fd, __u64 bytes)
{
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		if (pga_info(fd).user_held == bytes)
			return true;
		pga_sleep_ms(10);
	}
	printf("# held: %llu\n", pga_info(fd).user_held);
	return false;
}

FIXTURE_SETUP(quota)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	if (read_limit(self->limit_before))
		SKIP(return, "no parameter " PARAMETER);
	PGA_PICK_OR_SKIP(self->fd, 128, &self->area);
	ASSERT_EQ(0, pga_open_to_all(PGA_DEVICE));
	self->file = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	self->second = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	self->other = pga_open_as(PGA_OTHER_USER, 0, PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, self->file);
	ASSERT_LE(0, self->second);
	ASSERT_LE(0, self->other);
	ASSERT_TRUE(comes_to_hold(self->file, 0));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &self->run));
	self->page = page_size();
	self->limit = PAGES * self->page;
	ASSERT_EQ(0, set_limit(self->limit));
}

FIXTURE_TEARDOWN(quota)
{
	close(self->file);
	close(self->second);
	close(self->other);
	EXPECT_EQ(0, pga_write_text(PARAMETER, self->limit_before));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

/* A block of that many pages; 0 or -errno. */
static int take(int fd, __u64 pages, struct pgarea_alloc *block)
{
	*block = (struct pgarea_alloc){ .size = pages * page_size() };
	return pga_alloc(fd, block);
}

#define TAKE(_fd, _pages)	take(_fd, _pages, &self->block)
#define HELD(_fd)		(pga_info(_fd).user_held)

TEST_F(quota, just_the_limit)
{
	EXPECT_EQ(-EDQUOT, TAKE(self->file, PAGES + 1));
	ASSERT_EQ(0, TAKE(self->file, PAGES));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
}

TEST_F(quota, page_by_page)
{
	int i;

	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(0, TAKE(self->file, 1));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
}

/* Whole pages count, whatever size was requested. */
TEST_F(quota, bytes_count_as_pages)
{
	ASSERT_EQ(0, TAKE(self->file, PAGES - 1));
	self->block = (struct pgarea_alloc){ .size = self->page + 1 };
	EXPECT_EQ(-EDQUOT, pga_alloc(self->file, &self->block));
	self->block = (struct pgarea_alloc){ .size = 1 };
	EXPECT_EQ(0, pga_alloc(self->file, &self->block));
	EXPECT_EQ(self->limit, HELD(self->file));
}

TEST_F(quota, a_refusal_changes_nothing)
{
	struct pgarea_alloc as_before;
	struct pga_snapshot held;

	ASSERT_EQ(0, TAKE(self->file, PAGES));
	ASSERT_EQ(0, pga_snapshot(self->fd, &held));
	memset(&self->block, 0, sizeof(self->block));
	self->block.size = 1;
	self->block.id = 0x1234;
	as_before = self->block;
	EXPECT_EQ(-EDQUOT, pga_alloc(self->file, &self->block));
	EXPECT_EQ(0, memcmp(&as_before, &self->block, sizeof(as_before)));
	EXPECT_TRUE(pga_is_as(self->fd, &held));
	EXPECT_EQ(self->limit, HELD(self->file));
}

TEST_F(quota, info_says_so)
{
	EXPECT_EQ(self->limit, pga_info(self->file).user_limit);
	EXPECT_EQ(0, HELD(self->file));
	ASSERT_EQ(0, TAKE(self->file, 3));
	EXPECT_EQ(3 * self->page, HELD(self->file));
	EXPECT_EQ(3 * self->page, HELD(self->second));
	EXPECT_EQ(0, HELD(self->other));
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	EXPECT_TRUE(comes_to_hold(self->file, 0));
}

TEST_F(quota, all_files_of_a_user_together)
{
	ASSERT_EQ(0, TAKE(self->file, PAGES - 1));
	EXPECT_EQ(-EDQUOT, TAKE(self->second, 2));
	ASSERT_EQ(0, TAKE(self->second, 1));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
}

TEST_F(quota, each_user_alone)
{
	ASSERT_EQ(0, TAKE(self->file, PAGES));
	EXPECT_EQ(0, TAKE(self->other, PAGES));
	EXPECT_EQ(-EDQUOT, TAKE(self->other, 1));
	EXPECT_EQ(self->limit, HELD(self->other));
}

/* A file counts for the user that opened it, not for a later user of it. */
TEST_F(quota, the_opener_counts)
{
	ASSERT_EQ(0, setresuid(PGA_OTHER_USER, PGA_OTHER_USER, 0));
	ASSERT_EQ(0, TAKE(self->file, PAGES));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	ASSERT_EQ(0, setresuid(0, 0, 0));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	EXPECT_EQ(0, HELD(self->other));
	EXPECT_EQ(self->limit, HELD(self->file));
}

/* The number of pages that a process of this user can allocate, one by one. */
static int pages_of_a_child(uid_t uid)
{
	struct pgarea_alloc block;
	int status, nr = 0, fd;
	pid_t pid = fork();

	if (!pid) {
		if (pga_become(uid))
			_exit(255);
		fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		while (nr < 100 && !take(fd, 1, &block))
			nr++;
		close(fd);
		_exit(nr);
	}
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}

TEST_F(quota, processes_of_two_users)
{
	ASSERT_EQ(0, TAKE(self->file, PAGES / 2));
	EXPECT_EQ(PAGES / 2, pages_of_a_child(PGA_USER));
	EXPECT_EQ(PAGES, pages_of_a_child(PGA_OTHER_USER));
}

TEST_F(quota, root_of_a_user_namespace)
{
	struct pgarea_alloc block;
	int status, fd;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		if (pga_become(PGA_USER) || pga_enter_user_namespace(0))
			_exit(4);
		fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		_exit(take(fd, PAGES + 1, &block) != -EDQUOT ||
		      take(fd, PAGES, &block) || HELD(fd) != block.alloc_size);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WEXITSTATUS(status) == 4)
		SKIP(return, "no user namespaces");
	EXPECT_EQ(0, status);
}

/*
 * Take pages as two users of a new user namespace; exit status 0 if they have
 * one limit together.  @ready: tells that the namespace exists; @mapped: ends
 * when its users are mapped.
 */
static int two_users_of_a_namespace(int ready, int mapped)
{
	struct pgarea_alloc block;
	int fd, second;
	char end;

	if (unshare(CLONE_NEWUSER))
		return 4;
	close(ready);
	if (read(mapped, &end, 1) || setresuid(0, 0, 0))
		return 5;
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0 || take(fd, PAGES / 2, &block) || setresuid(7, 7, 7))
		return 6;
	second = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (second < 0 || take(second, PAGES, &block) != -EDQUOT)
		return 7;
	if (take(second, PAGES / 2, &block))
		return 8;
	return take(fd, 1, &block) != -EDQUOT || take(second, 1, &block) != -EDQUOT;
}

static int map_users(pid_t pid, const char *users)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	return pga_write_text(path, users);
}

/* The same, in a namespace that this user makes; root maps its users. */
static int status_of_a_namespace(uid_t maker, const char *users)
{
	int ready[2], mapped[2], status = -1;
	char end;
	pid_t pid;

	if (pipe(ready) || pipe(mapped))
		return -1;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		close(mapped[1]);
		if (maker && pga_become(maker))
			_exit(3);
		_exit(two_users_of_a_namespace(ready[1], mapped[0]));
	}
	close(ready[1]);
	close(mapped[0]);
	if (!read(ready[0], &end, 1) && map_users(pid, users))
		printf("# the users of the namespace cannot be mapped\n");
	close(mapped[1]);
	close(ready[0]);
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}

TEST_F(quota, subordinate_users_count_as_the_maker_of_their_namespace)
{
	int status = status_of_a_namespace(PGA_USER,
					   "0 65534 1\n1 100000 10\n");

	if (status == 4)
		SKIP(return, "no user namespaces");
	EXPECT_EQ(0, status);
	EXPECT_TRUE(comes_to_hold(self->file, 0));
	/* What the user holds outside counts as well. */
	ASSERT_EQ(0, TAKE(self->file, 1));
	EXPECT_EQ(8, status_of_a_namespace(PGA_USER,
					   "0 65534 1\n1 100000 10\n"));
}

TEST_F(quota, users_of_a_namespace_of_roots_count_as_one)
{
	int status = status_of_a_namespace(0, "0 100000 10\n");

	if (status == 4)
		SKIP(return, "no user namespaces");
	EXPECT_EQ(0, status);
	/* Another one is another user. */
	EXPECT_EQ(0, status_of_a_namespace(0, "0 200000 10\n"));
}

TEST_F(quota, what_is_freed_is_given_back)
{
	ASSERT_EQ(0, TAKE(self->file, PAGES));
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	EXPECT_EQ(0, pga_wait_gone(self->file, self->block.id, PGA_SETTLE_MS));
	EXPECT_EQ(0, TAKE(self->second, PAGES));
}

TEST_F(quota, what_drains_counts)
{
	void *at;

	ASSERT_EQ(0, TAKE(self->file, PAGES));
	at = pga_map(self->file, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	EXPECT_EQ(self->limit, HELD(self->file));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	EXPECT_EQ(-EDQUOT, TAKE(self->second, 1));
	munmap(at, self->limit);
	EXPECT_TRUE(comes_to_hold(self->file, 0));
	EXPECT_EQ(0, TAKE(self->file, PAGES));
}

/* The caller has no id to wait for, so the refusal itself scans what drains. */
TEST_F(quota, what_is_gone_does_not_count)
{
	void *at;

	ASSERT_EQ(0, TAKE(self->file, PAGES));
	at = pga_map(self->file, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	munmap(at, self->limit);
	EXPECT_EQ(0, TAKE(self->second, PAGES));
}

/*
 * The last holder sends no notification, and the module only scans
 * periodically.
 */
TEST_F(quota, what_a_pipe_held_does_not_count)
{
	void *at;
	int pipe;

	ASSERT_EQ(0, TAKE(self->file, PAGES));
	at = pga_map(self->file, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	pipe = pga_pipe_of(at, self->page);
	ASSERT_LE(0, pipe);
	munmap(at, self->limit);
	ASSERT_EQ(0, pga_free(self->file, self->block.id));
	/* Until the scan interval has reached its maximum */
	pga_sleep_ms(700);
	EXPECT_EQ(-EDQUOT, TAKE(self->second, 1));
	close(pipe);
	EXPECT_EQ(0, TAKE(self->second, PAGES));
}

TEST_F(quota, an_orphan_counts)
{
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_ORPHAN);
	self->block.size = self->limit;
	self->block.orphan_ms = 500;
	ASSERT_EQ(0, pga_alloc(self->file, &self->block));
	close(self->file);
	EXPECT_EQ(self->limit, HELD(self->second));
	EXPECT_EQ(-EDQUOT, TAKE(self->second, 1));
	EXPECT_TRUE(comes_to_hold(self->second, 0));
	EXPECT_EQ(0, TAKE(self->second, PAGES));
}

TEST_F(quota, a_persistent_block_counts_for_its_maker)
{
	int maker = pga_open_as(PGA_USER, PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE,
				O_RDWR);
	struct pgarea_alloc block = { .size = self->limit + 1 };
	struct pgarea_block seen = {};
	char name[PGAREA_NAME_SIZE];

	ASSERT_LE(0, maker);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	snprintf(name, sizeof(name), "test-%d", getpid());
	EXPECT_EQ(-EDQUOT, pga_persist(maker, self->area.id, name, &block));
	EXPECT_FALSE(pga_node_exists(name));
	block.size = self->limit;
	ASSERT_EQ(0, pga_persist(maker, self->area.id, name, &block));
	close(maker);
	EXPECT_EQ(self->limit, HELD(self->file));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	EXPECT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, block.id,
				  &seen));
	EXPECT_EQ(PGA_USER, seen.uid);
	EXPECT_EQ(0, pga_remove(self->fd, name, NULL));
	EXPECT_TRUE(comes_to_hold(self->file, 0));
}

TEST_F(quota, a_persistent_reservation_counts_for_its_maker)
{
	int maker = pga_open_as(PGA_USER, PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE,
				O_RDWR);
	char name[PGAREA_NAME_SIZE];
	struct pgarea_reserve arg;

	ASSERT_LE(0, maker);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	snprintf(name, sizeof(name), "test-%d", getpid());
	EXPECT_EQ(-EDQUOT, pga_persist_at(maker, self->run.address,
					  self->limit + self->page, name,
					  &arg));
	EXPECT_FALSE(pga_node_exists(name));
	ASSERT_EQ(0, pga_persist_at(maker, self->run.address, self->limit,
				    name, &arg));
	close(maker);
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	EXPECT_EQ(0, pga_remove(self->fd, name, NULL));
	EXPECT_TRUE(comes_to_hold(self->file, 0));
}

TEST_F(quota, a_reservation_counts)
{
	struct pgarea_unreserve part = {};
	__u64 id;

	EXPECT_EQ(-EDQUOT, pga_reserve_at(self->file, self->run.address,
					  self->limit + self->page, &id));
	ASSERT_EQ(0, pga_reserve_at(self->file, self->run.address, self->limit,
				    &id));
	EXPECT_EQ(self->limit, HELD(self->file));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	part.id = id;
	part.address = self->run.address + self->page;
	part.size = 2 * self->page;
	ASSERT_EQ(0, pga_ioctl(self->file, PGAREA_IOC_UNRESERVE, &part));
	EXPECT_EQ(self->limit - part.size, HELD(self->file));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 3));
	EXPECT_EQ(0, TAKE(self->file, 2));
	EXPECT_EQ(0, pga_unreserve(self->file, id));
	EXPECT_EQ(0, pga_unreserve(self->file, part.rest_id));
	EXPECT_EQ(2 * self->page, HELD(self->file));
}

TEST_F(quota, bulk_stops_at_it)
{
	struct pgarea_bulk_block blocks[PAGES + 4] = {};
	struct pgarea_alloc_bulk arg = {
		.size = 1,
		.blocks = PGA_ARRAY(blocks, PAGES + 4),
	};

	ASSERT_EQ(0, pga_alloc_bulk(self->file, &arg));
	EXPECT_EQ(PAGES, arg.done);
	EXPECT_EQ(EDQUOT, arg.error);
	EXPECT_EQ(PAGES, arg.blocks.count);
	EXPECT_EQ(0, blocks[PAGES].id);
	EXPECT_EQ(self->limit, HELD(self->file));
	arg.blocks = PGA_ARRAY(blocks, 1);
	EXPECT_EQ(-EDQUOT, pga_alloc_bulk(self->file, &arg));
}

TEST_F(quota, freeing_in_bulk_gives_back)
{
	struct pgarea_bulk_block blocks[PAGES];
	__u64 ids[PAGES];
	int i;

	ASSERT_EQ(PAGES, pga_bulk_in(self->file, self->area.id, 1, blocks,
				     PAGES));
	for (i = 0; i < PAGES; i++)
		ids[i] = blocks[i].id;
	ASSERT_EQ(PAGES, pga_free_ids(self->file, ids, PAGES));
	EXPECT_EQ(0, pga_wait_gone(self->file, 0, PGA_SETTLE_MS));
	EXPECT_EQ(0, HELD(self->file));
}

TEST_F(quota, trimming_gives_back)
{
	ASSERT_EQ(0, TAKE(self->file, PAGES));
	ASSERT_EQ(0, pga_trim(self->file, self->block.id, 5 * self->page));
	EXPECT_TRUE(comes_to_hold(self->file, 5 * self->page));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, PAGES - 4));
	EXPECT_EQ(0, TAKE(self->file, PAGES - 5));
}

TEST_F(quota, splitting_does_not)
{
	struct pgarea_bulk_block pieces[PAGES];
	int i;

	ASSERT_EQ(0, TAKE(self->file, PAGES));
	ASSERT_EQ(PAGES, pga_split(self->file, self->block.id, 0, self->page,
				   pieces, PAGES));
	EXPECT_EQ(self->limit, HELD(self->file));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, pga_free(self->file, pieces[i].id));
	EXPECT_TRUE(comes_to_hold(self->file, self->limit - 3 * self->page));
}

TEST_F(quota, what_failed_is_not_counted)
{
	struct pgarea_alloc *arg = mmap(NULL, self->page,
					PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 id;

	ASSERT_NE(MAP_FAILED, arg);
	ASSERT_EQ(0, pga_reserve_at(self->other, self->run.address, self->page,
				    &id));
	EXPECT_EQ(-EBUSY, pga_reserve_at(self->file, self->run.address,
					 self->limit, &id));
	self->block = (struct pgarea_alloc){
		.size = self->limit,
		.highest = self->limit - 1,
		.align = 1ULL << 40,
		.lowest = 1,
	};
	EXPECT_EQ(-ENOSPC, pga_alloc(self->file, &self->block));
	arg->size = self->limit;
	ASSERT_EQ(0, mprotect(arg, self->page, PROT_READ));
	EXPECT_EQ(-EFAULT, pga_alloc(self->file, arg));
	EXPECT_TRUE(comes_to_hold(self->file, 0));
	EXPECT_EQ(0, TAKE(self->file, PAGES));
}

TEST_F(quota, another_limit_while_it_runs)
{
	ASSERT_EQ(0, TAKE(self->file, PAGES));
	ASSERT_EQ(0, set_limit(self->limit + self->page));
	EXPECT_EQ(self->limit + self->page, pga_info(self->file).user_limit);
	EXPECT_EQ(0, TAKE(self->file, 1));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
}

/* The module does not revoke what a user holds. */
TEST_F(quota, a_limit_below_what_is_held)
{
	struct pgarea_alloc held;
	char *at;

	ASSERT_EQ(0, take(self->file, PAGES, &held));
	ASSERT_EQ(0, set_limit(self->page));
	EXPECT_EQ(self->limit, HELD(self->file));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	at = pga_map(self->file, &held);
	ASSERT_NE(MAP_FAILED, at);
	at[0] = 1;
	munmap(at, held.alloc_size);
	ASSERT_EQ(0, pga_free(self->file, held.id));
	EXPECT_EQ(0, pga_wait_gone(self->file, held.id, PGA_SETTLE_MS));
	EXPECT_EQ(0, TAKE(self->file, 1));
}

TEST_F(quota, no_limit)
{
	ASSERT_EQ(0, set_limit(0));
	EXPECT_EQ(0, pga_info(self->file).user_limit);
	EXPECT_EQ(0, TAKE(self->file, 2 * PAGES));
	EXPECT_EQ(2 * self->limit, HELD(self->file));
}

TEST_F(quota, the_parameter_takes_suffixes)
{
	ASSERT_EQ(0, pga_write_text(PARAMETER, "64K"));
	EXPECT_EQ(64ULL << 10, pga_info(self->file).user_limit);
	ASSERT_EQ(0, pga_write_text(PARAMETER, "3M\n"));
	EXPECT_EQ(3ULL << 20, pga_info(self->file).user_limit);
	ASSERT_EQ(0, pga_write_text(PARAMETER, "0x2G"));
	EXPECT_EQ(2ULL << 30, pga_info(self->file).user_limit);
}

TEST_F(quota, the_parameter_takes_nothing_else)
{
	static const char * const bad[] = {
		"lots", "-1", "1X", "1MM", "99999999999999999999", "M",
		"16777216T", "4K 8K",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, pga_write_text(PARAMETER, bad[i]))
			TH_LOG("\"%s\"", bad[i]);
		EXPECT_EQ(self->limit, pga_info(self->file).user_limit);
	}
}

/* A value that was read can be written back. */
TEST_F(quota, the_parameter_shows_what_it_is)
{
	char text[64];

	ASSERT_EQ(0, read_limit(text));
	ASSERT_EQ(0, set_limit(0));
	ASSERT_EQ(0, pga_write_text(PARAMETER, text));
	EXPECT_EQ(self->limit, pga_info(self->file).user_limit);
}

TEST_F(quota, the_capable_are_exempt_and_count)
{
	int exempt = pga_open_as(PGA_USER, PGA_CAP(CAP_SYS_RESOURCE),
				 PGA_DEVICE, O_RDWR);

	ASSERT_LE(0, exempt);
	EXPECT_EQ(0, TAKE(exempt, PAGES + 1));
	EXPECT_EQ(self->limit + self->page, HELD(self->file));
	EXPECT_EQ(-EDQUOT, TAKE(self->file, 1));
	EXPECT_EQ(0, TAKE(exempt, 1));
	close(exempt);
}

TEST_F(quota, root_is_exempt_and_counts)
{
	__u64 before = HELD(self->fd);
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	EXPECT_EQ(0, TAKE(fd, PAGES + 1));
	EXPECT_EQ(before + self->limit + self->page, HELD(self->fd));
	close(fd);
}

TEST_F(quota, another_capability_is_not_enough)
{
	int fd = pga_open_as(0, ~PGA_CAP(CAP_SYS_RESOURCE), PGA_DEVICE,
			     O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, set_limit(HELD(fd) + self->limit));
	EXPECT_EQ(-EDQUOT, TAKE(fd, PAGES + 1));
	EXPECT_EQ(0, TAKE(fd, PAGES));
	EXPECT_EQ(-EDQUOT, TAKE(fd, 1));
	close(fd);
}

/* As many pages as it can allocate, on a file of its own */
struct taker {
	pthread_t thread;
	int fd;
	int nr;
};

static void *take_all(void *data)
{
	struct taker *me = data;
	struct pgarea_alloc block;

	while (!take(me->fd, 1, &block))
		me->nr++;
	return NULL;
}

TEST_F(quota, many_at_once_get_no_more)
{
	struct taker takers[THREADS] = {};
	int i, nr = 0;

	ASSERT_EQ(0, set_limit(4 * self->limit));
	for (i = 0; i < THREADS; i++) {
		takers[i].fd = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
		ASSERT_LE(0, takers[i].fd);
	}
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&takers[i].thread, NULL, take_all,
					    &takers[i]));
	for (i = 0; i < THREADS; i++) {
		pthread_join(takers[i].thread, NULL);
		nr += takers[i].nr;
	}
	EXPECT_EQ(4 * PAGES, nr);
	EXPECT_EQ(4 * self->limit, HELD(self->file));
	for (i = 0; i < THREADS; i++)
		close(takers[i].fd);
}

TEST_HARNESS_MAIN
