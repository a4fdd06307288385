// SPDX-License-Identifier: GPL-2.0
/*
 * Containers: root of a user namespace has no right that its user did not have,
 * rights belong to the open file and not to the process that uses it, and a
 * node outside /dev works like the one in /dev.
 */

#include "include/fds.h"
#include "include/hold.h"
#include "include/pga_rights.h"
#include "device/uring.h"

#define PAGES	4

/* @fd: root's; @user: another user's, and @other: a third one's */
FIXTURE(container)
{
	int fd;
	int user;
	int other;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	struct pgarea_alloc block;
};

FIXTURE_SETUP(container)
{
	struct pgarea_area area;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->fd, 64, &area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	ASSERT_EQ(0, pga_open_to_all(PGA_DEVICE));
	self->user = pga_open_as(PGA_USER, 0, PGA_DEVICE, O_RDWR);
	self->other = pga_open_as(PGA_OTHER_USER, 0, PGA_DEVICE, O_RDWR);
	ASSERT_LE(0, self->user);
	ASSERT_LE(0, self->other);
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	self->block.size = PAGES * page_size();
}

/* The file is root's, regardless of the current user of the process. */
FIXTURE_TEARDOWN(container)
{
	close(self->user);
	close(self->other);
	pga_remove(self->fd, self->name, NULL);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

/* Become a user, and root of a namespace of that user's. */
#define BE_ROOT_OF_A_NAMESPACE(_uid) do {				\
	ASSERT_EQ(0, pga_become(_uid));					\
	if (pga_enter_user_namespace(CLONE_NEWNS))			\
		SKIP(return, "no user namespaces");			\
	ASSERT_EQ(0, geteuid());					\
} while (0)

/* Everything that needs CAP_SYS_ADMIN in the initial user namespace */
struct answers {
	int list;
	int persist;
	int persist_range;
	int remove;
	int bind;
	int wait;
};

static void try_all(int fd, const char *name, struct answers *answers)
{
	struct pgarea_wait wait = { .flags = PGAREA_WAIT_ALL };
	struct pgarea_alloc own = { .size = 1 };
	struct pgarea_alloc block = { .size = 1 };
	struct pgarea_reserve range;
	struct pgarea_block *list;

	answers->list = pga_blocks(fd, PGAREA_BLOCKS_ALL, &list);
	if (answers->list >= 0)
		free(list);
	pga_set_name(block.name, name);
	block.flags = PGAREA_ALLOC_PERSISTENT;
	answers->persist = pga_alloc(fd, &block);
	answers->remove = pga_remove(fd, name, NULL);
	answers->persist_range = pga_persist_at(fd, 0, page_size(), name,
						&range);
	pga_alloc(fd, &own);
	answers->bind = pga_bind_nowhere(fd, own.id);
	pga_free(fd, own.id);
	answers->wait = pga_ioctl(fd, PGAREA_IOC_WAIT, &wait);
}

static void expect_rights(struct __test_metadata *_metadata,
			  const struct answers *answers)
{
	EXPECT_LE(0, answers->list);
	EXPECT_EQ(0, answers->persist);
	EXPECT_EQ(0, answers->remove);
	EXPECT_EQ(-ENOSPC, answers->persist_range);
	EXPECT_EQ(-ENODEV, answers->bind);
	EXPECT_TRUE(!answers->wait || answers->wait == -ETIMEDOUT);
}

static void expect_no_rights(struct __test_metadata *_metadata,
			     const struct answers *answers)
{
	EXPECT_EQ(-EPERM, answers->list);
	EXPECT_EQ(-EPERM, answers->persist);
	EXPECT_EQ(-EPERM, answers->remove);
	EXPECT_EQ(-EPERM, answers->persist_range);
	EXPECT_EQ(-EPERM, answers->bind);
	EXPECT_EQ(-EPERM, answers->wait);
}

#define EXPECT_RIGHTS(_fd) do {						\
	struct answers _answers;					\
									\
	try_all(_fd, self->name, &_answers);				\
	expect_rights(_metadata, &_answers);				\
} while (0)

