// SPDX-License-Identifier: GPL-2.0
/*
 * BIND and all that writes to the command register of a function besides: a
 * reset, a resume, a removal, the loss of the link, and a device that does not do
 * what is written.  When the memory of a dead
 * owner is free again, the bus mastering of its function is off, and that of no
 * other function.
 *
 * PGAREA_NVME names a spare NVMe controller (nvme.c), which is reset, suspended
 * and removed here.  PGAREA_PORT names a root port with a spare function behind
 * it, which loses its link here.
 */
#include "include/hold.h"
#include "include/pga_lifetime.h"
#include "include/testmod.h"
#include "bind.h"

#define MANY_BLOCKS	512
#define MEETINGS	4	/* of two threads */

/* For the closing of a file whose function is gone: a second for all blocks */
#define CLOSE_MS	(1000 * pga_slow())

static bool says(const char *slot, const char *name, const char *text)
{
	char found[64];

	return pci_says(slot, name, found, sizeof(found)) &&
	       !strcmp(found, text);
}

/* @fd owns BLOCKS blocks bound to @slot, @watch observes them. */
FIXTURE(stop)
{
	int fd;
	int watch;
	int log;
	char slot[PCI_SLOT_SIZE];
	__u64 address;
	bool bound;
	struct pga_snapshot before;
};

/* The function that @names names, or the one behind it, and how it is reset */
FIXTURE_VARIANT(stop)
{
	const char *names;
	bool behind;
	const char *method;
};

FIXTURE_VARIANT_ADD(stop, flr)
{
	.names = "PGAREA_NVME",
	.method = "flr",
};

FIXTURE_VARIANT_ADD(stop, bus)
{
	.names = "PGAREA_PORT",
	.behind = true,
	.method = "bus",
};

static bool find_function(const struct _fixture_variant_stop *variant,
			  char slot[PCI_SLOT_SIZE])
{
	const char *named = getenv(variant->names);

	if (named && variant->behind)
		return find_child(named, slot);
	return named && snprintf(slot, PCI_SLOT_SIZE, "%s", named) > 0;
}

FIXTURE_SETUP(stop)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	if (!find_function(variant, self->slot))
		SKIP(return, "%s names no spare function", variant->names);
	if (pci_is_by_vfio(self->slot) || pci_refusal(self->slot))
		SKIP(return, "%s: a driver has it, or an IOMMU translates for it",
		     self->slot);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(pci_enable(self->slot, true));
	ASSERT_TRUE(make_master(self->slot, true));
	self->bound = true;
	ASSERT_EQ(0, own_bound(self->fd, self->slot, BLOCKS, &self->address));
}

FIXTURE_TEARDOWN(stop)
{
	if (self->bound) {
		EXPECT_TRUE(make_master(self->slot, false));
		if (pci_enablings(self->slot))
			pci_enable(self->slot, false);
		EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
		close(self->log);
	}
	close(self->watch);
}

/* What is at the address of the first block, or -1 when it is free */
static int state(struct _test_data_stop *self)
{
	return state_at(self->watch, self->address);
}

/*
 * A reset writes the command register back at its end: what it was before.  The
 * blocks are kept back until then, and the closing does not wait.
 */
TEST_F(stop, waits_for_the_end_of_a_reset)
{
	struct reset reset = { .run = reset_by_sysfs, .what = self->slot };
	int at_once;

	if (!says(self->slot, "reset_method", variant->method))
		SKIP(return, "%s is not reset by %s", self->slot, variant->method);
	ASSERT_TRUE(begin_reset(&reset));
	close(self->fd);
	at_once = state(self);
	EXPECT_TRUE(at_once == PGAREA_STATE_ORPHANED ||
		    is_over(&reset));
	EXPECT_TRUE(EVENTUALLY(state(self) == -1));
	EXPECT_FALSE(is_master(self->slot));
	pthread_join(reset.thread, NULL);
	EXPECT_TRUE(reset.ok);
	EXPECT_FALSE(is_master(self->slot));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	EXPECT_EQ(1, logged(self->log, self->slot, "cleared bus mastering"));
}

