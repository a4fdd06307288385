// SPDX-License-Identifier: GPL-2.0
/*
 * BIND: which function writes to a block, and whose bus mastering ends when the
 * block's owner exits.
 *
 * orphan_dma.c tests this with a transfer in progress.  The function is that of
 * QEMU's "edu" device.
 */
#include "edu.h"
#include "include/hold.h"

#define PAGES	4
#define FOREVER_MS	600000
#define BASE_CLASS_BRIDGE	6

/* @fd owns, @watch observes it. */
FIXTURE(bind)
{
	int fd;
	int watch;
	bool open;
	struct pci edu;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	struct pgarea_bind arg;
};

FIXTURE_SETUP(bind)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->watch, PAGES, &area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	EDU_OPEN_OR_SKIP(&self->edu);
	self->open = true;
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block = (struct pgarea_alloc){
		.size = PAGES * page_size(),
		.orphan_ms = FOREVER_MS,
	};
	ASSERT_EQ(0, pga_alloc_in(self->fd, area.id, &self->block));
	self->arg.id = self->block.id;
	ASSERT_TRUE(pci_address(self->edu.slot, &self->arg));
	ASSERT_TRUE(pci_is_bus_master(&self->edu));
}

FIXTURE_TEARDOWN(bind)
{
	if (self->open)
		pci_close(&self->edu);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* Is it bound to the test's function?  -1: to something else. */
static int is_bound(struct _test_data_bind *self, __u64 address)
{
	struct pgarea_block seen = {};

	if (pga_block_at(self->fd, 0, address, &seen))
		return -1;
	if (!seen.bound_to_pci)
		return 0;
	return seen.pci_domain == self->arg.domain &&
	       seen.pci_bus == self->arg.bus &&
	       seen.pci_device == self->arg.device &&
	       seen.pci_function == self->arg.function ? 1 : -1;
}

/* The file is closed: is the function still a bus master, and the block gone? */
#define EXPECT_CLOSE_STOPS(_stops) do {					\
	close(self->fd);						\
	EXPECT_EQ(!(_stops), pci_is_bus_master(&self->edu));		\
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));	\
} while (0)

TEST_F(bind, is_listed)
{
	EXPECT_EQ(0, is_bound(self, self->block.phys));
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	EXPECT_EQ(1, is_bound(self, self->block.phys));
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
	EXPECT_CLOSE_STOPS(true);
}

TEST_F(bind, of_a_reservation)
{
	struct pgarea_reserve hold = {
		.address = self->block.phys,
		.size = page_size(),
		.orphan_ms = FOREVER_MS,
	};

	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_reserve(self->fd, &hold));
	self->arg.id = hold.id;
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	EXPECT_EQ(1, is_bound(self, hold.address));
	EXPECT_CLOSE_STOPS(true);
}

TEST_F(bind, ends_the_bus_mastering_of_a_killed_owners_device)
{
	struct pga_child child;

	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_TRUE(pga_child_start(&child, NULL, NULL, NULL));
	close(self->fd);
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
	EXPECT_TRUE(pga_child_kill(&child));
	EXPECT_FALSE(pci_is_bus_master(&self->edu));
}

/* FREE means that no transfer is in progress. */
TEST_F(bind, does_nothing_to_the_device_of_what_is_freed)
{
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
	EXPECT_CLOSE_STOPS(false);
}

/* Not even while it drains, when the file is closed. */
TEST_F(bind, does_nothing_to_the_device_of_what_drains)
{
	char *at = pga_map(self->fd, &self->block);
	int pipe;

	ASSERT_NE(MAP_FAILED, at);
	pipe = pga_pipe_of(at, page_size());
	ASSERT_LE(0, pipe);
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	munmap(at, self->block.alloc_size);
	close(self->fd);
	EXPECT_TRUE(pga_is_held(self->watch, self->block.phys,
				PGAREA_STATE_DRAINING,
				PGAREA_HOLDER_REFERENCE));
	close(pipe);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
}

TEST_F(bind, is_undone_by_bind_none)
{
	struct pgarea_bind none = {
		.id = self->block.id,
		.flags = PGAREA_BIND_NONE,
	};

	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_EQ(0, pga_bind(self->fd, &none));
	EXPECT_EQ(0, is_bound(self, self->block.phys));
	EXPECT_EQ(0, pga_bind(self->fd, &none));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	self->block.orphan_ms = PGAREA_ORPHAN_NONE;
	ASSERT_EQ(0, pga_alloc(self->fd, &self->block));
	self->arg.id = self->block.id;
	none.id = self->block.id;
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_EQ(0, pga_bind(self->fd, &none));
	EXPECT_CLOSE_STOPS(false);
}

/* The second binding counts: another device, if there is one. */
TEST_F(bind, is_replaced_by_the_next)
{
	char slots[2][PCI_SLOT_SIZE];
	struct pci other;
	int i;

	if (edu_find(slots, 2) < 2)
		SKIP(return, "there is no second edu device");
	i = strcmp(slots[0], self->edu.slot) ? 0 : 1;
	ASSERT_EQ(0, edu_open(&other, slots[i]));
	ASSERT_TRUE(pci_is_bus_master(&other));
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_TRUE(pci_address(other.slot, &self->arg));
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	EXPECT_EQ(1, is_bound(self, self->block.phys));
	EXPECT_CLOSE_STOPS(false);
	EXPECT_FALSE(pci_is_bus_master(&other));
	pci_close(&other);
}

