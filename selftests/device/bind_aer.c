// SPDX-License-Identifier: GPL-2.0
/*
 * BIND and a function that reports a fatal error: the kernel resets the link to it
 * (AER).  Whenever its owner dies meanwhile, the memory is free again only when
 * the bus mastering of the function is off.
 *
 * PGAREA_AER names a root port with a spare function behind it; both report errors.
 * The module aer_inject pretends that one has happened.
 */
#include "include/hold.h"
#include "bind.h"

#define INJECT	"/dev/aer_inject"

/* What aer_inject takes */
struct error {
	__u8 bus;
	__u8 device;
	__u8 function;
	__u32 uncorrectable;
	__u32 correctable;
	__u32 header[4];
	__u32 domain;
};

/* @fd owns BLOCKS blocks bound to the function in @slot. */
FIXTURE(aer)
{
	int fd;
	int watch;
	int log;
	bool bound;
	char slot[PCI_SLOT_SIZE];
	__u64 address;
	struct pga_snapshot before;
};

/* Milliseconds from the error to the death of the owner */
FIXTURE_VARIANT(aer)
{
	unsigned int ms;
};

FIXTURE_VARIANT_ADD(aer, at_once) { .ms = 0 };
FIXTURE_VARIANT_ADD(aer, in_the_reset) { .ms = 50 };
FIXTURE_VARIANT_ADD(aer, in_recovery) { .ms = 500 };
FIXTURE_VARIANT_ADD(aer, afterwards) { .ms = 5000 };

FIXTURE_SETUP(aer)
{
	const char *port = getenv("PGAREA_AER");

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	if (!port || !find_child(port, self->slot))
		SKIP(return, "PGAREA_AER names no port with a spare function");
	if (access(INJECT, W_OK))
		SKIP(return, "no errors can be injected (modprobe aer_inject)");
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_TRUE(make_master(self->slot, true));
	ASSERT_EQ(0, own_bound(self->fd, self->slot, BLOCKS, &self->address));
	self->bound = true;
}

FIXTURE_TEARDOWN(aer)
{
	if (self->bound) {
		EXPECT_TRUE(make_master(self->slot, false));
		close(self->log);
	}
	close(self->watch);
}

/* Report that the link to the function failed, which is fatal. */
static int inject(const char *slot)
{
	struct pgarea_bind at = {};
	struct error error = { .uncorrectable = PCI_ERR_UNC_DLP };
	int fd, err;

	if (!pci_address(slot, &at))
		return -EINVAL;
	error.domain = at.domain;
	error.bus = at.bus;
	error.device = at.device;
	error.function = at.function;
	fd = open(INJECT, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, &error, sizeof(error)) == sizeof(error) ? 0 : -errno;
	close(fd);
	return err;
}

/* The kernel has reset it, and found no driver that knows what to do then. */
static bool is_recovered(int log)
{
	const char *const texts[] = { "device recovery", NULL };

	return klog_count(log, texts);
}

TEST_F(aer, the_function_is_stopped)
{
	int log = klog_open();

	ASSERT_LE(0, log);
	ASSERT_EQ(0, inject(self->slot));
	pga_sleep_ms(variant->ms);
	close(self->fd);
	EXPECT_TRUE(EVENTUALLY(state_at(self->watch, self->address) == -1));
	EXPECT_FALSE(is_master(self->slot));
	EXPECT_TRUE(EVENTUALLY(is_recovered(log)));
	EXPECT_FALSE(is_master(self->slot));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(log);
}

TEST_HARNESS_MAIN
