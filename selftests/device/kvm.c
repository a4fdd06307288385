// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine whose memory is a block: the owner sees what the guest
 * computes, and the guest keeps the freed block while it is mapped.
 *
 * A machine inside an emulated one may hang, so no test waits longer than its
 * timeout: a machine that hangs is killed and the test fails.
 */
#include <pthread.h>

#include "kvm.h"
#include "include/hold.h"

#define PAGES		4
#define GUEST_SECONDS	40

FIXTURE(kvm)
{
	int fd;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	char *at;
	struct guest guest;
	pthread_t thread;
	int exit;	/* reason, or -errno */
};

FIXTURE_SETUP(kvm)
{
	int err;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
	err = guest_open(&self->guest, self->at, self->block.alloc_size);
	if (err == -ENOENT || err == -ENODEV || err == -EACCES)
		SKIP(return, "/dev/kvm: %s", strerror(-err));
	ASSERT_EQ(0, err);
}

FIXTURE_TEARDOWN(kvm)
{
	close(self->fd);
}

static void *run_guest(void *arg)
{
	struct _test_data_kvm *self = arg;

	self->exit = guest_run(&self->guest);
	return NULL;
}

/* Run it in parallel, and wait until it has begun to count. */
static bool starts_counting(struct _test_data_kvm *self)
{
	int ms;

	if (pthread_create(&self->thread, NULL, run_guest, self))
		return false;
	for (ms = 0; ms < 20000 && !guest_count(self->at); ms++)
		pga_sleep_ms(1);
	return guest_count(self->at);
}

/* Does it continue to count? */
static bool goes_on_counting(const char *memory)
{
	__u32 count = guest_count(memory);
	int ms;

	for (ms = 0; ms < 5000 && guest_count(memory) == count; ms++)
		pga_sleep_ms(1);
	return guest_count(memory) != count;
}

TEST_F_TIMEOUT(kvm, a_guest_computes_in_a_block, GUEST_SECONDS)
{
	guest_stop(self->at);
	EXPECT_EQ(KVM_EXIT_HLT, guest_run(&self->guest));
	EXPECT_EQ(GUEST_SUM_VALUE, guest_sum(self->at));
	EXPECT_EQ(1, guest_count(self->at));
	EXPECT_EQ(self->block.phys, phys_of(self->at));
	guest_close(&self->guest);
}

TEST_F_TIMEOUT(kvm, a_running_guest_keeps_what_was_freed, GUEST_SECONDS)
{
	struct pgarea_alloc again;
	struct pga_grabbed grabbed;

	ASSERT_TRUE(starts_counting(self));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pga_is_held(self->fd, self->block.phys,
				PGAREA_STATE_DRAINING, PGAREA_HOLDER_MAPPING));
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, self->block.id, 0));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_LT(0, grabbed.nr);
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys,
				     self->block.alloc_size));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	EXPECT_TRUE(goes_on_counting(self->at));

	guest_stop(self->at);
	pthread_join(self->thread, NULL);
	EXPECT_EQ(KVM_EXIT_HLT, self->exit);
	EXPECT_EQ(GUEST_SUM_VALUE, guest_sum(self->at));
	EXPECT_TRUE(pga_grabbed_keeps(&grabbed, 0xff));
	guest_close(&self->guest);
	EXPECT_TRUE(pga_is_held(self->fd, self->block.phys,
				PGAREA_STATE_DRAINING, PGAREA_HOLDER_MAPPING));
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
	EXPECT_EQ(0, pga_wait_exact(grabbed.fd, self->block.phys,
				    self->block.alloc_size, &again));
	pga_free(grabbed.fd, again.id);
	pga_grabbed_free(&grabbed);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/*
 * KVM holds no page, but follows the mapping: without it the machine still
 * exists and has lost the memory.
 */
TEST_F_TIMEOUT(kvm, a_guest_does_not_outlive_the_mapping, GUEST_SECONDS)
{
	struct pga_grabbed grabbed;

	ASSERT_TRUE(starts_counting(self));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_TRUE(pga_grabbed_has(&grabbed, self->block.phys,
				    self->block.alloc_size));
	EXPECT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	pthread_join(self->thread, NULL);
	TH_LOG("the processor ended with %d", self->exit);
	EXPECT_NE(KVM_EXIT_HLT, self->exit);
	EXPECT_NE(KVM_EXIT_HLT, guest_run(&self->guest));
	EXPECT_TRUE(pga_grabbed_keeps(&grabbed, 0xff));
	pga_grabbed_free(&grabbed);
	guest_close(&self->guest);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_HARNESS_MAIN
