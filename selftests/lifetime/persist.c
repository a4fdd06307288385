// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent blocks and reservations: who may create them, which names are
 * valid, that they stay until they are removed, and that nothing stays
 * afterwards.
 *
 * cdev.c tests their nodes.
 */
#include "include/exhaust.h"
#include "include/pga_lifetime.h"
#include "include/pga_rights.h"

#define PAGES	4

/* More persistent blocks than nodes are available */
#define TOO_MANY	2000
#define FEW		100

/* @fd owns nothing: it creates, removes, and observes. */
FIXTURE(persist)
{
	int fd;
	struct pgarea_area area;
	struct pgarea_range run;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	struct pgarea_alloc block;
};

FIXTURE_SETUP(persist)
{
	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	PGA_PICK_OR_SKIP(self->fd, 64, &self->area);
	ASSERT_EQ(0, pga_longest_free(self->fd, self->area.id, &self->run));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	self->block.size = PAGES * page_size();
}

FIXTURE_TEARDOWN(persist)
{
	pga_remove(self->fd, self->name, NULL);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_FALSE(pga_node_exists(self->name));
	close(self->fd);
}

#define PERSIST(_fd) \
	pga_persist(_fd, self->area.id, self->name, &self->block)

#define PERSIST_AT(_fd, _address, _arg) \
	pga_persist_at(_fd, _address, page_size(), self->name, _arg)

/* The state of the page at @address. */
static int state_at(int fd, __u32 area, __u64 address)
{
	struct pgarea_range range;

	return pga_range_at(fd, area, address, &range) ?: (int)range.state;
}

TEST_F(persist, a_block_outlives_its_file)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, PERSIST(fd));
	EXPECT_NE(0, self->block.id);
	EXPECT_EQ(PAGES * page_size(), self->block.alloc_size);
	close(fd);
	pga_sleep_ms(2 * pga_info(self->fd).orphan_ms + 50);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED,
		  state_at(self->fd, self->area.id, self->block.phys));
	EXPECT_TRUE(pga_node_exists(self->name));
}

TEST_F(persist, a_reservation_outlives_its_file)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_reserve arg;

	ASSERT_EQ(0, PERSIST_AT(fd, self->run.address, &arg));
	EXPECT_NE(0, arg.id);
	close(fd);
	pga_sleep_ms(2 * pga_info(self->fd).orphan_ms + 50);
	EXPECT_EQ(PGAREA_STATE_RESERVED,
		  state_at(self->fd, self->area.id, self->run.address));
	EXPECT_TRUE(pga_node_exists(self->name));
}

TEST_F(persist, a_block_is_listed_for_those_who_see_all)
{
	struct pgarea_block seen;

	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(-ENOENT, pga_block_of(self->fd, 0, self->block.id, &seen));
	ASSERT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, self->block.id,
				  &seen));
	EXPECT_EQ(1, seen.persistent);
	EXPECT_EQ(PGAREA_KIND_BLOCK, seen.kind);
	EXPECT_EQ(PGAREA_STATE_ALLOCATED, seen.state);
	EXPECT_EQ(self->block.phys, seen.address);
	EXPECT_EQ(self->block.alloc_size, seen.size);
	EXPECT_EQ(self->block.mmap_offset, seen.mmap_offset);
	EXPECT_EQ(PGAREA_ALLOC_PERSISTENT, seen.flags);
	EXPECT_EQ(0, seen.uid);
	EXPECT_EQ(0, seen.orphan_ms);
	EXPECT_EQ(0, seen.bound_to_pci);
	EXPECT_EQ(0, seen.holders);
	EXPECT_STREQ(self->name, (char *)seen.name);
}

TEST_F(persist, a_reservation_is_listed_for_those_who_see_all)
{
	struct pgarea_reserve arg;
	struct pgarea_block seen;

	ASSERT_EQ(0, PERSIST_AT(self->fd, self->run.address, &arg));
	EXPECT_EQ(-ENOENT, pga_block_of(self->fd, 0, arg.id, &seen));
	ASSERT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, arg.id, &seen));
	EXPECT_EQ(1, seen.persistent);
	EXPECT_EQ(PGAREA_KIND_RESERVATION, seen.kind);
	EXPECT_EQ(PGAREA_STATE_RESERVED, seen.state);
	EXPECT_EQ(PGAREA_RESERVE_PERSISTENT, seen.flags);
	EXPECT_STREQ(self->name, (char *)seen.name);
}

