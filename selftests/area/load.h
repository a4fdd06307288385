/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes on beside the tests: processes that use memory as a busy host does, and
 * end when they are killed.
 */
#ifndef LOAD_H
#define LOAD_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "include/pga_state.h"

#define MOST_LOADS	8

struct loads {
	pid_t pids[MOST_LOADS];
	int nr;
};

/* A value in kB of /proc/meminfo, in bytes; 0: there is none. */
static inline __u64 memory_of(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kb = 0, found = 0;
	char line[128], key[64];

	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63[^:]: %llu kB", key, &kb) == 2 &&
		    !strcmp(key, name))
			found = kb * 1024;
	if (file)
		fclose(file);
	return found;
}

/* Anonymous memory that comes and goes, up to @share percent of what there is. */
static inline void hog(unsigned int share, __u64 seed)
{
	for (;;) {
		__u64 most = memory_of("MemAvailable") / 100 * share;
		size_t i, size = most ? pga_random(&seed) % most : 0;
		char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			continue;
		if (pga_chance(&seed, 50))
			madvise(at, size, MADV_NOHUGEPAGE);
		for (i = 0; i < size; i += page_size())
			at[i] = 1;
		/* Every second page goes first. */
		for (i = 0; i < size && pga_chance(&seed, 80); i += 2 * page_size())
			madvise(at + i, page_size(), MADV_DONTNEED);
		pga_sleep_ms(pga_random(&seed) % 500);
		munmap(at, size);
	}
}

/* A file or disk that is read again and again, through the page cache. */
static inline void reader(const char *path)
{
	static char buffer[128 * 1024];

	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		while (fd >= 0 && read(fd, buffer, sizeof(buffer)) > 0)
			;
		close(fd);
		pga_sleep_ms(10);
	}
}

/* Pages that a pipe holds for a while. */
static inline void pinner(__u64 seed)
{
	size_t size = 16 * page_size();

	for (;;) {
		char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct iovec pages = { .iov_base = at, .iov_len = size };
		int pipes[2];

		if (at == MAP_FAILED || pipe2(pipes, O_CLOEXEC))
			_exit(1);
		memset(at, 1, size);
		if (vmsplice(pipes[1], &pages, 1, SPLICE_F_NONBLOCK) < 0)
			_exit(1);
		pga_sleep_ms(pga_random(&seed) % 2000);
		close(pipes[0]);
		close(pipes[1]);
		munmap(at, size);
	}
}

/* Many short processes that write and read small files, as when one compiles. */
static inline void compiler(void)
{
	for (;;) {
		pid_t child = fork();

		if (!child) {
			execl("/bin/sh", "sh", "-c",
			      "f=/tmp/soak.$$; for i in 1 2 3 4 5 6 7 8; do echo $i$i$i; done | sort >$f; cat $f $f $f | wc -c; rm $f",
			      NULL);
			_exit(127);
		}
		if (child > 0)
			waitpid(child, NULL, 0);
	}
}

/* True in the child, which is to become a load. */
static inline bool load_begins(struct loads *loads)
{
	pid_t child = fork();
	int null;

	if (child) {
		if (child > 0)
			loads->pids[loads->nr++] = child;
		return false;
	}
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, 1);
	dup2(null, 2);
	return true;
}

static inline bool load_is_alive(pid_t pid)
{
	return !waitpid(pid, NULL, WNOHANG);
}

/* The number of loads that have ended by themselves, or were killed by the host */
static inline int loads_end(struct loads *loads)
{
	int i, ended = 0;

	for (i = 0; i < loads->nr; i++) {
		if (!load_is_alive(loads->pids[i])) {
			ended++;
			continue;
		}
		kill(-loads->pids[i], SIGKILL);
		waitpid(loads->pids[i], NULL, 0);
	}
	return ended;
}

#endif /* LOAD_H */
