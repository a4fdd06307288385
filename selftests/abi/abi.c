// SPDX-License-Identifier: GPL-2.0
/*
 * The frame of the interface: which commands exist, how large their structs
 * are, and what happens to a struct that is too short, too long, or missing.
 */
#include <stddef.h>
#include <termios.h>

#include "include/pga_area.h"

#define IOC(nr, size)	_IOC(_IOC_READ | _IOC_WRITE, PGAREA_IOC_TYPE, nr, size)

/* Larger than any struct here and than what the kernel copies at a time */
#define ROOM		8192

FIXTURE(abi) {
	int fd;
};

FIXTURE_SETUP(abi)
{
	PGA_OPEN_OR_SKIP(self->fd);
}

FIXTURE_TEARDOWN(abi)
{
	close(self->fd);
}

/* The numbers are literal: programs that are already built rely on them. */
TEST(layout)
{
	EXPECT_EQ(0xc0b8a800UL, PGAREA_IOC_INFO);
	EXPECT_EQ(0xc028a801UL, PGAREA_IOC_AREAS);
	EXPECT_EQ(0xc030a802UL, PGAREA_IOC_ORDERS);
	EXPECT_EQ(0xc040a803UL, PGAREA_IOC_RANGES);
	EXPECT_EQ(0xc028a804UL, PGAREA_IOC_BLOCKS);
	EXPECT_EQ(0xc108a810UL, PGAREA_IOC_ALLOC);
	EXPECT_EQ(0xc010a811UL, PGAREA_IOC_FREE);
	EXPECT_EQ(0xc0d8a812UL, PGAREA_IOC_ALLOC_BULK);
	EXPECT_EQ(0xc030a813UL, PGAREA_IOC_FREE_BULK);
	EXPECT_EQ(0xc020a814UL, PGAREA_IOC_TRIM);
	EXPECT_EQ(0xc040a815UL, PGAREA_IOC_SPLIT);
	EXPECT_EQ(0xc020a816UL, PGAREA_IOC_WAIT);
	EXPECT_EQ(0xc018a817UL, PGAREA_IOC_BIND);
	EXPECT_EQ(0xc028a818UL, PGAREA_IOC_EXPORT);
	EXPECT_EQ(0xc030a819UL, PGAREA_IOC_REMOVE);
	EXPECT_EQ(0xc020a81aUL, PGAREA_IOC_END_ORPHANS);
	EXPECT_EQ(0xc070a820UL, PGAREA_IOC_RESERVE);
	EXPECT_EQ(0xc028a821UL, PGAREA_IOC_UNRESERVE);
	EXPECT_EQ(0xc070a830UL, PGAREA_IOC_CREATE_AREA);
	EXPECT_EQ(0xc040a831UL, PGAREA_IOC_RESIZE_AREA);
	EXPECT_EQ(0xc028a832UL, PGAREA_IOC_DESTROY_AREA);
	EXPECT_EQ(0xc028a833UL, PGAREA_IOC_SHRINK_AREA);
	EXPECT_EQ(0xc078a822UL, PGAREA_IOC_PROBE);
}

TEST(layout_of_entries)
{
	EXPECT_EQ(32, sizeof(struct pgarea_array));
	EXPECT_EQ(168, sizeof(struct pgarea_area));
	EXPECT_EQ(16, sizeof(struct pgarea_order));
	EXPECT_EQ(24, sizeof(struct pgarea_range));
	EXPECT_EQ(120, sizeof(struct pgarea_block));
	EXPECT_EQ(8, sizeof(struct pgarea_area_id));
	EXPECT_EQ(16, sizeof(struct pgarea_segment));
	EXPECT_EQ(56, sizeof(struct pgarea_refusal));
	EXPECT_EQ(40, sizeof(struct pgarea_bulk_block));
	EXPECT_EQ(8, sizeof(struct pgarea_block_id));
	EXPECT_EQ(64, sizeof(struct pgarea_obstacle));
}

