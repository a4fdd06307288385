// SPDX-License-Identifier: GPL-2.0
/*
 * A page with a hardware error is in the way.  It stays bad, so a job runs this.
 */
#include <signal.h>

#include "probe.h"

/* The kernel tells the program that it injected the error. */
static void go_on(int sig)
{
	(void)sig;
}

FIXTURE(bad)
{
	int fd;
};

FIXTURE_SETUP(bad)
{
	PGA_ROOT_OR_SKIP();
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PROBE);
}

FIXTURE_TEARDOWN(bad)
{
	close(self->fd);
}

TEST_F(bad, a_bad_page_is_in_the_way)
{
	__u64 block = pageblock_size(self->fd), phys;
	char **pages = calloc(block / page_size(), sizeof(*pages));
	struct pgarea_obstacle entry;
	size_t size = 64 * MIB;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, at);
	madvise(at, size, MADV_NOHUGEPAGE);
	memset(at, 'x', size);
	phys = own_pageblock(at, size, block, pages);
	if (!phys)
		SKIP(return, "no pageblock is in one buffer alone");
	signal(SIGBUS, go_on);
	if (madvise(pages[7], page_size(), MADV_HWPOISON))
		SKIP(return, "MADV_HWPOISON: %s", strerror(errno));
	ASSERT_EQ(0, probe_at(self->fd, phys, &entry));
	EXPECT_EQ(PGAREA_OBSTACLE_POISONED, entry.kind);
	EXPECT_EQ(phys + 7 * page_size(), entry.page);
	EXPECT_EQ(0, entry.flags);
	EXPECT_TRUE(page_is(entry.page, KPF_HWPOISON));
}

TEST_HARNESS_MAIN
