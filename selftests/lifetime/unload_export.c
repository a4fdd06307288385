// SPDX-License-Identifier: GPL-2.0
/*
 * Unloading the module while its memory is in use elsewhere, and the state of
 * the memory that it returns.
 *
 * This loads and unloads pgarea itself, so it is no part of the suite: the virtual
 * machine's job runs it when the module is not loaded.  PGAREA_MODULE names it.
 */
#include <signal.h>

#include "include/export.h"
#include "include/load.h"
#include "include/testmod.h"

#define AREAS		"areas=low=16M,high=16M"
#define PAGES		16
#define NR_BLOCKS	8

/* Unload as soon as nothing is held any more. */
static int unload_soon(void)
{
	int ms, err = pga_unload();

	for (ms = 0; ms < PGA_GONE_MS && err == -EWOULDBLOCK; ms += 10) {
		pga_sleep_ms(10);
		err = pga_unload();
	}
	return err;
}

FIXTURE(unload)
{
	int fd;
	__u64 page;
};

FIXTURE_SETUP(unload)
{
	const char *path = getenv("PGAREA_MODULE");

	self->page = page_size();
	if (!path)
		SKIP(return, "PGAREA_MODULE names no module");
	if (!access("/sys/module/pgarea", F_OK))
		SKIP(return, "pgarea is loaded, and others may use it");
	ASSERT_EQ(0, pga_load(path, AREAS));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

/* Clean up after a test that failed halfway, so that the next one can run. */
FIXTURE_TEARDOWN(unload)
{
	if (access("/sys/module/pgarea", F_OK))
		return;
	close(self->fd);
	EXPECT_EQ(0, unload_soon());
}

TEST_F(unload, a_dma_buf_refuses_it)
{
	struct pgarea_alloc block = {
		.size = PAGES * self->page,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	int buf;
	char *at;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, pga_unload());
	at = pga_map_buf(buf, block.alloc_size, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, at);
	close(buf);
	EXPECT_EQ(-EWOULDBLOCK, pga_unload());
	at[0] = 'x';
	EXPECT_EQ(block.phys, phys_of(at));
	munmap(at, block.alloc_size);
	EXPECT_EQ(0, unload_soon());
}

TEST_F(unload, an_importer_refuses_it)
{
	struct pgarea_alloc block = {
		.size = PAGES * self->page,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	struct pgt_entry entry;
	__u32 handle;
	int test, buf;

	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(test, buf, &handle));
	ASSERT_LT(0, pgt_map(test, handle, &entry, 1));
	close(buf);
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, pga_unload());
	close(test);
	EXPECT_EQ(0, unload_soon());
}

TEST_F(unload, a_pin_refuses_it)
{
	struct pgarea_alloc block = {
		.size = PAGES * self->page,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	__u32 pin;
	int test;
	char *at;

	PGT_OPEN_OR_SKIP(test);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	at = pga_map(self->fd, &block);
	ASSERT_NE(MAP_FAILED, at);
	ASSERT_EQ(0, pgt_hold(test, at, PGT_HOLD_PIN | PGT_HOLD_WRITE, &pin,
			      NULL));
	munmap(at, block.alloc_size);
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, pga_unload());
	ASSERT_EQ(0, pgt_fill(test, pin, 0xee));
	ASSERT_EQ(0, pgt_drop(test, pin));
	EXPECT_EQ(0, unload_soon());
	close(test);
}

/* Memory that returns to the kernel is write-back, whatever it was before. */
FIXTURE(gives_back)
{
	int fd;
	int test;
	__u64 page;
	__u64 phys[NR_BLOCKS];
};

FIXTURE_VARIANT(gives_back)
{
	__u32 cache;
	__u64 feature;
};

FIXTURE_VARIANT_ADD(gives_back, wc) {
	.cache = PGAREA_CACHE_WC,
	.feature = PGAREA_FEATURE_WC,
};

FIXTURE_VARIANT_ADD(gives_back, uc) {
	.cache = PGAREA_CACHE_UC,
	.feature = PGAREA_FEATURE_UC,
};