TEST(layout_of_members)
{
	EXPECT_EQ(0x50, offsetof(struct pgarea_info, chunks_returned));
	EXPECT_EQ(0x58, offsetof(struct pgarea_info, cleared));
	EXPECT_EQ(0x60, offsetof(struct pgarea_info, user_limit));
	EXPECT_EQ(0x78, offsetof(struct pgarea_info, orphan_ms));
	EXPECT_EQ(0x7c, offsetof(struct pgarea_info, orphan_max_ms));
	EXPECT_EQ(128, offsetof(struct pgarea_area, orphaned));
	EXPECT_EQ(136, offsetof(struct pgarea_area, poisoned));
	EXPECT_EQ(144, offsetof(struct pgarea_area, minimum));
	EXPECT_EQ(160, offsetof(struct pgarea_area, flags));
	EXPECT_EQ(96, offsetof(struct pgarea_block, uid));
	EXPECT_EQ(104, offsetof(struct pgarea_block, pci_domain));
	EXPECT_EQ(112, offsetof(struct pgarea_block, cache));
	EXPECT_EQ(116, offsetof(struct pgarea_block, __reserved));
	EXPECT_EQ(8, offsetof(struct pgarea_areas, areas));
	EXPECT_EQ(16, offsetof(struct pgarea_orders, orders));
	EXPECT_EQ(32, offsetof(struct pgarea_ranges, ranges));
	EXPECT_EQ(8, offsetof(struct pgarea_blocks, blocks));
	EXPECT_EQ(72, offsetof(struct pgarea_alloc, areas));
	EXPECT_EQ(168, offsetof(struct pgarea_alloc, name));
	EXPECT_EQ(200, offsetof(struct pgarea_alloc, id));
	EXPECT_EQ(248, offsetof(struct pgarea_alloc, __reserved));
	EXPECT_EQ(256, offsetof(struct pgarea_alloc, orphan_ms));
	EXPECT_EQ(64, offsetof(struct pgarea_alloc_bulk, areas));
	EXPECT_EQ(96, offsetof(struct pgarea_alloc_bulk, blocks));
	EXPECT_EQ(160, offsetof(struct pgarea_alloc_bulk, name));
	EXPECT_EQ(192, offsetof(struct pgarea_alloc_bulk, done));
	EXPECT_EQ(196, offsetof(struct pgarea_alloc_bulk, error));
	EXPECT_EQ(200, offsetof(struct pgarea_alloc_bulk, __reserved));
	EXPECT_EQ(208, offsetof(struct pgarea_alloc_bulk, orphan_ms));
	EXPECT_EQ(32, offsetof(struct pgarea_bulk_block, area));
	EXPECT_EQ(8, offsetof(struct pgarea_free_bulk, ids));
	EXPECT_EQ(40, offsetof(struct pgarea_free_bulk, done));
	EXPECT_EQ(44, offsetof(struct pgarea_free_bulk, error));
	EXPECT_EQ(16, offsetof(struct pgarea_trim, size));
	EXPECT_EQ(24, offsetof(struct pgarea_trim, alloc_size));
	EXPECT_EQ(16, offsetof(struct pgarea_split, first));
	EXPECT_EQ(32, offsetof(struct pgarea_split, pieces));
	EXPECT_EQ(16, offsetof(struct pgarea_wait, timeout_ms));
	EXPECT_EQ(28, offsetof(struct pgarea_wait, holders));
	EXPECT_EQ(16, offsetof(struct pgarea_bind, domain));
	EXPECT_EQ(23, offsetof(struct pgarea_bind, __reserved));
	EXPECT_EQ(32, offsetof(struct pgarea_export, fd));
	EXPECT_EQ(8, offsetof(struct pgarea_remove, name));
	EXPECT_EQ(40, offsetof(struct pgarea_remove, id));
	EXPECT_EQ(16, offsetof(struct pgarea_end_orphans, pid));
	EXPECT_EQ(28, offsetof(struct pgarea_end_orphans, ended));
	EXPECT_EQ(0x60, offsetof(struct pgarea_probe, place));
	EXPECT_EQ(0x70, offsetof(struct pgarea_probe, kind));
	EXPECT_EQ(0x30, offsetof(struct pgarea_obstacle, kind));
	EXPECT_EQ(56, offsetof(struct pgarea_reserve, id));
	EXPECT_EQ(88, offsetof(struct pgarea_reserve, __reserved));
	EXPECT_EQ(96, offsetof(struct pgarea_reserve, orphan_ms));
	EXPECT_EQ(104, offsetof(struct pgarea_reserve, obstacle));
	EXPECT_EQ(40, offsetof(struct pgarea_refusal, obstacle));
	EXPECT_EQ(48, offsetof(struct pgarea_refusal, obstacle_address));
	EXPECT_EQ(32, offsetof(struct pgarea_unreserve, rest_id));
	EXPECT_EQ(8, offsetof(struct pgarea_create_area, name));
	EXPECT_EQ(40, offsetof(struct pgarea_create_area, start));
	EXPECT_EQ(80, offsetof(struct pgarea_create_area, chunk_size));
	EXPECT_EQ(92, offsetof(struct pgarea_create_area, id));
	EXPECT_EQ(104, offsetof(struct pgarea_create_area, shortage));
	EXPECT_EQ(16, offsetof(struct pgarea_resize_area, area));
	EXPECT_EQ(32, offsetof(struct pgarea_resize_area, conflict));
	EXPECT_EQ(56, offsetof(struct pgarea_resize_area, conflict_state));
	EXPECT_EQ(12, offsetof(struct pgarea_destroy_area, conflict_state));
	EXPECT_EQ(32, offsetof(struct pgarea_destroy_area, conflict_id));
	EXPECT_EQ(16, offsetof(struct pgarea_shrink_area, keep));
	EXPECT_EQ(24, offsetof(struct pgarea_shrink_area, returned));
}

