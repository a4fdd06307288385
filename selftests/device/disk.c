// SPDX-License-Identifier: GPL-2.0
/*
 * Direct I/O: a disk that reads a block or writes to it, also when the block's
 * owner exits before the disk is done.
 *
 * PGAREA_DISK names the disk.  The test overwrites its contents.
 */
#include "aio.h"
#include "include/hold.h"

#define PAGES		256
#define DISK_OFFSET	MIB
#define WRITES		16
#define READS		40
#define ATTEMPTS	20

FIXTURE(disk)
{
	int fd;
	int disk;
	size_t size;
	struct pgarea_area area;
	struct pgarea_alloc block;
	unsigned char *at;
	unsigned char *plain;	/* ordinary memory */
};

FIXTURE_SETUP(disk)
{
	const char *name = getenv("PGAREA_DISK");

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &self->area);
	if (!name)
		SKIP(return, "PGAREA_DISK names no disk to overwrite");
	self->disk = open(name, O_RDWR | O_DIRECT | O_CLOEXEC);
	ASSERT_LE(0, self->disk);
	self->size = PAGES * page_size();
	self->plain = mmap(NULL, self->size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->plain);
	self->block.size = self->size;
	ASSERT_EQ(0, pga_alloc_in(self->fd, self->area.id, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
}

FIXTURE_TEARDOWN(disk)
{
	close(self->disk);
	close(self->fd);
}

/* Offset on the disk of the copies of the block */
static off_t copy_offset(size_t size, unsigned int i)
{
	return DISK_OFFSET + i * size;
}

TEST_F(disk, writes_what_a_block_has)
{
	ASSERT_EQ(self->size, pwrite(self->disk, self->plain, self->size,
				     DISK_OFFSET));
	pga_fill(self->at, self->size, 2);
	ASSERT_EQ(self->size, pwrite(self->disk, self->at, self->size,
				     DISK_OFFSET));
	ASSERT_EQ(self->size, pread(self->disk, self->plain, self->size,
				    DISK_OFFSET));
	EXPECT_TRUE(pga_shows(self->plain, self->size, 2));
}

TEST_F(disk, reads_into_a_block)
{
	pga_fill(self->plain, self->size, 3);
	ASSERT_EQ(self->size, pwrite(self->disk, self->plain, self->size,
				     DISK_OFFSET));
	ASSERT_EQ(self->size, pread(self->disk, self->at, self->size,
				    DISK_OFFSET));
	EXPECT_TRUE(pga_shows(self->at, self->size, 3));
	EXPECT_EQ(self->block.phys, phys_of(self->at));
}

/*
 * The owner exits while its block is being written to a disk.  The next owner
 * of the last page overwrites it at once; the disk must not see that.  A write
 * is reported before it releases its pages: once they are free, all were.
 */
TEST_F(disk, a_write_outlives_the_owner)
{
	__u64 last = self->block.phys + self->size - page_size();
	struct pgarea_alloc next;
	struct aio aio;
	unsigned int i;
	char *at;

	pga_fill(self->at, self->size, 4);
	ASSERT_EQ(0, aio_begin(&aio, self->disk, IOCB_CMD_PWRITE, self->at,
			       self->size, DISK_OFFSET, WRITES));
	ASSERT_EQ(0, munmap(self->at, self->size));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_wait_exact(self->fd, last, page_size(), &next));
	EXPECT_TRUE(aio_is_done(&aio, false));
	EXPECT_TRUE(aio_end(&aio));
	at = pga_map(self->fd, &next);
	ASSERT_NE(MAP_FAILED, at);
	memset(at, 0xff, page_size());
	for (i = 0; i < WRITES; i++) {
		ASSERT_EQ(self->size, pread(self->disk, self->plain, self->size,
					    copy_offset(self->size, i)));
		EXPECT_TRUE(pga_shows(self->plain, self->size, 4));
	}
}

/* Read it from the disk again and again, and free it at once. */
static bool read_and_let_go(struct _test_data_disk *self, struct aio *aio)
{
	return !aio_begin(aio, self->disk, IOCB_CMD_PREAD, self->at,
			  self->size, DISK_OFFSET, READS) &&
	       !munmap(self->at, self->size) &&
	       !pga_free(self->fd, self->block.id);
}

/* Allocate the same place again, and map it. */
static bool take_back(struct _test_data_disk *self)
{
	if (pga_wait_exact(self->fd, self->block.phys, self->size,
			   &self->block))
		return false;
	self->at = pga_map(self->fd, &self->block);
	return self->at != MAP_FAILED;
}

