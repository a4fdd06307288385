// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings that a child inherits from its parent: whatever is left of one, even
 * one page, holds the block; and what is not inherited does not.
 */
#include "include/hold.h"

#define PAGES	8

/* The program as it runs after its own exec(): it lives until the test ends it. */
#define LINGER	"linger"

/* The mapped pages, as the child leaves them */
struct inherited_map {
	struct pgarea_alloc block;
	int fd;
	char *at;
};

/* The child keeps no descriptor: only its mapping is left. */
static bool only_the_mapping(const struct inherited_map *map)
{
	return !close(map->fd);
}

static bool keep_all(void *arg)
{
	return only_the_mapping(arg);
}

static bool keep_the_first(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) &&
	       !munmap(map->at + page_size(), (PAGES - 1) * page_size());
}

static bool keep_the_last(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) &&
	       !munmap(map->at, (PAGES - 1) * page_size());
}

static bool keep_one_in_the_middle(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) && !munmap(map->at, 3 * page_size()) &&
	       !munmap(map->at + 4 * page_size(), (PAGES - 4) * page_size());
}

static bool keep_both_ends(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) &&
	       !munmap(map->at + page_size(), (PAGES - 2) * page_size());
}

/* At another address; the old one is empty. */
static bool move(char *at, size_t size)
{
	char *to = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	return to != MAP_FAILED &&
	       mremap(at, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to;
}

static bool keep_it_elsewhere(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) && move(map->at, map->block.alloc_size);
}

static bool keep_two_pages_elsewhere(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) &&
	       move(map->at + 2 * page_size(), 2 * page_size()) &&
	       !munmap(map->at, 2 * page_size()) &&
	       !munmap(map->at + 4 * page_size(), (PAGES - 4) * page_size());
}

/* Refused, and unchanged. */
static bool does_not_grow(char *at, size_t size)
{
	return mremap(at, size, size + page_size(), MREMAP_MAYMOVE) ==
		       MAP_FAILED && errno == EFAULT;
}

static bool keep_what_does_not_grow(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) &&
	       does_not_grow(map->at, map->block.alloc_size) &&
	       mremap(map->at, map->block.alloc_size, page_size(), 0) == map->at &&
	       does_not_grow(map->at, page_size());
}

/* Taken out of the page tables, but not unmapped. */
static bool keep_it_unseen(void *arg)
{
	struct inherited_map *map = arg;

	return only_the_mapping(map) &&
	       !madvise(map->at, map->block.alloc_size, MADV_DONTNEED) &&
	       !mprotect(map->at, map->block.alloc_size, PROT_NONE);
}

FIXTURE(inherit)
{
	int watch;
	struct inherited_map own;
	struct pga_snapshot before;
};

FIXTURE_VARIANT(inherit)
{
	bool (*keep)(void *map);
};

FIXTURE_VARIANT_ADD(inherit, all) { .keep = keep_all };
FIXTURE_VARIANT_ADD(inherit, the_first) { .keep = keep_the_first };
FIXTURE_VARIANT_ADD(inherit, the_last) { .keep = keep_the_last };
FIXTURE_VARIANT_ADD(inherit, one_in_the_middle) {
	.keep = keep_one_in_the_middle,
};

FIXTURE_VARIANT_ADD(inherit, both_ends) { .keep = keep_both_ends };
FIXTURE_VARIANT_ADD(inherit, elsewhere) { .keep = keep_it_elsewhere };
FIXTURE_VARIANT_ADD(inherit, two_pages_elsewhere) {
	.keep = keep_two_pages_elsewhere,
};

FIXTURE_VARIANT_ADD(inherit, what_does_not_grow) {
	.keep = keep_what_does_not_grow,
};

FIXTURE_VARIANT_ADD(inherit, unseen) { .keep = keep_it_unseen };

/* A mapped block with a pattern; @watch observes it. */
static void make_inherited_map(struct __test_metadata *_metadata, int watch,
			       struct inherited_map *own)
{
	struct pgarea_area area;

	ASSERT_EQ(0, pga_pick(watch, PAGES * page_size(), &area));
	own->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, own->fd);
	own->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc_in(own->fd, area.id, &own->block));
	own->at = pga_map(own->fd, &own->block);
	ASSERT_NE(MAP_FAILED, own->at);
	memset(own->at, 0x42, own->block.alloc_size);
}

FIXTURE_SETUP(inherit)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->watch, PAGES, &area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	make_inherited_map(_metadata, self->watch, &self->own);
}

FIXTURE_TEARDOWN(inherit)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* The parent releases all that it has. */
static bool give_up(struct inherited_map *own)
{
	return !pga_free(own->fd, own->block.id) &&
	       !munmap(own->at, own->block.alloc_size) && !close(own->fd);
}

#define EXPECT_HELD_BY_A_MAPPING(_own) do {				\
	struct pgarea_alloc _exact;					\
	__u64 _end = (_own)->block.phys + (_own)->block.alloc_size;	\
									\
	EXPECT_TRUE(pga_is_held(self->watch, (_own)->block.phys,	\
				PGAREA_STATE_DRAINING,			\
				PGAREA_HOLDER_MAPPING));		\
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->watch, (_own)->block.phys,	\
				       page_size(), &_exact));		\
	EXPECT_EQ(-EBUSY, pga_alloc_at(self->watch, _end - page_size(),	\
				       page_size(), &_exact));		\
} while (0)

