// SPDX-License-Identifier: GPL-2.0
/*
 * The thread that looks at mapped and draining blocks in the background rests
 * between two looks, and sleeps while there is nothing to look at.
 */
#include <dirent.h>

#include "include/hold.h"
#include "include/pga_lifetime.h"

#define THREAD		"pgarea"

/* Several looks at a mapped block, which are most of a second apart */
#define PERIOD_MS	4000

/* Far more often than looks, and a wakeup by who maps or frees, are in the period */
#define MOST_SWITCHES	40

FIXTURE(background)
{
	int fd;
	int thread;
	struct pgarea_area area;
	struct pga_snapshot before;
};

/* The number of the module's thread; 0: none was found. */
static int find_thread(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[300], name[32];
	int found = 0;
	FILE *file;

	while (dir && !found && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%31s", name) == 1 && !strcmp(name, THREAD))
			found = atoi(entry->d_name);
		fclose(file);
		/* A program of that name has a command line. */
		snprintf(path, sizeof(path), "/proc/%s/exe", entry->d_name);
		if (found && readlink(path, name, sizeof(name)) > 0)
			found = 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

FIXTURE_SETUP(background)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->fd, 1, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->thread = find_thread();
	if (!self->thread)
		SKIP(return, "no thread is named " THREAD);
}

FIXTURE_TEARDOWN(background)
{
	close(self->fd);
}

/* How often the thread has given up a processor; -1: it is not there. */
static long switches(int thread)
{
	char path[64], line[128];
	long count, sum = 0;
	int found = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", thread);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "voluntary_ctxt_switches: %ld", &count) != 1 &&
		    sscanf(line, "nonvoluntary_ctxt_switches: %ld", &count) != 1)
			continue;
		sum += count;
		found++;
	}
	if (file)
		fclose(file);
	return found == 2 ? sum : -1;
}

static long switches_in_a_period(int thread)
{
	long before = switches(thread);

	pga_sleep_ms(PERIOD_MS);
	return before < 0 ? -1 : switches(thread) - before;
}

/* The time in which the thread has run, in milliseconds */
static long run_time_ms(int thread)
{
	unsigned long user = 0, system = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", thread);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			    &user, &system) != 2)
		system = 0;
	if (file)
		fclose(file);
	return (user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

TEST_F(background, rests_between_looks_at_a_mapped_block)
{
	struct pgarea_alloc block = { .size = page_size() };
	long count, ran;
	char *at;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	*at = 1;
	ran = run_time_ms(self->thread);
	count = switches_in_a_period(self->thread);
	ran = run_time_ms(self->thread) - ran;
	TH_LOG("%ld switches, ran for %ld ms", count, ran);
	EXPECT_LT(0, count);
	EXPECT_GT(MOST_SWITCHES, count);
	EXPECT_GT(PERIOD_MS / 4, ran);
	munmap(at, page_size());
}

/* The looks that were due when the last mapping ended are soon over. */
TEST_F(background, sleeps_while_there_is_nothing)
{
	struct pgarea_alloc block = { .size = page_size() };
	__u64 end = pga_now_ms() + 10 * PERIOD_MS * pga_slow();
	long count;
	char *at;

	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	*at = 1;
	munmap(at, page_size());
	ASSERT_EQ(0, pga_free(self->fd, block.id));
	ASSERT_TRUE(pga_returns_to(self->fd, &self->before));
	do {
		count = switches_in_a_period(self->thread);
	} while (count > 0 && pga_now_ms() < end);
	EXPECT_EQ(0, count);
}

TEST_HARNESS_MAIN