TEST_F(persist, others_are_not_listed_as_persistent)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_block seen;

	ASSERT_EQ(0, pga_alloc_in(fd, self->area.id, &self->block));
	ASSERT_EQ(0, pga_block_of(fd, 0, self->block.id, &seen));
	EXPECT_EQ(0, seen.persistent);
	close(fd);
}

TEST_F(persist, needs_the_capability)
{
	int fd = pga_open_as(0, ~PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE, O_RDWR);
	struct pgarea_reserve arg;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, PERSIST(fd));
	EXPECT_EQ(-EPERM, PERSIST_AT(fd, self->run.address, &arg));
	EXPECT_FALSE(pga_node_exists(self->name));
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(-EPERM, pga_remove(fd, self->name, NULL));
	EXPECT_TRUE(pga_node_exists(self->name));
	close(fd);
}

/* Even if the name does not exist: an unprivileged caller learns nothing. */
TEST_F(persist, removing_what_is_not_there_needs_it_too)
{
	int fd = pga_open_as(0, ~PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, pga_remove(fd, self->name, NULL));
	close(fd);
}

TEST_F(persist, a_file_for_reading_changes_nothing)
{
	int fd = open(PGA_DEVICE, O_RDONLY | O_CLOEXEC);

	EXPECT_EQ(-EACCES, PERSIST(fd));
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(-EACCES, pga_remove(fd, self->name, NULL));
	close(fd);
}

TEST_F(persist, bad_names)
{
	static const char * const names[] = {
		"", "/", "a/b", "../pgarea", "..", ".", ".a", "-a", "_a", "a b",
		"a\tb", "a\n", "a!b", "a*", "a\x7f", "\xc3\xa4", "a:b", "a%s",
		"name-of-32-bytes-without-its-nul",
	};
	struct pgarea_reserve arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct pgarea_alloc block = { .size = 1 };

		EXPECT_EQ(-EINVAL, pga_persist(self->fd, self->area.id,
					       names[i], &block))
			TH_LOG("block \"%s\"", names[i]);
		EXPECT_EQ(-EINVAL, pga_persist_at(self->fd, self->run.address,
						  page_size(), names[i], &arg))
			TH_LOG("reservation \"%s\"", names[i]);
		EXPECT_EQ(-EINVAL, pga_remove(self->fd, names[i], NULL))
			TH_LOG("removing \"%s\"", names[i]);
	}
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(persist, good_names)
{
	static const char * const names[] = {
		"t", "7", "T.e-s_t", "t..", "t--", "0.0",
		"name-of-31-bytes-and-final-nul.",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct pgarea_alloc block = { .size = 1 };

		EXPECT_EQ(0, pga_persist(self->fd, self->area.id, names[i],
					 &block))
			TH_LOG("\"%s\"", names[i]);
		EXPECT_TRUE(pga_node_exists(names[i]));
		EXPECT_EQ(0, pga_remove(self->fd, names[i], NULL));
	}
}

/* Bytes after the NUL are no part of the name. */
TEST_F(persist, names_end_at_the_nul)
{
	struct pgarea_alloc twin = { .size = 1 };

	ASSERT_EQ(0, PERSIST(self->fd));
	pga_set_name(twin.name, self->name);
	twin.name[strlen(self->name) + 1] = 'x';
	twin.flags = PGAREA_ALLOC_PERSISTENT;
	EXPECT_EQ(-EEXIST, pga_alloc(self->fd, &twin));
}

TEST_F(persist, a_name_is_there_once)
{
	struct pgarea_alloc twin = { .size = 1 };
	struct pga_snapshot held;
	struct pgarea_reserve arg;

	ASSERT_EQ(0, PERSIST(self->fd));
	ASSERT_EQ(0, pga_snapshot(self->fd, &held));
	EXPECT_EQ(-EEXIST, pga_persist(self->fd, self->area.id, self->name,
				       &twin));
	EXPECT_EQ(-EEXIST, PERSIST_AT(self->fd, self->run.address +
				      self->run.size - page_size(), &arg));
	EXPECT_TRUE(pga_is_as(self->fd, &held));
}

TEST_F(persist, a_reservation_takes_the_name_as_well)
{
	struct pgarea_reserve arg;
	struct pga_snapshot held;

	ASSERT_EQ(0, PERSIST_AT(self->fd, self->run.address, &arg));
	ASSERT_EQ(0, pga_snapshot(self->fd, &held));
	EXPECT_EQ(-EEXIST, PERSIST(self->fd));
	EXPECT_EQ(-EEXIST, PERSIST_AT(self->fd, self->run.address + page_size(),
				      &arg));
	EXPECT_TRUE(pga_is_as(self->fd, &held));
}