TEST_F(inherit, holds_until_the_child_ends)
{
	struct pga_child child;

	ASSERT_TRUE(pga_child_start(&child, variant->keep, NULL, &self->own));
	ASSERT_TRUE(give_up(&self->own));
	EXPECT_HELD_BY_A_MAPPING(&self->own);
	EXPECT_TRUE(pga_child_end(&child));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
}

TEST_F(inherit, holds_until_the_child_is_killed)
{
	struct pga_child child;

	ASSERT_TRUE(pga_child_start(&child, variant->keep, NULL, &self->own));
	ASSERT_TRUE(give_up(&self->own));
	EXPECT_HELD_BY_A_MAPPING(&self->own);
	EXPECT_TRUE(pga_child_kill(&child));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
}

/* Of two children the second one holds it, whatever the first one keeps. */
TEST_F(inherit, holds_until_the_last_child_ends)
{
	struct pga_child first, second;

	ASSERT_TRUE(pga_child_start(&first, variant->keep, NULL, &self->own));
	ASSERT_TRUE(pga_child_start(&second, keep_all, NULL, &self->own));
	ASSERT_TRUE(give_up(&self->own));
	EXPECT_TRUE(pga_child_end(&first));
	EXPECT_HELD_BY_A_MAPPING(&self->own);
	EXPECT_TRUE(pga_child_end(&second));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
}

FIXTURE(heirs)
{
	int watch;
	struct inherited_map own;
	struct pga_snapshot before;
};

FIXTURE_SETUP(heirs)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->watch, PAGES, &area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	make_inherited_map(_metadata, self->watch, &self->own);
}

FIXTURE_TEARDOWN(heirs)
{
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

/* The child passes it to a child of its own, and exits. */
TEST_F(heirs, a_grandchild_holds)
{
	int go[2], status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(go));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		if (fork())
			_exit(0);
		close(self->own.fd);
		_exit(read(go[0], &c, 1) != 0);
	}
	close(go[0]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_TRUE(give_up(&self->own));
	EXPECT_HELD_BY_A_MAPPING(&self->own);
	close(go[1]);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
}

/* Parent and child unmap parts, so that each page has only one holder. */
TEST_F(heirs, parent_and_child_hold_a_half_each)
{
	size_t half = PAGES / 2 * page_size();
	struct pga_child child;

	ASSERT_TRUE(pga_child_start(&child, keep_the_last, NULL, &self->own));
	ASSERT_EQ(0, pga_free(self->own.fd, self->own.block.id));
	close(self->own.fd);
	ASSERT_EQ(0, munmap(self->own.at + half, half));
	EXPECT_HELD_BY_A_MAPPING(&self->own);
	EXPECT_TRUE(pga_child_end(&child));
	EXPECT_HELD_BY_A_MAPPING(&self->own);
	EXPECT_EQ(0x42, self->own.at[half - 1]);
	ASSERT_EQ(0, munmap(self->own.at, half));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
}

TEST_F(heirs, what_is_not_to_be_inherited_is_not)
{
	struct pga_child child;

	ASSERT_EQ(0, madvise(self->own.at, self->own.block.alloc_size,
			     MADV_DONTFORK));
	ASSERT_TRUE(pga_child_start(&child, keep_all, NULL,
				    &self->own));
	ASSERT_TRUE(give_up(&self->own));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
	EXPECT_TRUE(pga_child_end(&child));
}

/*
 * A vfork() child shares its parent's memory and has no mapping of its own: the
 * one mapping holds what the child frees, and the end of the child ends
 * nothing.
 */
TEST_F(heirs, a_vforked_child_shares_the_mapping)
{
	int status;
	pid_t pid = vfork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(pga_free(self->own.fd, self->own.block.id) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0x42, self->own.at[0]);
	EXPECT_HELD_BY_A_MAPPING(&self->own);
	munmap(self->own.at, self->own.block.alloc_size);
	close(self->own.fd);
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
}

/* The program that a vfork() child executes has no mapping. */
TEST_F(heirs, a_vforked_program_has_no_mapping)
{
	int go[2];
	pid_t pid;

	ASSERT_EQ(0, pipe2(go, O_CLOEXEC));
	pid = vfork();
	ASSERT_LE(0, pid);
	if (!pid) {
		dup2(go[0], 0);
		execl("/proc/self/exe", "inherit", LINGER, NULL);
		_exit(1);
	}
	ASSERT_TRUE(give_up(&self->own));
	EXPECT_TRUE(pga_becomes_free(self->watch, &self->own.block));
	ASSERT_EQ(0, waitpid(pid, NULL, WNOHANG));
	close(go[1]);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
}

int main(int argc, char **argv)
{
	char c;

	if (argc == 2 && !strcmp(argv[1], LINGER))
		return read(STDIN_FILENO, &c, 1) != 0;
	return pga_test_main(argc, argv);
}