#define EXPECT_NO_RIGHTS(_fd) do {					\
	struct answers _answers;					\
									\
	try_all(_fd, self->name, &_answers);				\
	expect_no_rights(_metadata, &_answers);				\
} while (0)

TEST_F(container, root_has_all_rights)
{
	EXPECT_RIGHTS(self->fd);
}

TEST_F(container, a_user_has_none)
{
	ASSERT_EQ(0, pga_become(PGA_USER));
	EXPECT_NO_RIGHTS(self->user);
}

TEST_F(container, a_file_from_before_the_namespace)
{
	BE_ROOT_OF_A_NAMESPACE(PGA_USER);
	EXPECT_NO_RIGHTS(self->user);
}

TEST_F(container, a_file_from_within_the_namespace)
{
	int fd;

	BE_ROOT_OF_A_NAMESPACE(PGA_USER);
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_NO_RIGHTS(fd);
	close(fd);
}

/* A process that is also root outside has no rights there from a namespace. */
TEST_F(container, real_root_in_a_namespace)
{
	int fd;

	if (pga_enter_user_namespace(0))
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, geteuid());
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_NO_RIGHTS(fd);
	close(fd);
}

TEST_F(container, a_namespace_in_a_namespace)
{
	int fd;

	BE_ROOT_OF_A_NAMESPACE(PGA_USER);
	ASSERT_EQ(0, pga_enter_user_namespace(0));
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_NO_RIGHTS(fd);
	close(fd);
}

/* Blocks of its own need no right. */
TEST_F(container, a_namespace_has_blocks)
{
	char *at;
	int fd;

	BE_ROOT_OF_A_NAMESPACE(PGA_USER);
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pga_alloc(fd, &self->block));
	at = pga_map(fd, &self->block);
	ASSERT_NE(MAP_FAILED, at);
	EXPECT_TRUE(pga_is_zero(at, self->block.alloc_size));
	memset(at, 1, self->block.alloc_size);
	munmap(at, self->block.alloc_size);
	EXPECT_EQ(0, pga_free(fd, self->block.id));
	close(fd);
}

TEST_F(container, a_file_of_roots_keeps_its_rights)
{
	ASSERT_EQ(0, pga_become(PGA_USER));
	EXPECT_RIGHTS(self->fd);
}

TEST_F(container, a_file_of_roots_keeps_its_rights_in_a_namespace)
{
	BE_ROOT_OF_A_NAMESPACE(PGA_USER);
	EXPECT_RIGHTS(self->fd);
}

TEST_F(container, a_file_of_a_users_gains_none)
{
	EXPECT_NO_RIGHTS(self->user);
}

/* The results of a process of that user, which received @fd through a socket. */
static bool answers_of_a_receiver(int fd, uid_t uid, const char *name,
				  struct answers *answers)
{
	int sock[2], status = -1;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		return false;
	pid = fork();
	if (!pid) {
		int got;

		close(fd);
		if (pga_become(uid))
			_exit(1);
		got = receive_fd(sock[1]);
		try_all(got, name, answers);
		_exit(write(sock[1], answers, sizeof(*answers)) < 0);
	}
	if (!send_fd(sock[0], fd) ||
	    read(sock[0], answers, sizeof(*answers)) != sizeof(*answers))
		return false;
	close(sock[0]);
	close(sock[1]);
	return waitpid(pid, &status, 0) == pid && !status;
}

TEST_F(container, a_file_of_roots_passed_to_a_user)
{
	struct answers answers;

	ASSERT_TRUE(answers_of_a_receiver(self->fd, PGA_USER, self->name,
					  &answers));
	expect_rights(_metadata, &answers);
}

TEST_F(container, a_file_of_a_users_passed_to_root)
{
	struct answers answers;

	ASSERT_TRUE(answers_of_a_receiver(self->user, 0, self->name, &answers));
	expect_no_rights(_metadata, &answers);
}