TEST_F(abi, info_is_sound)
{
	const __u64 features = PGAREA_FEATURE_ALLOC | PGAREA_FEATURE_RESERVE |
			       PGAREA_FEATURE_DRY_RUN | PGAREA_FEATURE_EXACT |
			       PGAREA_FEATURE_BULK | PGAREA_FEATURE_TOP_DOWN |
			       PGAREA_FEATURE_TRIM | PGAREA_FEATURE_WAIT |
			       PGAREA_FEATURE_ORPHAN |
			       PGAREA_FEATURE_PERSISTENT;
	struct pgarea_info info;

	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	EXPECT_EQ(features, info.features & features);
	EXPECT_EQ(0, info.flags & ~PGAREA_INFO_HIDE_PHYS);
	EXPECT_EQ(page_size(), info.page_size);
	EXPECT_EQ(0, info.pageblock_size & (info.pageblock_size - 1));
	EXPECT_EQ(0, info.pageblock_size % info.page_size);
	EXPECT_LE(info.nr_areas, info.max_areas);
	EXPECT_EQ(PGAREA_NAME_SIZE, info.name_size);
	EXPECT_EQ(0, info.__reserved);
	EXPECT_NE(0, info.host_available);
	EXPECT_LE(info.orphan_ms, (__u32)PGAREA_ORPHAN_MAX_MS);
	EXPECT_LE(info.orphan_max_ms, (__u32)PGAREA_ORPHAN_MAX_MS);
}

TEST_F(abi, info_adds_up)
{
	__u64 owned = 0, chunks = 0;
	struct pga_snapshot now;
	struct pgarea_info info;
	int i;

	ASSERT_EQ(0, pga_snapshot(self->fd, &now));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	for (i = 0; i < now.nr; i++) {
		owned += now.areas[i].owned;
		chunks += now.areas[i].nr_chunks;
	}
	EXPECT_EQ(now.nr, (int)info.nr_areas);
	EXPECT_EQ(owned, info.owned);
	EXPECT_EQ(chunks, info.chunks_taken - info.chunks_returned);
	EXPECT_EQ(owned, info.bytes_taken - info.bytes_returned);
	/* One call may take many chunks. */
	EXPECT_LE(!!info.chunks_taken, info.host_calls);
	EXPECT_EQ(info.chunks_taken != 0, info.host_us != 0);
}

