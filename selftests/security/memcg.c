// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel needs for the blocks of a process is charged to its memory
 * cgroup, for as long as the blocks exist, and the limit of the cgroup holds.
 */
#include <sys/mount.h>
#include <sys/wait.h>

#include "include/pga_rights.h"
#include "include/pga_state.h"

/* The limit, and blocks of a page that need more than this */
#define LIMIT	(8 << 20)
#define BLOCKS	65536
#define BATCH	512

/* Shared with the process in the cgroup: what it got, and what stopped it */
struct result {
	long blocks;
	int err;
};

FIXTURE(memcg)
{
	int fd;
	int file;
	char root[64];
	char group[128];
	struct result *result;
	struct pga_snapshot before;
};

static int write_in(const char *dir, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return pga_write_text(path, text);
}

/* The number in a file of the group, or behind a key in it; -1: there is none. */
static long long read_in(const char *dir, const char *name, const char *key)
{
	char path[256], line[256];
	long long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	while (file && value < 0 && fgets(line, sizeof(line), file)) {
		if (!key)
			value = atoll(line);
		else if (!strncmp(line, key, strlen(key)) &&
			 line[strlen(key)] == ' ')
			value = atoll(line + strlen(key));
	}
	if (file)
		fclose(file);
	return value;
}

/* Mount the hierarchy for this process, and make a group with the limit. */
static const char *make_group(char root[64], char group[128])
{
	char limit[32];

	snprintf(root, 64, "/tmp/pgarea-cgroup-%d", getpid());
	snprintf(group, 128, "%s/pgarea-%d", root, getpid());
	snprintf(limit, sizeof(limit), "%d", LIMIT);
	if (mkdir(root, 0700) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "no mount namespace";
	if (mount("pgarea", root, "cgroup2", 0, NULL))
		return "no cgroup2";
	if (write_in(root, "cgroup.subtree_control", "+memory") ||
	    mkdir(group, 0700))
		return "no memory controller in cgroup2";
	if (write_in(group, "memory.max", limit))
		return "no memory.max";
	return NULL;
}

FIXTURE_SETUP(memcg)
{
	struct pgarea_area area;
	const char *missing;

	PGA_OPEN_OR_SKIP(self->fd);
	PGA_ROOT_OR_SKIP();
	PGA_PICK_OR_SKIP(self->fd, BLOCKS, &area);
	ASSERT_EQ(0, pga_snapshot(self->fd, &self->before));
	self->file = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	self->result = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->result);
	missing = make_group(self->root, self->group);
	if (missing)
		SKIP(return, "%s", missing);
}

FIXTURE_TEARDOWN(memcg)
{
	close(self->file);
	rmdir(self->group);
	umount2(self->root, MNT_DETACH);
	rmdir(self->root);
	EXPECT_TRUE(pga_returns_to(self->fd, &self->before));
	close(self->fd);
}

/* Blocks of a page until none is left, or the kernel refuses. */
static void take_blocks(int fd, struct result *result)
{
	static struct pgarea_bulk_block blocks[BATCH];
	struct pgarea_alloc_bulk arg;

	while (result->blocks < BLOCKS && !result->err) {
		arg = (struct pgarea_alloc_bulk){
			.size = 1,
			.blocks = PGA_ARRAY(blocks, BATCH),
			.orphan_ms = PGAREA_ORPHAN_NONE,
		};
		result->err = pga_ioctl(fd, PGAREA_IOC_ALLOC_BULK, &arg);
		if (!result->err)
			result->blocks += arg.done;
	}
}

/* The same in the group; the blocks remain, because the file is the caller's. */
static int take_in_group(const char *group, int fd, struct result *result)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		/* In the group, a page fault at the limit ends the process. */
		if (mlockall(MCL_CURRENT) ||
		    write_in(group, "cgroup.procs", "0"))
			_exit(1);
		take_blocks(fd, result);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static bool falls_below(const char *group, long long bytes)
{
	int ms;

	for (ms = 0; ms < PGA_SETTLE_MS; ms += 10) {
		if (read_in(group, "memory.current", NULL) < bytes)
			return true;
		pga_sleep_ms(10);
	}
	printf("# charged: %lld\n", read_in(group, "memory.current", NULL));
	return false;
}

TEST_F(memcg, the_limit_holds_for_blocks)
{
	ASSERT_EQ(0, take_in_group(self->group, self->file, self->result));
	TH_LOG("%ld blocks in %d bytes", self->result->blocks, LIMIT);
	EXPECT_EQ(-ENOMEM, self->result->err);
	EXPECT_LT(LIMIT / 1024, self->result->blocks);
	EXPECT_GT(BLOCKS, self->result->blocks);
	EXPECT_LT(0, read_in(self->group, "memory.events", "max"));
	EXPECT_EQ(0, read_in(self->group, "memory.events", "oom_kill"));
}

TEST_F(memcg, other_processes_go_on)
{
	struct pgarea_alloc block = { .size = 1 };

	ASSERT_EQ(0, take_in_group(self->group, self->file, self->result));
	ASSERT_EQ(-ENOMEM, self->result->err);
	EXPECT_EQ(0, pga_alloc(self->fd, &block));
	EXPECT_EQ(0, pga_free(self->fd, block.id));
}

/* Charged until the blocks are gone, whoever has them freed. */
TEST_F(memcg, freeing_gives_back)
{
	ASSERT_EQ(0, take_in_group(self->group, self->file, self->result));
	EXPECT_LT(LIMIT / 2, read_in(self->group, "memory.current", NULL));
	close(self->file);
	self->file = -1;
	EXPECT_TRUE(falls_below(self->group, LIMIT / 2));
}

TEST_HARNESS_MAIN
