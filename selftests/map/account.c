// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel counts and refuses because of what a mapping is made of, as
 * pgarea(4) and the header say: pages of a file to the counters of a process,
 * and of no file to a futex.
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "include/pga_rights.h"
#include "include/pga_state.h"

/* Much more than the counters lag behind */
#define PAGES	1024

FIXTURE(account)
{
	int fd;
	struct pgarea_alloc block;
	char *at;
};

FIXTURE_SETUP(account)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &area);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, area.id, &self->block));
	self->at = NULL;
}

FIXTURE_TEARDOWN(account)
{
	if (self->at)
		munmap(self->at, self->block.alloc_size);
	pga_free(self->fd, self->block.id);
	close(self->fd);
}

#define MAP_IT() do {							\
	self->at = pga_map(self->fd, &self->block);			\
	ASSERT_NE(MAP_FAILED, self->at);				\
} while (0)

/* Older kernels add what a thread has counted after some page faults of it. */
static void make_page_faults(void)
{
	size_t size = 256 * page_size(), i;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return;
	madvise(at, size, MADV_NOHUGEPAGE);
	for (i = 0; i < size; i += page_size())
		at[i] = 1;
	munmap(at, size);
}

/* A number of bytes in /proc/self/status; -1: there is none. */
static long long status_bytes(const char *key)
{
	size_t len = strlen(key);
	long long kib = -1;
	char line[256];
	FILE *file;

	make_page_faults();
	file = fopen("/proc/self/status", "re");
	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, len) && line[len] == ':')
			sscanf(line + len + 1, "%lld", &kib);
	if (file)
		fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

TEST_F(account, mapped_pages_count_as_file_pages)
{
	long long file = status_bytes("RssFile"), anon = status_bytes("RssAnon");
	long long most = self->block.alloc_size / 2;

	ASSERT_LE(0, file);
	MAP_IT();
	EXPECT_LT(most, status_bytes("RssFile") - file);
	EXPECT_GT(most, status_bytes("RssAnon") - anon);
	munmap(self->at, self->block.alloc_size);
	self->at = NULL;
	EXPECT_GT(most, status_bytes("RssFile") - file);
}

/* The advice: such a process is not the OOM killer's victim. */
TEST_F(account, a_low_adjustment_takes_the_process_out)
{
	char score[16] = "";
	int fd;

	PGA_ROOT_OR_SKIP();
	MAP_IT();
	ASSERT_EQ(0, pga_write_text("/proc/self/oom_score_adj", "-1000"));
	fd = open("/proc/self/oom_score", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_LT(0, read(fd, score, sizeof(score) - 1));
	close(fd);
	EXPECT_EQ(0, atoi(score));
	EXPECT_EQ(0, pga_write_text("/proc/self/oom_score_adj", "0"));
}

static int futex(void *at, int op, int value, const struct timespec *timeout)
{
	return syscall(SYS_futex, at, op, value, timeout, NULL, 0) < 0 ?
		-errno : 0;
}

TEST_F(account, a_futex_that_processes_share_is_refused)
{
	MAP_IT();
	EXPECT_EQ(-EFAULT, futex(self->at, FUTEX_WAIT, 0, NULL));
	EXPECT_EQ(-EFAULT, futex(self->at, FUTEX_WAKE, 1, NULL));
}

/* Wait until the word is not 0 any more. */
static void *wait_for_word(void *at)
{
	while (!atomic_load((atomic_int *)at))
		if (futex(at, FUTEX_WAIT_PRIVATE, 0, NULL) == -EFAULT)
			return NULL;
	return at;
}

TEST_F(account, a_futex_of_one_process_works)
{
	pthread_t thread;
	void *woken;

	MAP_IT();
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_word, self->at));
	pga_sleep_ms(10);
	atomic_store((atomic_int *)self->at, 1);
	EXPECT_EQ(0, futex(self->at, FUTEX_WAKE_PRIVATE, INT_MAX, NULL));
	ASSERT_EQ(0, pthread_join(thread, &woken));
	EXPECT_EQ(self->at, woken);
}

/* What to use instead between processes: a lock in other shared memory. */
TEST_F(account, a_lock_beside_the_block_works)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t *lock;
	volatile int *count;
	int i, status;
	pid_t pid;

	MAP_IT();
	count = (volatile int *)self->at;
	lock = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)lock);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	ASSERT_EQ(0, pthread_mutex_init(lock, &attr));
	pid = fork();
	ASSERT_LE(0, pid);
	for (i = 0; i < 10000; i++) {
		pthread_mutex_lock(lock);
		++*count;
		pthread_mutex_unlock(lock);
	}
	if (!pid)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(20000, *count);
	munmap(lock, page_size());
}

TEST_HARNESS_MAIN