/* The size that programs used before @cleared existed. */
TEST_F(abi, info_as_it_was_at_first)
{
	struct pgarea_info now, old;

	memset(&old, 0xa5, sizeof(old));
	ASSERT_EQ(0, pga_ioctl(self->fd, 0xc058a800UL, &old));
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &now));
	EXPECT_EQ(now.features, old.features);
	EXPECT_EQ(now.chunks_returned, old.chunks_returned);
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5ULL, old.cleared);
}

/* The size before the limit for users existed. */
TEST_F(abi, info_as_it_was_with_cleared)
{
	struct pgarea_info old;

	memset(&old, 0xa5, sizeof(old));
	ASSERT_EQ(0, pga_ioctl(self->fd, 0xc060a800UL, &old));
	EXPECT_NE(0xa5a5a5a5a5a5a5a5ULL, old.cleared);
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5ULL, old.user_limit);
}

/* The size before what is asked of the host was counted. */
TEST_F(abi, info_as_it_was_with_quarantine_times)
{
	struct pgarea_info old;

	memset(&old, 0xa5, sizeof(old));
	ASSERT_EQ(0, pga_ioctl(self->fd, 0xc080a800UL, &old));
	EXPECT_NE(0xa5a5a5a5U, old.orphan_max_ms);
	EXPECT_EQ(0xa5a5a5a5a5a5a5a5ULL, old.bytes_taken);
}

/* The program could not close a descriptor that it never received. */
TEST_F(abi, an_export_that_cannot_be_told)
{
	struct pgarea_export *arg = mmap(NULL, page_size(),
					 PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct pgarea_alloc block = { .size = 1 };
	int first, next;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	ASSERT_NE(MAP_FAILED, arg);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	arg->id = block.id;
	ASSERT_EQ(0, mprotect(arg, page_size(), PROT_READ));
	first = dup(self->fd);
	close(first);
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, PGAREA_IOC_EXPORT, arg));
	next = dup(self->fd);
	EXPECT_EQ(first, next);
	close(next);
	EXPECT_EQ(0, pga_free(self->fd, block.id));
	EXPECT_EQ(0, pga_wait_gone(self->fd, block.id, PGA_SETTLE_MS));
}

TEST_F(abi, unknown_commands)
{
	char arg[ROOM] = {};

	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, IOC(0x05, 64), arg));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, IOC(0x0f, 64), arg));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, IOC(0x1b, 64), arg));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, IOC(0x23, 64), arg));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, IOC(0xff, 64), arg));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, 0, arg));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, ~0UL, arg));
}

TEST_F(abi, commands_of_others)
{
	struct pgarea_info info;
	unsigned int size = sizeof(info);

	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd, TCGETS, &info));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd,
				     _IOC(_IOC_READ | _IOC_WRITE, 0xa9,
					  PGAREA_CMD_INFO, size), &info));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd,
				     _IOC(_IOC_READ, PGAREA_IOC_TYPE,
					  PGAREA_CMD_INFO, size), &info));
	EXPECT_EQ(-ENOTTY, pga_ioctl(self->fd,
				     _IOC(_IOC_WRITE, PGAREA_IOC_TYPE,
					  PGAREA_CMD_INFO, size), &info));
}

/*
 * The rest is the same for each command: @buffer holds a struct that succeeds,
 * and one property of its size or address changes.
 */
FIXTURE(command) {
	int fd;
	struct pgarea_area area;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	char *buffer;
};

/* @silent: it returns nothing but its errno; @admin: it needs CAP_SYS_ADMIN */
FIXTURE_VARIANT(command) {
	unsigned int nr;
	size_t size;
	size_t first_size;
	__u64 feature;
	bool silent;
	bool admin;
};