/* User ids are those of the namespace of the process that lists. */
TEST_F(container, users_that_the_namespace_has)
{
	struct pgarea_block seen;

	ASSERT_EQ(0, pga_alloc(self->other, &self->block));
	ASSERT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, self->block.id,
				  &seen));
	EXPECT_EQ(PGA_OTHER_USER, seen.uid);
	BE_ROOT_OF_A_NAMESPACE(PGA_OTHER_USER);
	ASSERT_EQ(0, pga_block_of(self->fd, PGAREA_BLOCKS_ALL, self->block.id,
				  &seen));
	EXPECT_EQ(0, seen.uid);
	ASSERT_EQ(0, pga_block_of(self->other, 0, self->block.id, &seen));
	EXPECT_EQ(0, seen.uid);
}

TEST_F(container, users_that_the_namespace_has_not)
{
	struct pgarea_block seen;
	unsigned int overflow = 0;
	FILE *file = fopen("/proc/sys/kernel/overflowuid", "re");
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	ASSERT_TRUE(file && fscanf(file, "%u", &overflow) == 1);
	fclose(file);
	ASSERT_EQ(0, pga_alloc(fd, &self->block));
	BE_ROOT_OF_A_NAMESPACE(PGA_OTHER_USER);
	ASSERT_EQ(0, pga_block_of(fd, 0, self->block.id, &seen));
	EXPECT_EQ(overflow, seen.uid);
	EXPECT_EQ(0, pga_free(fd, self->block.id));
	close(fd);
}

/* The view of a process that is the first of its pid namespace */
struct pids {
	int own;	/* of the block that it created */
	int outer;	/* of an outside process's block, on the outside file */
	int all;	/* of the same, in the list of all */
	__u64 id;
};

static int pid_of_block(int fd, __u64 flags, __u64 id)
{
	struct pgarea_block seen;

	return pga_block_of(fd, flags, id, &seen) ?: seen.pid;
}

static void look_from_within(int outer, __u64 id, struct pids *pids)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	struct pgarea_alloc block = { .size = 1 };

	pids->own = pga_alloc(fd, &block) ?: pid_of_block(fd, 0, block.id);
	pids->outer = pid_of_block(outer, 0, id);
	pids->all = pid_of_block(fd, PGAREA_BLOCKS_ALL, id);
	pids->id = block.id;
}

TEST_F(container, processes_as_the_pid_namespace_numbers_them)
{
	struct pids pids = {};
	int sock[2], status;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, pga_alloc(self->user, &self->block));
	EXPECT_EQ(getpid(), pid_of_block(self->user, 0, self->block.id));
	ASSERT_EQ(0, unshare(CLONE_NEWPID));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(sock[0]);
		look_from_within(self->user, self->block.id, &pids);
		(void)!write(sock[1], &pids, sizeof(pids));
		_exit(read(sock[1], &pids, 1) < 0);
	}
	ASSERT_EQ(sizeof(pids), read(sock[0], &pids, sizeof(pids)));
	EXPECT_EQ(1, pids.own);
	EXPECT_EQ(0, pids.outer);
	EXPECT_EQ(0, pids.all);
	EXPECT_EQ(pid, pid_of_block(self->fd, PGAREA_BLOCKS_ALL, pids.id));
	close(sock[0]);
	close(sock[1]);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
}

/*
 * A container that root creates: a file system of its own, in memory, with a
 * node in it, and a user that sees nothing else.
 */
FIXTURE(jail)
{
	int watch;
	int disk;
	int fd;
	struct pga_snapshot before;
	struct pgarea_alloc block;
	char *at;
};

static int make_jail(dev_t device, mode_t mode)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("jail", "/tmp", "tmpfs", 0, NULL) ||
	    mknod("/tmp/node", S_IFCHR, device) || chmod("/tmp/node", mode) ||
	    chroot("/tmp") || chdir("/"))
		return -errno;
	return 0;
}

FIXTURE_SETUP(jail)
{
	const char *disk = getenv("PGAREA_DISK");
	struct pgarea_area area;
	struct stat device;

	PGA_OPEN_OR_SKIP(self->watch);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->watch, PAGES, &area);
	ASSERT_EQ(0, pga_snapshot(self->watch, &self->before));
	self->disk = disk ? open(disk, O_RDWR | O_DIRECT | O_CLOEXEC) : -1;
	ASSERT_EQ(0, stat(PGA_DEVICE, &device));
	ASSERT_EQ(0, make_jail(device.st_rdev, 0666));
	ASSERT_EQ(0, pga_become(PGA_USER));
	self->fd = open("/node", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_alloc(self->fd, &self->block));
	self->at = pga_map(self->fd, &self->block);
	ASSERT_NE(MAP_FAILED, self->at);
}

