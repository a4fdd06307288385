/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PROBE, and what the kernel itself shows of its pages: /proc/kpageflags,
 * /proc/kpagecount and /proc/iomem.
 */
#ifndef PROBE_H
#define PROBE_H

#include <linux/kernel-page-flags.h>
#include <sys/uio.h>

#include "include/pga_lifetime.h"

#define OBTAINABLE	PGAREA_OBSTACLE_OBTAINABLE

/* How many huge pages of 2 MiB the kernel has */
#define PROBE_HUGETLB	"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

/* A flag that the kernel's header keeps to itself */
#ifndef KPF_RESERVED
#define KPF_RESERVED	32
#endif

static inline __u64 pageblock_size(int fd)
{
	struct pgarea_info info = {};

	return pga_ioctl(fd, PGAREA_IOC_INFO, &info) ? 0 : info.pageblock_size;
}

/* All entries of a PROBE, in @list, to free(); the number or -errno. */
static inline int probe(int fd, struct pgarea_probe *arg,
			struct pgarea_obstacle **list)
{
	arg->obstacles.entry_size = sizeof(**list);
	return pga_whole_list(fd, PGAREA_IOC_PROBE, arg, &arg->obstacles,
			      (void **)list);
}

/* The answer for the pageblock that has this address; 0 or -errno. */
static inline int probe_at(int fd, __u64 address, struct pgarea_obstacle *entry)
{
	struct pgarea_probe arg = {
		.address = address & -page_size(),
		.size = page_size(),
		.obstacles = PGA_ARRAY(entry, 1),
	};

	return pga_ioctl(fd, PGAREA_IOC_PROBE, &arg);
}

static inline int kind_at(int fd, __u64 address)
{
	struct pgarea_obstacle entry;

	return probe_at(fd, address, &entry) ?: (int)entry.kind;
}

static inline __u64 number_of_page(const char *path, __u64 phys)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	__u64 number = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &number, sizeof(number), phys / page_size() * 8) != 8)
		number = 0;
	close(fd);
	return number;
}

/* Does the kernel show this flag of the page? */
static inline bool page_is(__u64 phys, int flag)
{
	return number_of_page("/proc/kpageflags", phys) >> flag & 1;
}

static inline __u64 mappings_of(__u64 phys)
{
	return number_of_page("/proc/kpagecount", phys);
}

/* The flags of the first @nr pages of memory, to free() */
static inline __u64 *all_page_flags(size_t *nr)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	size_t room = 0, size = 0;
	char *flags = NULL;
	ssize_t got;

	do {
		if (room - size < MIB)
			flags = realloc(flags, room += 8 * MIB);
		got = read(fd, flags + size, (room - size) & ~7UL);
		size += got > 0 ? got : 0;
	} while (got > 0);
	close(fd);
	*nr = size / 8;
	return (__u64 *)flags;
}

/* The first range of this name in /proc/iomem of at least @size bytes; 0: none */
static inline __u64 iomem_start(const char *name, __u64 size)
{
	FILE *file = fopen("/proc/iomem", "re");
	unsigned long long first, last, found = 0;
	char line[256], what[200];

	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %llx-%llx : %199[^\n]", &first, &last, what) == 3 &&
		    !strcmp(what, name) && last - first + 1 >= size)
			found = first;
	}
	if (file)
		fclose(file);
	return found;
}

/*
 * The address of a pageblock of which all pages are in @buffer, and where they
 * are: @pages[i] is the i-th of them.  0: there is none.
 */
static inline __u64 own_pageblock(char *buffer, size_t size, __u64 block,
				  char **pages)
{
	size_t i, nr = size / page_size(), n = block / page_size();
	__u64 *pfns = calloc(nr, sizeof(*pfns)), found = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (pread(fd, pfns, nr * 8, (uintptr_t)buffer / page_size() * 8) !=
	    (ssize_t)(nr * 8))
		nr = 0;
	close(fd);
	for (i = 0; i < nr; i++)
		pfns[i] &= (1ULL << 55) - 1;
	for (i = 0; i < nr && !found; i++) {
		__u64 first = pfns[i];
		size_t k, all = 0;

		if (!first || first % n)
			continue;
		for (k = 0; k < nr; k++) {
			if (pfns[k] - first >= n)
				continue;
			pages[pfns[k] - first] = buffer + k * page_size();
			all++;
		}
		found = all == n ? first * page_size() : 0;
	}
	free(pfns);
	return found;
}

#endif /* PROBE_H */
