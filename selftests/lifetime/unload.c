// SPDX-License-Identifier: GPL-2.0
/*
 * The module cannot be unloaded while anything holds one of its pages, and can
 * be as soon as the last holder ends.
 *
 * This test loads and unloads the module: PGAREA_MODULE names the file, and no
 * module pgarea is loaded before.  PGAREA_DISK names a disk, which the
 * test reads.
 */

#include "device/aio.h"
#include "device/kvm.h"
#include "include/hold.h"
#include "include/load.h"
#include "device/uring.h"

#define PARAMETERS	"areas=low=32M orphan_ms=20"
#define PAGES		4
#define DISK_PAGES	256
#define READS		40
#define ATTEMPTS	20

/* The longest time from the last holder's end to that of the module */
#define SOON_MS		(1000 * pga_slow())

/* Is unloading refused now, and is the module still loaded? */
static bool is_refused(void)
{
	return pga_unload() == -EWOULDBLOCK && !access(PGA_DEVICE, F_OK);
}

/* Wait until unloading succeeds; milliseconds until then, or -errno. */
static long ms_until_unloaded(void)
{
	__u64 begin = pga_now_ms();
	int ms, err = -EWOULDBLOCK;

	for (ms = 0; ms < PGA_SETTLE_MS && err == -EWOULDBLOCK; ms += 5) {
		err = pga_unload();
		if (err)
			pga_sleep_ms(5);
	}
	return err ?: (long)(pga_now_ms() - begin);
}

#define EXPECT_UNLOADS_SOON() do {					\
	long _ms = ms_until_unloaded();					\
									\
	TH_LOG("unloaded %ld ms after the last holder", _ms);		\
	EXPECT_LE(0, _ms);						\
	EXPECT_GE(SOON_MS, _ms);					\
} while (0)

/* The module, loaded for this test, and a block that is mapped. */
FIXTURE(unload)
{
	int fd;
	struct pgarea_alloc block;
	char *at;
};

FIXTURE_SETUP(unload)
{
	const char *file = getenv("PGAREA_MODULE");
	int err;

	if (!file)
		SKIP(return, "PGAREA_MODULE does not name the module");
	PGA_ROOT_OR_SKIP();
	err = pga_load(file, PARAMETERS);
	if (err == -EEXIST)
		SKIP(return, "the module is loaded already");
	ASSERT_EQ(0, err);
	self->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc(self->fd, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
}

/* The next test loads it again; after a failure there may be a module left. */
FIXTURE_TEARDOWN(unload)
{
	ms_until_unloaded();
}

/* Only what a test sets up holds the block. */
#define ASSERT_GIVEN_UP() do {						\
	ASSERT_EQ(0, munmap(self->at, self->block.alloc_size));		\
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));		\
	ASSERT_EQ(0, close(self->fd));					\
} while (0)

TEST_F(unload, waits_for_an_open_file)
{
	ASSERT_EQ(0, munmap(self->at, self->block.alloc_size));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_TRUE(is_refused());
	close(self->fd);
	EXPECT_UNLOADS_SOON();
}

TEST_F(unload, waits_for_a_mapping)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	close(self->fd);
	EXPECT_TRUE(is_refused());
	ASSERT_EQ(0, munmap(self->at, self->block.alloc_size));
	EXPECT_UNLOADS_SOON();
}

static bool closes_its_copy(void *arg)
{
	struct _test_data_unload *self = arg;

	return !close(self->fd);
}

TEST_F(unload, waits_for_a_mapping_in_another_process)
{
	struct pga_child child;

	ASSERT_TRUE(pga_child_start(&child, closes_its_copy, NULL, self));
	ASSERT_GIVEN_UP();
	EXPECT_TRUE(is_refused());
	EXPECT_TRUE(pga_child_kill(&child));
	EXPECT_UNLOADS_SOON();
}

TEST_F(unload, waits_for_a_pipe)
{
	int pipe = pga_pipe_of(self->at, page_size());
	char copy[page_size()];

	ASSERT_LE(0, pipe);
	memset(self->at, 0x66, page_size());
	ASSERT_GIVEN_UP();
	EXPECT_TRUE(is_refused());
	ASSERT_EQ(page_size(), read(pipe, copy, page_size()));
	EXPECT_EQ(0x66, copy[0]);
	EXPECT_UNLOADS_SOON();
}

TEST_F(unload, waits_for_a_registered_buffer)
{
	struct uring ring;
	int err = uring_open(&ring);

	if (!err) {
		err = uring_register(&ring, self->at, self->block.alloc_size);
		/*
		 * Before 6.5 io_uring does not register memory of a file such
		 * as a device.
		 */
		if (err)
			uring_close(&ring);
	}
	ASSERT_GIVEN_UP();
	if (err == -ENOSYS || err == -EPERM || err == -EOPNOTSUPP)
		SKIP(return, "io_uring: %s", strerror(-err));
	ASSERT_EQ(0, err);
	EXPECT_TRUE(is_refused());
	ASSERT_EQ(0, uring_unregister(&ring));
	EXPECT_UNLOADS_SOON();
	uring_close(&ring);
}

/*
 * Does the disk read into a block while the module is being unloaded?  0 or
 * -errno.
 */
static int begin_reading(struct aio *aio, int disk)
{
	struct pgarea_alloc block = { .size = DISK_PAGES * page_size() };
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), err;
	void *at;

	err = pga_alloc_mapped(fd, &block, &at);
	if (err)
		return err;
	err = aio_begin(aio, disk, IOCB_CMD_PREAD, at, block.alloc_size, 0, READS);
	munmap(at, block.alloc_size);
	return pga_free(fd, block.id) ?: err ?: close(fd);
}