/* A label is not a name: several blocks may have the same. */
TEST_F(persist, labels_are_not_unique)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc other = { .size = 1 };

	ASSERT_EQ(0, PERSIST(self->fd));
	pga_set_name(other.name, self->name);
	EXPECT_EQ(0, pga_alloc(fd, &other));
	EXPECT_EQ(0, pga_free(fd, other.id));
	close(fd);
}

TEST_F(persist, there_is_no_orphan)
{
	struct pgarea_reserve reserve = {
		.address = self->run.address,
		.size = page_size(),
		.flags = PGAREA_RESERVE_PERSISTENT,
		.orphan_ms = 1,
	};

	pga_set_name(reserve.name, self->name);
	self->block.orphan_ms = 1;
	EXPECT_EQ(-EINVAL, PERSIST(self->fd));
	self->block.orphan_ms = PGAREA_ORPHAN_NONE;
	EXPECT_EQ(-EINVAL, PERSIST(self->fd));
	EXPECT_EQ(-EINVAL, pga_reserve(self->fd, &reserve));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

TEST_F(persist, a_dry_run_makes_no_node)
{
	struct pgarea_reserve reserve = {
		.address = self->run.address,
		.size = page_size(),
		.flags = PGAREA_RESERVE_PERSISTENT | PGAREA_RESERVE_DRY_RUN,
	};

	pga_set_name(reserve.name, self->name);
	self->block.flags = PGAREA_ALLOC_DRY_RUN;
	EXPECT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(0, pga_reserve(self->fd, &reserve));
	EXPECT_FALSE(pga_node_exists(self->name));
	EXPECT_TRUE(pga_is_as(self->fd, &self->before));
}

/* An id that only REMOVE reaches, by its name. */
TEST_F(persist, other_commands_do_not_know_a_block)
{
	struct pgarea_bulk_block pieces[PAGES];
	__u64 id;

	ASSERT_EQ(0, PERSIST(self->fd));
	id = self->block.id;
	EXPECT_EQ(-ENOENT, pga_free(self->fd, id));
	EXPECT_EQ(-ENOENT, pga_free_ids(self->fd, &id, 1));
	EXPECT_EQ(-ENOENT, pga_trim(self->fd, id, page_size()));
	EXPECT_EQ(-ENOENT, pga_split(self->fd, id, 0, page_size(), pieces,
				     PAGES));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, id));
	EXPECT_EQ(PGAREA_STATE_ALLOCATED,
		  state_at(self->fd, self->area.id, self->block.phys));
}

TEST_F(persist, other_commands_do_not_know_a_reservation)
{
	struct pgarea_reserve arg;

	ASSERT_EQ(0, PERSIST_AT(self->fd, self->run.address, &arg));
	EXPECT_EQ(-ENOENT, pga_unreserve(self->fd, arg.id));
	EXPECT_EQ(-ENOENT, pga_free(self->fd, arg.id));
	EXPECT_EQ(PGAREA_STATE_RESERVED,
		  state_at(self->fd, self->area.id, self->run.address));
}

TEST_F(persist, none_is_bound_to_a_function)
{
	struct pgarea_bind none = { .flags = PGAREA_BIND_NONE };

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_BIND);
	ASSERT_EQ(0, PERSIST(self->fd));
	none.id = self->block.id;
	EXPECT_EQ(-ENOENT, pga_ioctl(self->fd, PGAREA_IOC_BIND, &none));
}

/* Any file with the capability works, not only the one that created it. */
TEST_F(persist, a_capable_file_maps_it)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	char *at;

	ASSERT_EQ(0, PERSIST(self->fd));
	at = pga_map(fd, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_EQ(self->block.phys, phys_of(at));
	munmap(at, self->block.alloc_size);
	close(fd);
}

TEST_F(persist, another_file_does_not)
{
	int fd = pga_open_as(0, ~PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(MAP_FAILED, pga_map(fd, &self->block));
	EXPECT_EQ(ENOENT, errno);
	close(fd);
}

TEST_F(persist, a_capable_file_exports_it)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), dmabuf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	ASSERT_EQ(0, PERSIST(self->fd));
	dmabuf = pga_export_all(fd, self->block.id);
	ASSERT_LE(0, dmabuf);
	EXPECT_EQ((off_t)self->block.alloc_size, lseek(dmabuf, 0, SEEK_END));
	close(dmabuf);
	close(fd);
}