/* @_first: size of the struct's first version */
#define VARIANT(_name, _cmd, _first, ...) \
FIXTURE_VARIANT_ADD(command, _name) { \
	.nr = PGAREA_CMD_ ## _cmd, \
	.size = sizeof(struct pgarea_ ## _name), \
	.first_size = _first, \
	__VA_ARGS__ \
}

VARIANT(info, INFO, 0x58);
VARIANT(areas, AREAS, 0x28);
VARIANT(orders, ORDERS, 0x30);
VARIANT(ranges, RANGES, 0x40);
VARIANT(blocks, BLOCKS, 0x28);
VARIANT(alloc, ALLOC, 0x100);
VARIANT(free, FREE, 0x10, .silent = true);
VARIANT(alloc_bulk, ALLOC_BULK, 0xd0);
VARIANT(free_bulk, FREE_BULK, 0x30);
VARIANT(trim, TRIM, 0x20);
VARIANT(split, SPLIT, 0x40);
VARIANT(wait, WAIT, 0x20, .feature = PGAREA_FEATURE_WAIT);
VARIANT(bind, BIND, 0x18, .feature = PGAREA_FEATURE_BIND, .silent = true,
	.admin = true);
VARIANT(export, EXPORT, 0x28, .feature = PGAREA_FEATURE_EXPORT);
VARIANT(remove, REMOVE, 0x30, .feature = PGAREA_FEATURE_PERSISTENT,
	.admin = true);
VARIANT(end_orphans, END_ORPHANS, 0x20, .feature = PGAREA_FEATURE_END_ORPHANS,
	.admin = true);
VARIANT(reserve, RESERVE, 0x60);
VARIANT(unreserve, UNRESERVE, 0x28);
VARIANT(create_area, CREATE_AREA, 0x70, .feature = PGAREA_FEATURE_AREAS,
	.admin = true);
VARIANT(resize_area, RESIZE_AREA, 0x40, .feature = PGAREA_FEATURE_AREAS,
	.admin = true);
VARIANT(destroy_area, DESTROY_AREA, 0x28, .feature = PGAREA_FEATURE_AREAS,
	.silent = true, .admin = true);
VARIANT(shrink_area, SHRINK_AREA, 0x28, .feature = PGAREA_FEATURE_SHRINK,
	.admin = true);
VARIANT(probe, PROBE, 0x78, .feature = PGAREA_FEATURE_PROBE, .admin = true);

/* Where the arrays of a command are: its struct moves. */
static struct pgarea_bulk_block bulk_blocks[2];
static struct pgarea_block_id bulk_ids[1];

/* A block of two pages; put what a command needs to use it into @arg. */
static int make_valid_with_block(int fd, unsigned int nr, void *arg)
{
	struct pgarea_alloc block = { .size = 2 * page_size() };
	struct pgarea_free_bulk *free_bulk = arg;
	struct pgarea_split *split = arg;
	struct pgarea_export *export = arg;
	struct pgarea_trim *trim = arg;
	struct pgarea_free *free = arg;
	struct pgarea_bind *bind = arg;
	int err = pga_alloc(fd, &block);

	switch (nr) {
	case PGAREA_CMD_FREE:
		free->id = block.id;
		break;
	case PGAREA_CMD_FREE_BULK:
		bulk_ids[0].id = block.id;
		free_bulk->ids = PGA_ARRAY(bulk_ids, 1);
		break;
	case PGAREA_CMD_TRIM:
		trim->id = block.id;
		trim->size = page_size();
		break;
	case PGAREA_CMD_SPLIT:
		split->id = block.id;
		split->size = page_size();
		split->pieces = PGA_ARRAY(bulk_blocks, 2);
		break;
	case PGAREA_CMD_BIND:
		bind->id = block.id;
		bind->flags = PGAREA_BIND_NONE;
		break;
	case PGAREA_CMD_EXPORT:
		export->id = block.id;
		break;
	}
	return err;
}

/* A persistent block, if the caller may create one; put its name into @arg. */
static int make_valid_with_name(int fd, const struct pgarea_area *area,
				const char *name, struct pgarea_remove *arg)
{
	struct pgarea_alloc block = { .size = 1 };

	pga_set_name(arg->name, name);
	return geteuid() ? 0 : pga_persist(fd, area->id, name, &block);
}

static void make_area(const char *name, struct pgarea_create_area *arg)
{
	arg->end = 1ULL << 44;
	pga_set_name(arg->name, name);
}

/* An empty area, if the caller may create one; its id, or 0 */
static __u32 with_area(int fd, const char *name)
{
	struct pgarea_create_area arg = {};

	make_area(name, &arg);
	return pga_create_area(fd, &arg) ? 0 : arg.id;
}

/* Put what a command needs to succeed into @arg, which is zero. */
static int make_valid(int fd, const struct pgarea_area *area, const char *name,
		      unsigned int nr, void *arg)
{
	struct pgarea_alloc_bulk *bulk = arg;
	struct pgarea_range longest;
	int err;

	err = pga_longest_free(fd, area->id, &longest);
	if (err)
		return err;
	switch (nr) {
	case PGAREA_CMD_ORDERS:
		((struct pgarea_orders *)arg)->area = area->id;
		return 0;
	case PGAREA_CMD_RANGES:
		((struct pgarea_ranges *)arg)->area = area->id;
		return 0;
	case PGAREA_CMD_ALLOC:
		((struct pgarea_alloc *)arg)->size = 1;
		return 0;
	case PGAREA_CMD_ALLOC_BULK:
		bulk->size = 1;
		bulk->blocks = PGA_ARRAY(bulk_blocks, 2);
		return 0;
	case PGAREA_CMD_FREE:
	case PGAREA_CMD_FREE_BULK:
	case PGAREA_CMD_TRIM:
	case PGAREA_CMD_SPLIT:
	case PGAREA_CMD_BIND:
	case PGAREA_CMD_EXPORT:
		return make_valid_with_block(fd, nr, arg);
	case PGAREA_CMD_REMOVE:
		return make_valid_with_name(fd, area, name, arg);
	case PGAREA_CMD_END_ORPHANS:
		((struct pgarea_end_orphans *)arg)->flags = PGAREA_ORPHANS_ID;
		return 0;
	case PGAREA_CMD_RESERVE:
		((struct pgarea_reserve *)arg)->address = longest.address;
		((struct pgarea_reserve *)arg)->size = page_size();
		return 0;
	case PGAREA_CMD_PROBE:
		((struct pgarea_probe *)arg)->address = longest.address;
		((struct pgarea_probe *)arg)->size = page_size();
		return 0;
	case PGAREA_CMD_UNRESERVE:
		return pga_reserve_at(fd, longest.address, page_size(),
				      &((struct pgarea_unreserve *)arg)->id);
	case PGAREA_CMD_CREATE_AREA:
		make_area(name, arg);
		return 0;
	case PGAREA_CMD_RESIZE_AREA:
		((struct pgarea_resize_area *)arg)->area = with_area(fd, name);
		return 0;
	case PGAREA_CMD_DESTROY_AREA:
		((struct pgarea_destroy_area *)arg)->area = with_area(fd, name);
		return 0;
	case PGAREA_CMD_SHRINK_AREA:
		((struct pgarea_shrink_area *)arg)->area = with_area(fd, name);
		return 0;
	default:
		return 0;
	}
}

FIXTURE_SETUP(command)
{
	PGA_OPEN_OR_SKIP(self->fd);
	if (variant->feature)
		PGA_FEATURE_OR_SKIP(self->fd, variant->feature);
	PGA_PICK_OR_SKIP(self->fd, 2ULL, &self->area);
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	/* Two pages; the test can unmap the second */
	self->buffer = mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buffer);
	ASSERT_EQ(0, make_valid(self->fd, &self->area, self->name, variant->nr,
				self->buffer));
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
}

