// SPDX-License-Identifier: GPL-2.0
/*
 * Loads and unloads the module again and again: with other parameters each
 * time, and sometimes with a client in between that leaves all cleanup to the
 * kernel.
 *
 *   cycles MODULE.ko NUMBER
 *
 * The job of the same name checks what it leaves in the kernel.
 */
#include <sys/wait.h>

#include "include/load.h"
#include "include/pga_state.h"

#define CLIENT_PAGES	16
#define UNLOAD_MS	20000

/*
 * A client needs memory that is certainly available: the first three have some.
 * The module quarantines the client's blocks only briefly.
 */
#define NR_WITH_MEMORY	3

static const char * const parameters[] = {
	"areas=low=2M orphan_ms=20",
	"areas=lowest=2M,low=2M,high=4M orphan_ms=20",
	"areas=high=8M orphan_ms=20",
	"areas=none",
	"areas=isa=2M@1M-16M,low=2M",
	"areas=low=4M reserve=1G",
	"areas=a=2M@1M-1G,b=2M@16M-4G,c=2M@4G-8G",
	"areas=low=2M reserve=1T",
};

/* A block that is mapped and written to */
static int map_some(int fd, struct pgarea_alloc *block, char **at)
{
	void *map;
	int err;

	*block = (struct pgarea_alloc){ .size = CLIENT_PAGES * page_size() };
	err = pga_alloc_mapped(fd, block, &map);
	if (err)
		return err;
	*at = map;
	memset(*at, 0x5a, block->alloc_size);
	return 0;
}

/* The child's mapping is usually the last: the parent has exited by then. */
static int leave_a_child(int fd, char *at)
{
	pid_t child = fork();

	if (!child) {
		close(fd);
		pga_sleep_ms(20);
		_exit(at[0] == 0x5a ? 0 : 1);
	}
	return child < 0 ? -errno : 0;
}

/* The client frees nothing: the process just ends. */
static int client(unsigned int kind)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), err;
	struct pgarea_bulk_block pieces[CLIENT_PAGES];
	struct pgarea_alloc block;
	char *at;

	if (fd < 0)
		return -errno;
	err = map_some(fd, &block, &at);
	if (err)
		return err;
	switch (kind % 4) {
	case 0:
		return pga_free(fd, block.id);
	case 1:
		return leave_a_child(fd, at);
	case 2:
		munmap(at, block.alloc_size);
		err = pga_split(fd, block.id, 0, page_size(), pieces,
				CLIENT_PAGES);
		return err < 0 ? err : 0;
	default:
		return munmap(at + page_size(), page_size()) ? -errno : 0;
	}
}

static int run_client(unsigned int kind)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(-client(kind));
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* A process may hold it for a moment. */
static int unload_soon(void)
{
	int ms, err = pga_unload();

	for (ms = 0; err == -EWOULDBLOCK && ms < UNLOAD_MS * pga_slow(); ms += 10) {
		pga_sleep_ms(10);
		err = pga_unload();
	}
	return err;
}

static int cycle(const char *module, unsigned int i)
{
	unsigned int set = i % ARRAY_SIZE(parameters);
	int err = pga_load(module, parameters[set]), bad = 0;

	if (err)
		return err;
	if (set < NR_WITH_MEMORY)
		bad = run_client(i / ARRAY_SIZE(parameters));
	err = unload_soon();
	return bad ?: err;
}

int main(int argc, char **argv)
{
	unsigned int i, nr = argc > 2 ? atoi(argv[2]) : 0;
	__u64 begin = pga_now_ms();
	int err;

	for (i = 0; i < nr; i++) {
		err = cycle(argv[1], i);
		if (err) {
			printf("cycle %u, with %s: %s\n", i,
			       parameters[i % ARRAY_SIZE(parameters)],
			       strerror(-err));
			return 1;
		}
	}
	printf("# %u cycles in %llu s\n", nr, (pga_now_ms() - begin) / 1000);
	return !nr;
}