TEST_F(persist, another_file_does_not_export_it)
{
	int fd = pga_open_as(0, ~PGA_CAP(CAP_SYS_ADMIN), PGA_DEVICE, O_RDWR);

	ASSERT_LE(0, fd);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(-ENOENT, pga_export_all(fd, self->block.id));
	close(fd);
}

/* Write to these pages, and free them. */
static void make_dirty(struct __test_metadata *_metadata, __u64 address,
		       __u64 size)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block;
	char *at;

	ASSERT_EQ(0, pga_alloc_at(fd, address, size, &block));
	at = pga_map(fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0x5a, size);
	munmap(at, size);
	ASSERT_EQ(0, pga_free(fd, block.id));
	EXPECT_EQ(0, pga_wait_gone(fd, block.id, PGA_SETTLE_MS));
	close(fd);
}

/* Does all of a node read as zero? */
static bool node_is_zero(const char *name, size_t size)
{
	int fd = pga_open_node(name, O_RDONLY);
	char *all = malloc(size + 1);
	bool zero = all && read(fd, all, size + 1) == (ssize_t)size &&
		    pga_is_zero(all, size);

	free(all);
	close(fd);
	return zero;
}

TEST_F(persist, a_block_is_zero_at_first)
{
	self->block.address = self->run.address;
	self->block.flags = PGAREA_ALLOC_EXACT;
	make_dirty(_metadata, self->run.address, self->block.size);
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_TRUE(node_is_zero(self->name, self->block.alloc_size));
}

TEST_F(persist, a_reservation_is_zero_at_first)
{
	struct pgarea_reserve arg;

	make_dirty(_metadata, self->run.address, page_size());
	ASSERT_EQ(0, PERSIST_AT(self->fd, self->run.address, &arg));
	EXPECT_TRUE(node_is_zero(self->name, page_size()));
}

/* A block that was not reported does not exist. */
TEST_F(persist, an_answer_that_cannot_be_written_leaves_no_block)
{
	struct pgarea_alloc *arg = mmap(NULL, page_size(),
					PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, arg);
	arg->size = 1;
	arg->flags = PGAREA_ALLOC_PERSISTENT;
	pga_set_name(arg->name, self->name);
	ASSERT_EQ(0, mprotect(arg, page_size(), PROT_READ));
	EXPECT_EQ(-EFAULT, pga_alloc(self->fd, arg));
	EXPECT_FALSE(pga_node_exists(self->name));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_EQ(0, PERSIST(self->fd));
}

TEST_F(persist, an_answer_that_cannot_be_written_leaves_no_reservation)
{
	struct pgarea_reserve *arg = mmap(NULL, page_size(),
					  PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, arg);
	arg->address = self->run.address;
	arg->size = page_size();
	arg->flags = PGAREA_RESERVE_PERSISTENT;
	pga_set_name(arg->name, self->name);
	ASSERT_EQ(0, mprotect(arg, page_size(), PROT_READ));
	EXPECT_EQ(-EFAULT, pga_reserve(self->fd, arg));
	EXPECT_FALSE(pga_node_exists(self->name));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	EXPECT_EQ(0, PERSIST(self->fd));
}

TEST_F(persist, an_answer_that_cannot_be_written_removes_nothing)
{
	struct pgarea_remove *arg = mmap(NULL, page_size(),
					 PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, arg);
	ASSERT_EQ(0, PERSIST(self->fd));
	pga_set_name(arg->name, self->name);
	ASSERT_EQ(0, mprotect(arg, page_size(), PROT_READ));
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, PGAREA_IOC_REMOVE, arg));
	EXPECT_TRUE(pga_node_exists(self->name));
	EXPECT_EQ(0, pga_remove(self->fd, self->name, NULL));
}