FIXTURE_TEARDOWN(jail)
{
	munmap(self->at, self->block.alloc_size);
	close(self->fd);
	EXPECT_TRUE(pga_returns_to(self->watch, &self->before));
	close(self->watch);
}

TEST_F(jail, has_blocks)
{
	EXPECT_TRUE(pga_is_zero(self->at, self->block.alloc_size));
	memset(self->at, 1, self->block.alloc_size);
	EXPECT_EQ(-EBUSY, pga_trim(self->fd, self->block.id, page_size()));
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(0, pga_trim(self->fd, self->block.id, page_size()));
	EXPECT_EQ(0, pga_free(self->fd, self->block.id));
}

TEST_F(jail, what_is_mapped_drains)
{
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, self->block.id, 20));
	memset(self->at, 1, self->block.alloc_size);
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
}

TEST_F(jail, direct_io)
{
	size_t size = self->block.alloc_size;

	if (self->disk < 0)
		SKIP(return, "PGAREA_DISK names no disk");
	memset(self->at, 0x3c, size);
	ASSERT_EQ((ssize_t)size, pwrite(self->disk, self->at, size, MIB));
	memset(self->at, 0, size);
	ASSERT_EQ((ssize_t)size, pread(self->disk, self->at, size, MIB));
	EXPECT_EQ(0x3c, self->at[0]);
	EXPECT_EQ(0x3c, self->at[size - 1]);
}

TEST_F(jail, a_page_in_a_pipe)
{
	struct pgarea_block seen = {};
	int pipe = pga_pipe_of(self->at, page_size());
	char byte;

	ASSERT_LE(0, pipe);
	self->at[0] = 0x55;
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, self->block.id, 300));
	ASSERT_EQ(0, pga_block_of(self->fd, 0, self->block.id, &seen));
	EXPECT_EQ(PGAREA_STATE_DRAINING, seen.state);
	EXPECT_EQ(PGAREA_HOLDER_REFERENCE, seen.holders);
	EXPECT_EQ(1, read(pipe, &byte, 1));
	EXPECT_EQ(0x55, byte);
	close(pipe);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
}

/* Before Linux 6.5 io_uring registers no memory of a file. */
#define PIN_OR_SKIP(_ring, _at, _size) do {				\
	int _err = uring_open(_ring) ? -EOPNOTSUPP :			\
		   uring_register(_ring, _at, _size);			\
									\
	if (_err == -EOPNOTSUPP)					\
		SKIP(return, "io_uring cannot pin such memory here");	\
	ASSERT_EQ(0, _err);						\
} while (0)

/* A pin of any duration, which a file system on a disk would not allow. */
TEST_F(jail, long_term_pins)
{
	struct uring ring;

	PIN_OR_SKIP(&ring, self->at, self->block.alloc_size);
	ASSERT_EQ(0, pga_free(self->fd, self->block.id));
	munmap(self->at, self->block.alloc_size);
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, self->block.id, 300));
	uring_close(&ring);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
}

TEST_F(jail, no_rights)
{
	struct answers answers;

	try_all(self->fd, "test-in-jail", &answers);
	expect_no_rights(_metadata, &answers);
}

/* A persistent block; the container has a node for it with some mode */
FIXTURE(shared)
{
	int fd;
	int disk;
	int node;
	void *at;
	struct pga_snapshot before;
	char name[PGAREA_NAME_SIZE];
	struct pgarea_alloc block;
	dev_t device;
};