FIXTURE_TEARDOWN(command)
{
	if (variant->nr == PGAREA_CMD_REMOVE)
		pga_remove(self->fd, self->name, NULL);
	EXPECT_EQ(0, pga_destroy_areas(self->fd, self->name));
	close(self->fd);
}

/*
 * The result of a valid command.  A list with no room for an entry fails with
 * EMSGSIZE when there is one.
 */
static bool is_success(int err, bool admin)
{
	if (admin && geteuid())
		return err == -EPERM;
	return !err || err == -EMSGSIZE;
}

#define EXPECT_SUCCESS(_err) \
	EXPECT_TRUE(is_success(_err, variant->admin)) TH_LOG("answered %d", _err)

TEST_F(command, as_it_is)
{
	int err = pga_ioctl(self->fd, IOC(variant->nr, variant->size),
			    self->buffer);

	EXPECT_SUCCESS(err);
}

TEST_F(command, a_byte_short)
{
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd,
				     IOC(variant->nr, variant->first_size - 1),
				     self->buffer));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(command, as_it_was_at_first)
{
	int err;

	memset(self->buffer + variant->first_size, 0xa5, ROOM -
	       variant->first_size);
	err = pga_ioctl(self->fd, IOC(variant->nr, variant->first_size),
			self->buffer);
	EXPECT_SUCCESS(err);
	EXPECT_EQ((char)0xa5, self->buffer[variant->first_size]);
}