FIXTURE_SETUP(gives_back)
{
	const char *path = getenv("PGAREA_MODULE");

	self->page = page_size();
	if (!path)
		SKIP(return, "PGAREA_MODULE names no module");
	if (!access("/sys/module/pgarea", F_OK))
		SKIP(return, "pgarea is loaded, and others may use it");
	PGT_OPEN_OR_SKIP(self->test);
	ASSERT_EQ(0, pga_load(path, AREAS));
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(gives_back)
{
	close(self->test);
	if (access("/sys/module/pgarea", F_OK))
		return;
	close(self->fd);
	EXPECT_EQ(0, unload_soon());
}

/*
 * The number of pages of @nr blocks whose kernel mapping has this attribute,
 * or whose lookup returns this error.
 */
static unsigned int nr_that_are(int what, int test, const __u64 *phys,
				unsigned int nr)
{
	unsigned int i, page, found = 0;

	for (i = 0; i < nr; i++)
		for (page = 0; page < PAGES; page++)
			found += pgt_cache_direct(test, phys[i] + page *
						  page_size()) == what;
	return found;
}

/* A kernel with DEBUG_PAGEALLOC unmaps free memory, with all its attributes. */
static bool no_page_is_special(int test, const __u64 *phys, unsigned int nr)
{
	return nr_that_are(PGT_CACHE_WB, test, phys, nr) +
	       nr_that_are(-ENOENT, test, phys, nr) == nr * PAGES;
}

/*
 * The module is unloaded.  The pages are ordinary memory of the host, so
 * allocating them again maps them.
 */
#define EXPECT_GIVEN_BACK(_phys, _nr) do {				\
	EXPECT_TRUE(no_page_is_special(self->test, _phys, _nr));	\
	ASSERT_EQ(0, pga_load(getenv("PGAREA_MODULE"), AREAS));		\
	EXPECT_TRUE(no_page_is_special(self->test, _phys, _nr));	\
	EXPECT_LT(0, nr_that_are(PGT_CACHE_WB, self->test, _phys, _nr));	\
	EXPECT_EQ(0, pga_unload());					\
} while (0)

/* Some blocks of this kind, mapped, that do not become orphans. */
static bool take(int fd, __u32 cache, __u64 *phys)
{
	struct pgarea_alloc block;
	unsigned int i;

	for (i = 0; i < NR_BLOCKS; i++) {
		block = (struct pgarea_alloc){
			.size = PAGES * page_size(),
			.cache = cache,
			.orphan_ms = PGAREA_ORPHAN_NONE,
		};
		if (pga_alloc(fd, &block) || pga_map(fd, &block) == MAP_FAILED)
			return false;
		phys[i] = block.phys;
	}
	return true;
}

/*
 * The owner is killed; the module can be unloaded as soon as its blocks are
 * gone.
 */
TEST_F(gives_back, what_a_process_had_that_was_killed)
{
	int ends[2], status;
	pid_t pid;

	PGA_FEATURE_OR_SKIP(self->fd, variant->feature);
	close(self->fd);
	ASSERT_EQ(0, pipe(ends));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

		if (!take(fd, variant->cache, self->phys) ||
		    write(ends[1], self->phys, sizeof(self->phys)) < 0)
			_exit(1);
		pause();
		_exit(1);
	}
	ASSERT_EQ(sizeof(self->phys), read(ends[0], self->phys,
					   sizeof(self->phys)));
	EXPECT_EQ(0, nr_that_are(PGT_CACHE_WB, self->test, self->phys,
				 NR_BLOCKS));
	EXPECT_EQ(-EWOULDBLOCK, pga_unload());
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, unload_soon());
	EXPECT_GIVEN_BACK(self->phys, NR_BLOCKS);
}

/* Not before the last holder, which is not the owner, ends. */
TEST_F(gives_back, what_an_importer_had)
{
	struct pgarea_alloc block = {
		.size = PAGES * self->page,
		.cache = variant->cache,
		.orphan_ms = PGAREA_ORPHAN_NONE,
	};
	__u32 handle;
	int buf;

	PGA_FEATURE_OR_SKIP(self->fd, variant->feature);
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_EXPORT);
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	buf = pga_export_all(self->fd, block.id);
	ASSERT_LE(0, buf);
	ASSERT_EQ(0, pgt_import(self->test, buf, &handle));
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_VMAP));
	close(buf);
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, pga_unload());
	EXPECT_NE(PGT_CACHE_WB, pgt_cache_direct(self->test, block.phys));
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_VUNMAP));
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_DETACH));
	ASSERT_EQ(0, pgt_do(self->test, handle, PGT_STEP_PUT));
	ASSERT_EQ(0, unload_soon());
	EXPECT_GIVEN_BACK(&block.phys, 1);
}

int main(int argc, char **argv)
{
	pga_stretch_timeouts();
	return test_harness_run(argc, argv);
}