FIXTURE_SETUP(shared)
{
	const char *disk = getenv("PGAREA_DISK");
	char path[PGA_NODE_ROOM];
	struct pgarea_area area;
	struct stat node;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_FEATURE_OR_SKIP(self->fd, PGAREA_FEATURE_PERSISTENT);
	PGA_PICK_OR_SKIP(self->fd, PAGES, &area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->disk = disk ? open(disk, O_RDWR | O_DIRECT | O_CLOEXEC) : -1;
	snprintf(self->name, sizeof(self->name), "test-%d", getpid());
	self->block.size = PAGES * page_size();
	ASSERT_EQ(0, pga_persist(self->fd, area.id, self->name, &self->block));
	ASSERT_EQ(0, stat(pga_node_of(self->name, path), &node));
	self->device = node.st_rdev;
	self->node = -1;
	self->at = MAP_FAILED;
}

/* Release everything that this process has of it. */
static void let_go(int *node, void **at, size_t size)
{
	if (*at != MAP_FAILED)
		munmap(*at, size);
	close(*node);
	*at = MAP_FAILED;
	*node = -1;
}

FIXTURE_TEARDOWN(shared)
{
	let_go(&self->node, &self->at, self->block.alloc_size);
	pga_remove(self->fd, self->name, NULL);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

TEST_F(shared, its_mode_says_no)
{
	ASSERT_EQ(0, make_jail(self->device, 0600));
	ASSERT_EQ(0, pga_become(PGA_USER));
	EXPECT_EQ(-1, open("/node", O_RDONLY));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(shared, its_mode_says_read)
{
	int node;

	ASSERT_EQ(0, make_jail(self->device, 0644));
	ASSERT_EQ(0, pga_become(PGA_USER));
	EXPECT_EQ(-1, open("/node", O_RDWR));
	EXPECT_EQ(EACCES, errno);
	node = open("/node", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, node);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
				   MAP_SHARED, node, 0));
	EXPECT_EQ(EACCES, errno);
	close(node);
}

/* The container's user has it open and mapped. */
#define OPEN_AND_MAP() do {						\
	ASSERT_EQ(0, make_jail(self->device, 0666));			\
	ASSERT_EQ(0, pga_become(PGA_USER));				\
	self->node = open("/node", O_RDWR | O_CLOEXEC);			\
	ASSERT_LE(0, self->node);					\
	self->at = mmap(NULL, self->block.alloc_size,			\
			PROT_READ | PROT_WRITE, MAP_SHARED,		\
			self->node, 0);					\
	ASSERT_NE(MAP_FAILED, self->at);				\
} while (0)

#define LET_GO() let_go(&self->node, &self->at, self->block.alloc_size)

TEST_F(shared, its_mode_says_all)
{
	ssize_t size = self->block.alloc_size;

	OPEN_AND_MAP();
	EXPECT_EQ(5, write(self->node, "hello", 5));
	EXPECT_STREQ("hello", (char *)self->at);
	if (self->disk >= 0) {
		ASSERT_EQ(size, pwrite(self->disk, self->at, size, MIB));
		ASSERT_EQ(size, pread(self->disk, self->at, size, MIB));
	}
}

TEST_F(shared, a_page_in_a_pipe_holds_what_is_removed)
{
	int pipe;

	OPEN_AND_MAP();
	pipe = pga_pipe_of(self->at, page_size());
	ASSERT_LE(0, pipe);
	LET_GO();
	ASSERT_EQ(0, pga_remove(self->fd, self->name, NULL));
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, self->block.id, 300));
	close(pipe);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
}

TEST_F(shared, it_can_be_pinned)
{
	struct uring ring;

	OPEN_AND_MAP();
	PIN_OR_SKIP(&ring, self->at, self->block.alloc_size);
	LET_GO();
	ASSERT_EQ(0, pga_remove(self->fd, self->name, NULL));
	EXPECT_EQ(-ETIMEDOUT, pga_wait_gone(self->fd, self->block.id, 300));
	uring_close(&ring);
	EXPECT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
}

/* REMOVE does not know such a node, but opening it fails afterwards. */
TEST_F(shared, a_node_that_is_left_leads_nowhere)
{
	ASSERT_EQ(0, make_jail(self->device, 0666));
	ASSERT_EQ(0, pga_remove(self->fd, self->name, NULL));
	ASSERT_EQ(0, pga_wait_gone(self->fd, self->block.id, PGA_SETTLE_MS));
	EXPECT_EQ(-1, open("/node", O_RDWR));
	EXPECT_EQ(ENXIO, errno);
}

TEST_HARNESS_MAIN