/* A size between two versions is no version, but it is long enough. */
TEST_F(command, a_byte_short_of_the_present)
{
	bool is_first = variant->size == variant->first_size;
	char *last = self->buffer + variant->size - 1, was = *last;
	int err;

	*last = is_first ? was : (char)0xa5;
	err = pga_ioctl(self->fd, IOC(variant->nr, variant->size - 1),
			self->buffer);
	EXPECT_TRUE(is_first ? err == -EINVAL : is_success(err, variant->admin))
		TH_LOG("answered %d", err);
	EXPECT_EQ(is_first ? was : (char)0xa5, *last);
}

TEST_F(command, no_struct_at_all)
{
	EXPECT_EQ(-EINVAL, pga_ioctl(self->fd, IOC(variant->nr, 0), NULL));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(command, a_byte_longer_and_zero)
{
	int err = pga_ioctl(self->fd, IOC(variant->nr, variant->size + 1),
			    self->buffer);

	EXPECT_SUCCESS(err);
	EXPECT_EQ(0, self->buffer[variant->size]);
}

TEST_F(command, much_longer_and_zero)
{
	int err = pga_ioctl(self->fd, IOC(variant->nr, ROOM), self->buffer);
	size_t i;

	EXPECT_SUCCESS(err);
	for (i = variant->size; i < ROOM; i++)
		ASSERT_EQ(0, self->buffer[i]);
}

TEST_F(command, a_byte_longer_and_not_zero)
{
	self->buffer[variant->size] = 1;
	EXPECT_EQ(-E2BIG, pga_ioctl(self->fd,
				    IOC(variant->nr, variant->size + 1),
				    self->buffer));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(command, much_longer_and_not_zero)
{
	self->buffer[ROOM - 1] = 1;
	EXPECT_EQ(-E2BIG, pga_ioctl(self->fd, IOC(variant->nr, ROOM),
				    self->buffer));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(command, writes_nothing_behind_the_struct)
{
	int err;

	memset(self->buffer + variant->size, 0xa5, ROOM - variant->size);
	err = pga_ioctl(self->fd, IOC(variant->nr, variant->size),
			self->buffer);
	EXPECT_SUCCESS(err);
	EXPECT_EQ((char)0xa5, self->buffer[variant->size]);
	EXPECT_EQ((char)0xa5, self->buffer[ROOM - 1]);
}

TEST_F(command, null_pointer)
{
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, IOC(variant->nr, variant->size),
				     NULL));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

TEST_F(command, last_byte_out_of_memory)
{
	char *end = self->buffer + 2 * ROOM - page_size();
	char *arg = end - variant->size + 1;

	memcpy(arg, self->buffer, variant->size - 1);
	ASSERT_EQ(0, munmap(end, page_size()));
	EXPECT_EQ(-EFAULT, pga_ioctl(self->fd, IOC(variant->nr, variant->size),
				     arg));
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
}

/* The kernel cannot write the result, so it must change nothing. */
TEST_F(command, answer_into_read_only_memory)
{
	bool changes;
	int err;

	ASSERT_EQ(0, mprotect(self->buffer, ROOM, PROT_READ));
	err = pga_ioctl(self->fd, IOC(variant->nr, variant->size),
			self->buffer);
	EXPECT_TRUE(variant->silent || err == -EPERM ?
		    is_success(err, variant->admin) : err == -EFAULT)
		TH_LOG("answered %d", err);
	changes = !err && (variant->nr == PGAREA_CMD_FREE ||
			   variant->nr == PGAREA_CMD_DESTROY_AREA);
	EXPECT_EQ(!changes, pga_is_as(self->fd, &self->before));
}

TEST_HARNESS_MAIN
