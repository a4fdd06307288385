// SPDX-License-Identifier: GPL-2.0
/*
 * VFIO as a holder: memory that was mapped for a device through an IOMMU is
 * pinned for as long as the device reaches it.
 *
 * PGAREA_NVME names a device that is bound to vfio-pci; any device works, since
 * the test does not use it.
 */
#include <sys/syscall.h>

#include "include/exhaust.h"
#include "pci.h"

#define PAGES		3
#define FREE_WITHIN_MS	1000

static const char *slot;

/* @fd owns the block, @watch observes it. */
FIXTURE(vfio)
{
	int fd;
	int watch;
	struct pgarea_area area;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	struct vfio vfio;
};

/* Only the device's mapping holds the block: its owner freed it. */
FIXTURE_SETUP(vfio)
{
	void *at;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_PICK_OR_SKIP(self->watch, PAGES, &self->area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vfio_open(&self->vfio, slot));
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, vfio_map(&self->vfio, at, self->block.phys,
			      self->block.alloc_size));
	ASSERT_EQ(0, munmap(at, self->block.alloc_size));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, close(self->fd));
}

FIXTURE_TEARDOWN(vfio)
{
	vfio_close(&self->vfio);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Milliseconds until the block is no longer listed. */
static __u64 ms_until_gone(int fd, const struct pgarea_alloc *block)
{
	__u64 begin = pga_now_ms();
	struct pgarea_block seen;

	while (pga_now_ms() < begin + PGA_SETTLE_MS &&
	       !pga_block_at(fd, PGAREA_BLOCKS_ALL, block->phys, &seen))
		pga_sleep_ms(10);
	return pga_now_ms() - begin;
}

static int unmap(const struct vfio *vfio, const struct pgarea_alloc *block)
{
	return vfio_unmap(vfio, block->phys, block->alloc_size);
}

TEST_F(vfio, what_a_device_reaches_drains)
{
	struct pgarea_block seen = {};
	struct pgarea_area now;

	pga_sleep_ms(FREE_WITHIN_MS);
	ASSERT_EQ(0, pga_block_at(self->watch, PGAREA_BLOCKS_ALL,
				  self->block.phys, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE, seen.holders);
	EXPECT_EQ(self->block.id, seen.id);
	EXPECT_EQ(self->block.alloc_size, seen.size);
	ASSERT_EQ(0, pga_area_by_id(self->watch, self->area.id, &now));
	EXPECT_EQ(self->area.draining + self->block.alloc_size, now.draining);
	EXPECT_EQ(self->area.free - self->block.alloc_size, now.free);
}

TEST_F(vfio, what_a_device_reaches_is_not_handed_out)
{
	struct pgarea_alloc again;
	struct pga_grabbed grabbed;

	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	EXPECT_LT(0, grabbed.nr);
	EXPECT_FALSE(pga_grabbed_has(&grabbed, self->block.phys,
				     self->block.alloc_size));
	EXPECT_EQ(-EBUSY, pga_alloc_at(grabbed.fd, self->block.phys,
				       page_size(), &again));
	pga_grabbed_free(&grabbed);
}

TEST_F(vfio, unmapped_it_is_free_soon)
{
	ASSERT_EQ(0, unmap(&self->vfio, &self->block));
	EXPECT_GT(FREE_WITHIN_MS, ms_until_gone(self->watch, &self->block));
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
}

TEST_F(vfio, with_the_container_it_is_free_soon)
{
	vfio_close(&self->vfio);
	EXPECT_GT(FREE_WITHIN_MS, ms_until_gone(self->watch, &self->block));
}

/* rmmod, which does not wait */
static int unload(void)
{
	return syscall(SYS_delete_module, "pgarea", O_NONBLOCK) ? -errno : 0;
}

/* /dev/pgarea is not open, and still the module cannot be unloaded. */
TEST_F(vfio, what_a_device_reaches_holds_the_module)
{
	int users = pga_module_users();

	if (users < 0)
		SKIP(return, "pgarea is not a module");
	if (users != 2)
		SKIP(return, "another process uses the module");
	ASSERT_EQ(0, close(self->watch));
	EXPECT_EQ(1, pga_module_users());
	EXPECT_EQ(-EAGAIN, unload());

	self->watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->watch);
	ASSERT_EQ(0, unmap(&self->vfio, &self->block));
	EXPECT_GT(FREE_WITHIN_MS, ms_until_gone(self->watch, &self->block));
	EXPECT_EQ(1, pga_module_users());
}

int main(int argc, char **argv)
{
	slot = getenv("PGAREA_NVME");
	if (pci_refusal_by_vfio(slot))
		ksft_exit_skip("%s\n", pci_refusal_by_vfio(slot));
	return pga_test_main(argc, argv);
}