TEST_F(persist, removing_answers_the_id)
{
	__u64 id = 0;

	ASSERT_EQ(0, PERSIST(self->fd));
	ASSERT_EQ(0, pga_remove(self->fd, self->name, &id));
	EXPECT_EQ(self->block.id, id);
	EXPECT_FALSE(pga_node_exists(self->name));
	EXPECT_EQ(0, pga_wait_gone(self->fd, id, PGA_SETTLE_MS));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(persist, removing_a_reservation)
{
	struct pgarea_reserve arg;
	__u64 id = 0;

	ASSERT_EQ(0, PERSIST_AT(self->fd, self->run.address, &arg));
	ASSERT_EQ(0, pga_remove(self->fd, self->name, &id));
	EXPECT_EQ(arg.id, id);
	EXPECT_EQ(0, pga_wait_gone(self->fd, id, PGA_SETTLE_MS));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(persist, removing_twice)
{
	EXPECT_EQ(-ENOENT, pga_remove(self->fd, self->name, NULL));
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(0, pga_remove(self->fd, self->name, NULL));
	EXPECT_EQ(-ENOENT, pga_remove(self->fd, self->name, NULL));
}

/* The label of a block that is not persistent is not a name. */
TEST_F(persist, removing_by_a_label)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	pga_set_name(self->block.name, self->name);
	ASSERT_EQ(0, pga_alloc_in(fd, self->area.id, &self->block));
	EXPECT_EQ(-ENOENT, pga_remove(self->fd, self->name, NULL));
	EXPECT_EQ(0, pga_free(fd, self->block.id));
	close(fd);
}

TEST_F(persist, it_is_not_freed_and_cannot_be_waited_for)
{
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(-EBUSY, pga_wait_gone(self->fd, self->block.id, 0));
}

TEST_F(persist, an_open_node_holds_what_is_removed)
{
	struct pgarea_block seen = {};
	char text[6] = "hello";
	__u64 id;
	int node;

	ASSERT_EQ(0, PERSIST(self->fd));
	node = pga_open_node(self->name, O_RDWR);
	ASSERT_LE(0, node);
	ASSERT_EQ(0, pga_remove(self->fd, self->name, &id));
	EXPECT_EQ(-ENOENT, pga_open_node(self->name, O_RDWR));
	EXPECT_EQ(6, pwrite(node, text, 6, 0));
	memset(text, 0, 6);
	EXPECT_EQ(6, pread(node, text, 6, 0));
	EXPECT_STREQ("hello", text);
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, id, 50));
	ASSERT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, id, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_NODE, seen.holders);
	EXPECT_EQ(PGAREA_STATE_DRAINING,
		  state_at(self->fd, self->area.id, self->block.phys));
	close(node);
	EXPECT_EQ(0, pga_wait_gone(self->fd, id, PGA_SETTLE_MS));
	EXPECT_EQ(-ENOENT, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, id,
					&seen));
}

TEST_F(persist, a_mapping_holds_what_is_removed)
{
	struct pgarea_block seen = {};
	__u64 id;
	int node;
	char *at;

	ASSERT_EQ(0, PERSIST(self->fd));
	node = pga_open_node(self->name, O_RDWR);
	at = mmap(NULL, self->block.alloc_size, PROT_READ | PROT_WRITE,
		  MAP_SHARED, node, 0);
	ASSERT_NE(MAP_FAILED, at);
	close(node);
	ASSERT_EQ(0, pga_remove(self->fd, self->name, &id));
	at[0] = 1;
	EXPECT_EQ(self->block.phys, phys_of(at));
	ASSERT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, id, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_TRUE(seen.holders & PGAREA_HOLDER_MAPPING);
	munmap(at, self->block.alloc_size);
	EXPECT_EQ(0, pga_wait_gone(self->fd, id, PGA_SETTLE_MS));
}

TEST_F(persist, a_name_is_free_at_once)
{
	struct pgarea_alloc second = { .size = page_size() };
	char byte = 'x';
	int old, new;

	ASSERT_EQ(0, PERSIST(self->fd));
	old = pga_open_node(self->name, O_RDWR);
	ASSERT_LE(0, old);
	ASSERT_EQ(1, pwrite(old, &byte, 1, 0));
	ASSERT_EQ(0, pga_remove(self->fd, self->name, NULL));
	ASSERT_EQ(0, pga_persist(self->fd, self->area.id, self->name, &second));
	EXPECT_NE(self->block.id, second.id);
	new = pga_open_node(self->name, O_RDWR);
	ASSERT_LE(0, new);
	EXPECT_EQ((off_t)second.alloc_size, lseek(new, 0, SEEK_END));
	EXPECT_EQ(1, pread(new, &byte, 1, 0));
	EXPECT_EQ(0, byte);
	EXPECT_EQ(1, pread(old, &byte, 1, 0));
	EXPECT_EQ('x', byte);
	close(old);
	close(new);
}

TEST_F(persist, it_holds_the_module)
{
	int before = pga_module_users(), ms;

	if (before < 0)
		SKIP(return, "pgarea is not a module");
	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_LT(before, pga_module_users());
	ASSERT_EQ(0, pga_remove(self->fd, self->name, NULL));
	for (ms = 0; ms < PGA_SETTLE_MS && pga_module_users() != before; ms += 10)
		pga_sleep_ms(10);
	EXPECT_EQ(before, pga_module_users());
}