TEST_F(bind, goes_on_for_each_piece)
{
	struct pgarea_bulk_block pieces[PAGES];
	int i;

	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_EQ(PAGES, pga_split(self->fd, self->block.id, 0, page_size(),
				   pieces, PAGES));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(1, is_bound(self, pieces[i].phys));
	for (i = 0; i < PAGES - 1; i++)
		ASSERT_EQ(0, pga_free(self->fd, pieces[i].id));
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
	EXPECT_CLOSE_STOPS(true);
}

TEST_F(bind, goes_on_for_what_a_trim_leaves)
{
	ASSERT_EQ(0, pga_bind(self->fd, &self->arg));
	ASSERT_EQ(0, pga_trim(self->fd, self->block.id, page_size()));
	EXPECT_EQ(1, is_bound(self, self->block.phys));
	EXPECT_TRUE(pci_is_bus_master(&self->edu));
	EXPECT_CLOSE_STOPS(true);
}

/* Refused, and nothing changes. */
#define EXPECT_REFUSAL(_err, ...) do {					\
	struct pgarea_bind _arg = self->arg;				\
									\
	EXPECT_EQ(_err, pga_bind(self->fd, ((void)(__VA_ARGS__),	\
					    &_arg)));			\
	EXPECT_EQ(0, is_bound(self, self->block.phys));			\
} while (0)

TEST_F(bind, bad_addresses)
{
	EXPECT_REFUSAL(-EINVAL, _arg.device = 32);
	EXPECT_REFUSAL(-EINVAL, _arg.device = 255);
	EXPECT_REFUSAL(-EINVAL, _arg.function = 8);
	EXPECT_REFUSAL(-EINVAL, _arg.function = 255);
	EXPECT_REFUSAL(-EINVAL, _arg.__reserved = 1);
	EXPECT_REFUSAL(-ENODEV, _arg.function = 7);
	EXPECT_REFUSAL(-ENODEV, _arg.bus = 255);
	EXPECT_REFUSAL(-ENODEV, _arg.domain = 0xffff);
	EXPECT_REFUSAL(-ENODEV, _arg.domain = ~0U);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
}

static bool is_bridge(const char *slot)
{
	return (pci_look(slot, PCI_CACHE_LINE_SIZE) >> 16 & 0x7f) !=
	       PCI_HEADER_TYPE_NORMAL ||
	       pci_look(slot, PCI_CLASS_REVISION) >> 24 == BASE_CLASS_BRIDGE;
}

/* The bus mastering of a bridge is that of everything behind it. */
TEST_F(bind, bridges)
{
	struct pgarea_bind address = {};
	struct dirent *entry;
	DIR *dir = opendir(PCI_SYSFS);
	int nr = 0;

	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || !is_bridge(entry->d_name))
			continue;
		ASSERT_TRUE(pci_address(entry->d_name, &address));
		TH_LOG("%s", entry->d_name);
		address.id = self->block.id;
		EXPECT_REFUSAL(-EINVAL, _arg = address);
		nr++;
	}
	closedir(dir);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
	EXPECT_LT(0, nr);
}

TEST_F(bind, bad_flags)
{
	EXPECT_REFUSAL(-EOPNOTSUPP, _arg.flags = PGAREA_BIND_NONE << 1);
	EXPECT_REFUSAL(-EOPNOTSUPP, _arg.flags = 1ULL << 63);
	EXPECT_REFUSAL(-EINVAL, _arg.flags = PGAREA_BIND_NONE);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
}

TEST_F(bind, of_what_is_not_there)
{
	EXPECT_REFUSAL(-ENOENT, _arg.id = 0);
	EXPECT_REFUSAL(-ENOENT, _arg.id = ~0ULL);
	EXPECT_EQ(-ENOENT, pga_bind(self->watch, &self->arg));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ENOENT, pga_bind(self->fd, &self->arg));
	close(self->fd);
}

TEST_F(bind, without_write_access)
{
	int fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, pga_bind(fd, &self->arg));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
}

/* The opener's capability counts; a child needs none. */
static bool is_refused_without_capability(void *arg)
{
	struct pgarea_bind bind = *(struct pgarea_bind *)arg;
	struct pgarea_bind none = { .flags = PGAREA_BIND_NONE };
	struct pgarea_alloc block = { .size = 1 };
	int fd;

	fd = pga_open_as(0, ~PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE, O_RDWR);
	if (pga_alloc(fd, &block))
		return false;
	bind.id = block.id;
	none.id = block.id;
	return pga_bind(fd, &bind) == -EPERM &&
	       pga_bind(fd, &none) == -EPERM && !pga_free(fd, block.id);
}

TEST_F(bind, without_the_capability)
{
	struct pga_child child;

	ASSERT_TRUE(pga_child_start(&child, is_refused_without_capability,
				    NULL, &self->arg));
	EXPECT_TRUE(pga_child_end(&child));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
}

TEST_HARNESS_MAIN