static bool fill_disk(struct _test_data_disk *self)
{
	unsigned int i;

	pga_fill(self->plain, self->size, 5);
	for (i = 0; i < READS; i++)
		if (pwrite(self->disk, self->plain, self->size,
			   copy_offset(self->size, i)) != (ssize_t)self->size)
			return false;
	return true;
}

/*
 * While the disk reads into a block that was freed, the block is not allocated
 * again. A check that ran before the last transfer was reported ran in time;
 * with a disk that is too fast the test tries again.
 */
TEST_F(disk, a_read_under_way_is_seen_to_drain)
{
	unsigned int i, seen_in_time = 0;
	struct pgarea_block seen;
	struct aio aio;
	int err;

	ASSERT_TRUE(fill_disk(self));
	for (i = 0; i < ATTEMPTS && seen_in_time < 3; i++) {
		__u64 id = self->block.id;

		ASSERT_TRUE(read_and_let_go(self, &aio));
		err = pga_block_at(self->fd, 0, self->block.phys, &seen);
		if (!aio_is_done(&aio, false)) {
			seen_in_time++;
			EXPECT_EQ(0, err);
			EXPECT_EQ(id, seen.id);
			EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
			EXPECT_EQ(PGAREA_HOLDER_REFERENCE, seen.holders);
			EXPECT_EQ(-ENOENT, pga_free(self->fd, id));
		}
		EXPECT_TRUE(aio_end(&aio));
		EXPECT_EQ(0, pga_wait_gone(self->fd, id, PGA_SETTLE_MS));
		EXPECT_EQ(-ENOENT, pga_block_at(self->fd, 0, self->block.phys,
						&seen));
		ASSERT_TRUE(take_back(self));
		EXPECT_TRUE(pga_is_zero((char *)self->at, self->size));
	}
	TH_LOG("seen under way in %u of %u attempts", seen_in_time, i);
	EXPECT_LT(0, seen_in_time);
}

/*
 * Allocate a page of the area as soon as one is free, when all others are
 * allocated; 0 or -errno.  @in_time: counts refusals while a transfer was in
 * progress.
 */
static int first_page_of_it(struct _test_data_disk *self, struct aio *aio,
			    struct pgarea_alloc *page, unsigned int *in_time)
{
	bool refused_in_time = false;
	int err, ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms++) {
		*page = (struct pgarea_alloc){
			.size = page_size(),
			.flags = PGAREA_ALLOC_NO_GROW,
		};
		err = pga_alloc_in(self->fd, self->area.id, page);
		if (err != -ENOSPC)
			break;
		refused_in_time |= !aio_is_done(aio, false);
		pga_sleep_ms(1);
	}
	*in_time += refused_in_time;
	return err;
}

/* The area has no free memory except the pages that the disk writes to. */
TEST_F(disk, a_read_under_way_reaches_nobody_else)
{
	unsigned int i, in_time = 0;
	struct pgarea_alloc page;
	struct pga_grabbed grabbed;
	struct aio aio;
	char *at;

	ASSERT_TRUE(fill_disk(self));
	ASSERT_EQ(0, pga_exhaust(&grabbed, self->area.id));
	ASSERT_EQ(0, pga_grabbed_fill(&grabbed, 0xff));
	for (i = 0; i < ATTEMPTS && in_time < 3; i++) {
		ASSERT_TRUE(read_and_let_go(self, &aio));
		ASSERT_EQ(0, first_page_of_it(self, &aio, &page, &in_time));
		EXPECT_TRUE(aio_is_done(&aio, false));
		at = pga_map(self->fd, &page);
		ASSERT_NE(MAP_FAILED, at);
		EXPECT_TRUE(pga_is_zero(at, page_size()));
		EXPECT_TRUE(aio_end(&aio));
		EXPECT_TRUE(pga_is_zero(at, page_size()));
		munmap(at, page_size());
		EXPECT_EQ(0, pga_free(self->fd, page.id));
		ASSERT_TRUE(take_back(self));
	}
	EXPECT_TRUE(pga_grabbed_keeps(&grabbed, 0xff));
	pga_grabbed_free(&grabbed);
	TH_LOG("under way in %u of %u attempts", in_time, i);
	EXPECT_LT(0, in_time);
}

TEST_HARNESS_MAIN