/* The name of the nth of many. */
static const char *nth(int i, char name[PGAREA_NAME_SIZE])
{
	snprintf(name, PGAREA_NAME_SIZE, "test-%d-%d", getpid(), i);
	return name;
}

/*
 * Create as many as possible, up to @most; return the number, and in @err why
 * it ended.
 */
static int persist_many(int fd, __u32 area, int most, int *err)
{
	char name[PGAREA_NAME_SIZE];
	int nr;

	*err = 0;
	for (nr = 0; nr < most; nr++) {
		struct pgarea_alloc block = { .size = 1 };

		*err = pga_persist(fd, area, nth(nr, name), &block);
		if (*err)
			break;
	}
	return nr;
}

static int remove_many(int fd, int nr)
{
	char name[PGAREA_NAME_SIZE];
	int i, removed = 0;

	for (i = 0; i < nr; i++)
		removed += !pga_remove(fd, nth(i, name), NULL);
	return removed;
}

/* Allocate all of the area except that many pages; 0 or -errno. */
static int leave_pages(struct pga_grabbed *grabbed, __u32 area,
		       unsigned int pages)
{
	unsigned int i;
	int err = pga_exhaust(grabbed, area);

	for (i = 0; i < grabbed->nr && !err; i++)
		if (grabbed->blocks[i].alloc_size > pages * page_size())
			return pga_trim(grabbed->fd, grabbed->blocks[i].id,
					grabbed->blocks[i].alloc_size -
					pages * page_size());
	return err ?: -ENOSPC;
}

/* No failed block leaves a node, and no node stays after all are removed */
static void check_many(struct __test_metadata *_metadata, int fd, __u32 area,
		       int nr)
{
	char name[PGAREA_NAME_SIZE];
	int err;

	EXPECT_FALSE(pga_node_exists(nth(nr, name)));
	EXPECT_TRUE(pga_node_exists(nth(nr - 1, name)));
	EXPECT_EQ(nr, remove_many(fd, nr));
	/* The places of the removed ones are available again. */
	EXPECT_EQ(10, persist_many(fd, area, 10, &err));
	EXPECT_EQ(10, remove_many(fd, 10));
}

TEST_F(persist, as_many_as_there_are_pages)
{
	struct pga_grabbed grabbed;
	int err, nr;

	ASSERT_EQ(0, leave_pages(&grabbed, self->area.id, FEW));
	nr = persist_many(self->fd, self->area.id, TOO_MANY, &err);
	EXPECT_EQ(-ENOSPC, err);
	EXPECT_EQ(FEW, nr);
	check_many(_metadata, self->fd, self->area.id, nr);
	pga_grabbed_free(&grabbed);
}

TEST_F_TIMEOUT(persist, as_many_as_there_are_nodes, 300)
{
	struct pgarea_area area;
	int err, nr;

	PGA_PICK_OR_SKIP(self->fd, TOO_MANY, &area);
	nr = persist_many(self->fd, area.id, TOO_MANY, &err);
	printf("# %d, then %s\n", nr, strerror(-err));
	EXPECT_EQ(-ENFILE, err);
	EXPECT_LT(100, nr);
	check_many(_metadata, self->fd, area.id, nr);
}

/* Running out of memory and running out of nodes are different errors. */
TEST_F(persist, no_room_leaves_no_node)
{
	self->block.size = 1ULL << 50;
	EXPECT_EQ(-ENOSPC, PERSIST(self->fd));
	EXPECT_FALSE(pga_node_exists(self->name));
	self->block.size = 1;
	EXPECT_EQ(0, PERSIST(self->fd));
}

TEST_F(persist, a_range_in_use_leaves_no_node)
{
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_reserve arg;

	ASSERT_EQ(0, PERSIST(self->fd));
	EXPECT_EQ(-EBUSY, pga_persist_at(self->fd, self->block.phys,
					 page_size(), "test-in-use", &arg));
	EXPECT_EQ(self->block.phys, arg.conflict);
	EXPECT_FALSE(pga_node_exists("test-in-use"));
	EXPECT_EQ(0, pga_persist(self->fd, self->area.id, "test-in-use",
				 &block));
	EXPECT_EQ(0, pga_remove(self->fd, "test-in-use", NULL));
}

TEST_HARNESS_MAIN