/* Root can end this as well, and answers for the device. */
TEST_F(stop, ends_early_when_root_says_so)
{
	struct pgarea_end_orphans all = { .flags = PGAREA_ORPHANS_ALL };
	struct reset reset = { .run = reset_by_sysfs, .what = self->slot };
	int ended;

	if (!says(self->slot, "reset_method", variant->method))
		SKIP(return, "%s is not reset by %s", self->slot, variant->method);
	ASSERT_TRUE(begin_reset(&reset));
	close(self->fd);
	ended = pga_end_orphans(self->watch, all);
	EXPECT_TRUE(ended == BLOCKS ||
		    is_over(&reset));
	EXPECT_TRUE(EVENTUALLY(state(self) == -1));
	pthread_join(reset.thread, NULL);
	EXPECT_TRUE(reset.ok);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

/* A resume writes the command register back: what it was before the suspend. */
TEST_F(stop, outlasts_a_suspend)
{
	ASSERT_TRUE(pci_tell(self->slot, "power/control", "auto"));
	if (!EVENTUALLY(says(self->slot, "power/runtime_status", "suspended"))) {
		pci_tell(self->slot, "power/control", "on");
		close(self->fd);
		SKIP(return, "%s does not suspend", self->slot);
	}
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	EXPECT_TRUE(EVENTUALLY(says(self->slot, "power/runtime_status",
				    "suspended")));
	EXPECT_TRUE(pci_tell(self->slot, "power/control", "on"));
	EXPECT_FALSE(is_master(self->slot));
	EXPECT_EQ(1, logged(self->log, self->slot, "cleared bus mastering"));
}

static bool is_there(const char *slot)
{
	return pci_look(slot, PCI_VENDOR_ID) != ~0U;
}

static bool find_again(const char *slot)
{
	int fd = open("/sys/bus/pci/rescan", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, "1", 1) == 1;

	close(fd);
	return ok && EVENTUALLY(is_there(slot));
}

/*
 * A removed function is stopped when it is removed.  What is at its address
 * later may be somebody else's, and works on.
 */
TEST_F(stop, does_not_touch_the_next_function_at_the_address)
{
	ASSERT_TRUE(pci_tell(self->slot, "remove", "1"));
	ASSERT_TRUE(EVENTUALLY(!is_there(self->slot)));
	ASSERT_TRUE(find_again(self->slot));
	EXPECT_FALSE(is_master(self->slot));
	EXPECT_EQ(1, logged(self->log, self->slot, "cleared bus mastering"));
	ASSERT_TRUE(make_master(self->slot, true));
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	EXPECT_TRUE(is_master(self->slot));
	EXPECT_EQ(0, logged(self->log, self->slot, ""));
}

/* Where nothing is in its way, the next user of the device finds it done. */
TEST_F(stop, is_done_when_the_file_is_closed)
{
	close(self->fd);
	EXPECT_FALSE(is_master(self->slot));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	EXPECT_EQ(1, logged(self->log, self->slot, ""));
}

/* Give the function faults, PGT_CONFIG_*; 0: none any more. */
static int set_faults(int test, const char *slot, __u32 faults)
{
	struct pgarea_bind at = {};
	struct pgt_config arg = { .faults = faults };

	if (!pci_address(slot, &at))
		return -EINVAL;
	arg.domain = at.domain;
	arg.bus = at.bus;
	arg.devfn = at.device << 3 | at.function;
	return pga_ioctl(test, PGT_IOC_CONFIG, &arg);
}

/*
 * Where bus mastering cannot be cleared, time is all that is left: the blocks stay
 * in quarantine, here for longer than the test.
 */
TEST_F(stop, quarantines_what_cannot_be_stopped)
{
	struct pgarea_end_orphans all = { .flags = PGAREA_ORPHANS_ALL };
	int test;

	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, set_faults(test, self->slot, PGT_CONFIG_STUCK));
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, state(self));
	EXPECT_TRUE(EVENTUALLY(logged(self->log, self->slot,
				      "cannot clear bus mastering") == 1));
	EXPECT_TRUE(is_master(self->slot));
	EXPECT_EQ(PGAREA_STATE_ORPHANED, state(self));
	EXPECT_EQ(BLOCKS, pga_end_orphans(self->watch, all));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	EXPECT_EQ(0, logged(self->log, self->slot, ""));
	ASSERT_EQ(0, set_faults(test, self->slot, 0));
	close(test);
}

/*
 * The worker puts one block after the other into quarantine.  END_ORPHANS meets
 * it in between, at another block each time, and ends the quarantine of all.
 */