TEST_F(unload, waits_for_direct_io)
{
	const char *name = getenv("PGAREA_DISK");
	unsigned int i, in_time = 0;
	struct aio aio;
	int disk, err;

	ASSERT_GIVEN_UP();
	if (!name)
		SKIP(return, "PGAREA_DISK names no disk");
	disk = open(name, O_RDONLY | O_DIRECT | O_CLOEXEC);
	ASSERT_LE(0, disk);
	for (i = 0; i < ATTEMPTS && !in_time; i++) {
		ASSERT_EQ(0, begin_reading(&aio, disk));
		err = pga_unload();
		in_time = !aio_is_done(&aio, false);
		if (in_time)
			EXPECT_EQ(-EWOULDBLOCK, err);
		EXPECT_TRUE(aio_end(&aio));
		if (!err)
			ASSERT_EQ(0, pga_load(getenv("PGAREA_MODULE"),
					      PARAMETERS));
	}
	TH_LOG("under way in %u of %u attempts", in_time, i);
	EXPECT_LT(0, in_time);
	EXPECT_UNLOADS_SOON();
}

TEST_F_TIMEOUT(unload, waits_for_a_guest, 40)
{
	struct guest guest;
	int err, ms, status;
	pid_t pid;

	err = guest_open(&guest, self->at, self->block.alloc_size);
	if (err == -ENOENT || err == -ENODEV || err == -EACCES) {
		ASSERT_GIVEN_UP();
		SKIP(return, "/dev/kvm: %s", strerror(-err));
	}
	ASSERT_EQ(0, err);
	guest_close(&guest);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(self->fd);
		_exit(guest_open(&guest, self->at, self->block.alloc_size) ||
		      guest_run(&guest));
	}
	for (ms = 0; ms < 20000 && !guest_count(self->at); ms++)
		pga_sleep_ms(1);
	EXPECT_LT(0, guest_count(self->at));
	ASSERT_GIVEN_UP();
	EXPECT_TRUE(is_refused());
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_UNLOADS_SOON();
}

/* The module does not return it to the host while a device may write to it. */
TEST_F(unload, waits_for_an_orphan)
{
	struct pgarea_alloc block = { .size = 1, .orphan_ms = 1500 };
	__u64 closed;

	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	ASSERT_EQ(0, munmap(self->at, self->block.alloc_size));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	closed = pga_now_ms();
	close(self->fd);
	EXPECT_TRUE(is_refused());
	EXPECT_LE(0, ms_until_unloaded());
	EXPECT_LE(1500, pga_now_ms() - closed);
	EXPECT_GE(1500 + SOON_MS, pga_now_ms() - closed);
}

/* The same for a reservation of a dead process. */
TEST_F(unload, waits_for_an_orphaned_reservation)
{
	struct pgarea_reserve hold = {
		.address = self->block.phys,
		.size = page_size(),
		.orphan_ms = 1000,
	};
	__u64 closed;

	ASSERT_EQ(0, munmap(self->at, self->block.alloc_size));
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	ASSERT_EQ(0, pga_reserve(self->fd, &hold));
	closed = pga_now_ms();
	close(self->fd);
	EXPECT_TRUE(is_refused());
	EXPECT_LE(0, ms_until_unloaded());
	EXPECT_LE(1000, pga_now_ms() - closed);
}

TEST_F(unload, waits_for_a_dma_buf)
{
	struct pgarea_export export = { .id = self->block.id };
	struct pgarea_info info;

	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	if (!(info.features & PGAREA_FEATURE_EXPORT)) {
		ASSERT_GIVEN_UP();
		SKIP(return, "this module has no EXPORT");
	}
	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_EXPORT, &export));
	ASSERT_GIVEN_UP();
	EXPECT_TRUE(is_refused());
	close(export.fd);
	EXPECT_UNLOADS_SOON();
}

/* It belongs to no file, so it stays until it is removed. */
TEST_F(unload, waits_for_a_persistent_block)
{
	struct pgarea_alloc block = {
		.size = page_size(),
		.flags = PGAREA_ALLOC_PERSISTENT,
		.name = "unload",
	};
	struct pgarea_remove remove = { .name = "unload" };
	struct pgarea_info info;
	int fd;

	ASSERT_EQ(0, pga_ioctl(self->fd, PGAREA_IOC_INFO, &info));
	if (!(info.features & PGAREA_FEATURE_PERSISTENT)) {
		ASSERT_GIVEN_UP();
		SKIP(return, "this module has no persistent blocks");
	}
	ASSERT_EQ(0, pga_alloc(self->fd, &block));
	ASSERT_GIVEN_UP();
	EXPECT_TRUE(is_refused());
	pga_sleep_ms(100);
	EXPECT_TRUE(is_refused());
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, pga_ioctl(fd, PGAREA_IOC_REMOVE, &remove));
	close(fd);
	EXPECT_UNLOADS_SOON();
	EXPECT_NE(0, access("/dev/pgarea-unload", F_OK));
}

/* The variable is missing, not the device. */
int main(int argc, char **argv)
{
	if (!getenv("PGAREA_MODULE"))
		ksft_exit_skip("PGAREA_MODULE does not name the module\n");
	pga_stretch_timeouts();
	return test_harness_run(argc, argv);
}
