// SPDX-License-Identifier: GPL-2.0
/*
 * BIND and a function that VFIO drives.  VFIO enables the bus mastering for its
 * user, resets the function when it is opened, closed and told to, and writes the
 * command register back each time.  When the memory of a dead owner is free again,
 * the bus mastering is off, whoever was first.
 *
 * PGAREA_NVME names a spare device that is bound to vfio-pci and is reset by FLR.
 */
#include "include/hold.h"
#include "bind.h"

static const char *slot;

/* @fd owns BLOCKS blocks bound to the function that @vfio drives. */
FIXTURE(vfio_drives)
{
	int fd;
	int watch;
	__u64 address;
	struct vfio vfio;
	struct pga_snapshot before;
};

/* What VFIO's user does to be a bus master */
static int master_by_vfio(const struct vfio *vfio)
{
	__u16 command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
			PCI_COMMAND_INTX_DISABLE;
	__u64 config = 0, size = 0;
	int err = vfio_region(vfio, VFIO_PCI_CONFIG_REGION_INDEX, &config,
			      &size);

	if (err)
		return err;
	return pwrite(vfio->device, &command, sizeof(command),
		      config + PCI_COMMAND) == sizeof(command) ? 0 : -errno;
}

FIXTURE_SETUP(vfio_drives)
{
	PGA_OPEN_OR_SKIP(self->watch);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vfio_open(&self->vfio, slot));
	ASSERT_EQ(0, master_by_vfio(&self->vfio));
	ASSERT_TRUE(is_master(slot));
	ASSERT_EQ(0, own_bound(self->fd, slot, BLOCKS, &self->address));
}

FIXTURE_TEARDOWN(vfio_drives)
{
	vfio_close(&self->vfio);
	EXPECT_FALSE(is_master(slot));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Nothing is in its way: VFIO's user drives the device on, and finds it stopped. */
TEST_F(vfio_drives, the_owner_dies_first)
{
	close(self->fd);
	EXPECT_FALSE(is_master(slot));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

/* VFIO's last user has left it: it may be suspended when the owner dies. */
TEST_F(vfio_drives, vfio_closes_first)
{
	vfio_close(&self->vfio);
	close(self->fd);
	EXPECT_TRUE(EVENTUALLY(state_at(self->watch, self->address) == -1));
	EXPECT_FALSE(is_master(slot));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

static bool reset_by_vfio(void *what)
{
	struct vfio *vfio = what;

	return !ioctl(vfio->device, VFIO_DEVICE_RESET);
}

/* To open and to close it resets the function, too. */
static bool reopen_vfio(void *what)
{
	struct vfio *vfio = what;

	vfio_close(vfio);
	return !vfio_open(vfio, slot);
}

/* The blocks are kept back until VFIO has written the register. */
static void dies_meanwhile(struct __test_metadata *_metadata,
			   struct _test_data_vfio_drives *self,
			   bool (*reset_function)(void *what))
{
	struct reset reset = { .run = reset_function, .what = &self->vfio };
	int at_once;

	ASSERT_TRUE(begin_reset(&reset));
	close(self->fd);
	at_once = state_at(self->watch, self->address);
	EXPECT_TRUE(at_once == PGAREA_STATE_ORPHANED || is_over(&reset));
	EXPECT_TRUE(EVENTUALLY(state_at(self->watch, self->address) == -1));
	EXPECT_FALSE(is_master(slot));
	pthread_join(reset.thread, NULL);
	EXPECT_TRUE(reset.ok);
	EXPECT_FALSE(is_master(slot));
}

TEST_F(vfio_drives, the_owner_dies_in_a_reset)
{
	dies_meanwhile(_metadata, self, reset_by_vfio);
}

TEST_F(vfio_drives, the_owner_dies_while_it_is_closed)
{
	dies_meanwhile(_metadata, self, reopen_vfio);
}

int main(int argc, char **argv)
{
	slot = getenv("PGAREA_NVME");
	if (pci_refusal_by_vfio(slot))
		ksft_exit_skip("%s\n", pci_refusal_by_vfio(slot));
	return pga_test_main(argc, argv);
}