TEST_F(stop, ends_a_quarantine_that_begins)
{
	struct pgarea_end_orphans all = { .flags = PGAREA_ORPHANS_ALL };
	__u64 first;
	int test, round;

	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, set_faults(test, self->slot, PGT_CONFIG_STUCK));
	for (round = 0; round < MEETINGS; round++) {
		ASSERT_EQ(0, own_bound(self->fd, self->slot, MANY_BLOCKS,
				       &first));
		close(self->fd);
		EXPECT_TRUE(EVENTUALLY(logged(self->log, self->slot,
					      "cannot clear bus mastering")));
		EXPECT_LE(MANY_BLOCKS, pga_end_orphans(self->watch, all));
		ASSERT_TRUE(pga_returns_to(self->watch, &self->before));
		self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, self->fd);
	}
	close(self->fd);
	ASSERT_EQ(0, set_faults(test, self->slot, 0));
	close(test);
}

/* A register that obeys after a while is as good as one that obeys at once. */
TEST_F(stop, tries_again_before_it_gives_up)
{
	int test, given_up;

	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, set_faults(test, self->slot, PGT_CONFIG_STUCK));
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, state(self));
	ASSERT_EQ(0, set_faults(test, self->slot, 0));
	close(test);
	given_up = logged(self->log, self->slot, "cannot clear bus mastering");
	if (given_up) {
		struct pgarea_end_orphans all = { .flags = PGAREA_ORPHANS_ALL };

		pga_end_orphans(self->watch, all);
		SKIP(return, "this test took longer than the module waits");
	}
	EXPECT_TRUE(EVENTUALLY(state(self) == -1));
	EXPECT_FALSE(is_master(self->slot));
}

/*
 * What a function has requested may still be on its way.  After a second it counts
 * as stopped, because it sends no more.
 */
TEST_F(stop, waits_for_pending_transactions)
{
	int test, err;

	PGT_OPEN_OR_SKIP(test);
	err = set_faults(test, self->slot, PGT_CONFIG_PENDING);
	if (err == -EOPNOTSUPP) {
		close(self->fd);
		SKIP(return, "%s does not tell what is pending", self->slot);
	}
	ASSERT_EQ(0, err);
	close(self->fd);
	EXPECT_EQ(PGAREA_STATE_ORPHANED, state(self));
	EXPECT_FALSE(is_master(self->slot));
	EXPECT_TRUE(EVENTUALLY(logged(self->log, self->slot,
				      "transactions are still pending") == 1));
	EXPECT_TRUE(EVENTUALLY(state(self) == -1));
	close(test);
}

/* @child is the function behind @port, whose bus numbers are @buses. */
FIXTURE(lost)
{
	int fd;
	int watch;
	int log;
	const char *port;
	char child[PCI_SLOT_SIZE];
	__u16 buses;
	__u64 address;
	struct pga_snapshot before;
};

/* Buses that the port passes requests on to; 0: none. */
static bool set_buses(const char *port, __u16 buses)
{
	int fd = pci_sysfs(port, "config", O_RDWR);
	bool ok = pwrite(fd, &buses, sizeof(buses), PCI_SECONDARY_BUS) ==
		  sizeof(buses);

	close(fd);
	return ok;
}

FIXTURE_SETUP(lost)
{
	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	self->port = getenv("PGAREA_PORT");
	if (!self->port || !find_child(self->port, self->child))
		SKIP(return, "PGAREA_PORT names no port with a spare function");
	if (pci_refusal(self->child))
		SKIP(return, "%s: %s", self->child, pci_refusal(self->child));
	self->buses = pci_look(self->port, PCI_PRIMARY_BUS) >> 8;
	ASSERT_NE(0, self->buses);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(make_master(self->child, true));
	ASSERT_EQ(0, own_bound(self->fd, self->child, BLOCKS, &self->address));
}

FIXTURE_TEARDOWN(lost)
{
	if (self->buses) {
		EXPECT_TRUE(set_buses(self->port, self->buses));
		EXPECT_TRUE(make_master(self->child, false));
		EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
		close(self->log);
	}
	close(self->watch);
}

/* Once for all blocks, at once, and with one line that is true. */
TEST_F(lost, releases_all_at_once)
{
	const char *const about_it[] = { self->child, "pgarea: ", NULL };
	__u64 begin, ms;
	int log = klog_open();

	ASSERT_TRUE(set_buses(self->port, 0));
	ASSERT_EQ(0xffff, command_of(self->child));
	begin = pga_now_ms();
	close(self->fd);
	ms = pga_now_ms() - begin;
	TH_LOG("closed in %llu ms", (unsigned long long)ms);
	EXPECT_GT(CLOSE_MS, ms);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	EXPECT_EQ(1, logged(self->log, self->child, "does not answer"));
	EXPECT_EQ(1, klog_count(log, about_it));
	close(log);
}

TEST_HARNESS_MAIN
