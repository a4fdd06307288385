/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PCI functions that blocks are bound to, and what happens to them: for tests of
 * the bus mastering that a dead owner leaves behind.
 */
#ifndef PGA_BIND_H
#define PGA_BIND_H

#include <dirent.h>
#include <pthread.h>

#include "include/klog.h"
#include "include/pga_state.h"
#include "pci.h"

#define BLOCKS		16
#define RESETS		200	/* attempts to observe one */
#define FOREVER_MS	600000

/* Longer than a reset, which takes a tenth of a second */
#define EVENT_MS	(10000 * pga_slow())

/* Does it become true soon? */
#define EVENTUALLY(_condition) ({					\
	__u64 _end = pga_now_ms() + EVENT_MS;				\
	bool _is;							\
									\
	while (!(_is = (_condition)) && pga_now_ms() < _end)		\
		pga_sleep_ms(1);					\
	_is;								\
})

/* Write this text to a file of the device. */
static inline bool pci_tell(const char *slot, const char *name,
			    const char *text)
{
	int fd = pci_sysfs(slot, name, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static inline __u16 command_of(const char *slot)
{
	return pci_look(slot, PCI_COMMAND);
}

static inline bool is_master(const char *slot)
{
	return command_of(slot) & PCI_COMMAND_MASTER;
}

static inline bool make_master(const char *slot, bool on)
{
	__u16 command = command_of(slot) & ~PCI_COMMAND_MASTER;
	int fd = pci_sysfs(slot, "config", O_RDWR);
	bool ok;

	if (on)
		command |= PCI_COMMAND_MASTER;
	ok = pwrite(fd, &command, sizeof(command), PCI_COMMAND) ==
	     sizeof(command);
	close(fd);
	return ok && is_master(slot) == on;
}

/* Bind @nr blocks of one page to the function in this slot. */
static inline int own_bound(int fd, const char *slot, unsigned int nr,
			    __u64 *first)
{
	struct pgarea_bind arg = {};
	unsigned int i;
	int err = 0;

	if (!pci_address(slot, &arg))
		return -EINVAL;
	for (i = 0; i < nr && !err; i++) {
		struct pgarea_alloc block = {
			.size = 1,
			.orphan_ms = FOREVER_MS,
		};

		err = pga_alloc(fd, &block);
		arg.id = block.id;
		err = err ?: pga_bind(fd, &arg);
		*first = i ? *first : block.phys;
	}
	return err;
}

/* The state of the block at this address, or -1 when it is free */
static inline int state_at(int fd, __u64 address)
{
	struct pgarea_block seen = {};

	return pga_block_at(fd, PGAREA_BLOCKS_ALL, address, &seen) ?
		-1 : (int)seen.state;
}

/* How often the log says this about the function */
static inline int logged(int fd, const char *slot, const char *text)
{
	const char *const texts[] = { slot, "pgarea: ", text, NULL };

	return klog_count(fd, texts);
}

/* The function behind a port */
static inline bool find_child(const char *port, char child[PCI_SLOT_SIZE])
{
	struct dirent *entry;
	char path[128];
	DIR *dir;

	snprintf(path, sizeof(path), PCI_SYSFS "/%s", port);
	dir = opendir(path);
	child[0] = '\0';
	while (dir && (entry = readdir(dir)) != NULL)
		if (strlen(entry->d_name) == strlen("0000:00:00.0") &&
		    entry->d_name[10] == '.')
			strcpy(child, entry->d_name);
	if (dir)
		closedir(dir);
	return child[0];
}

/* @thread does a reset by @run(@what); @tid is its number once it runs. */
struct reset {
	bool (*run)(void *what);
	void *what;
	pthread_t thread;
	pid_t tid;
	bool ok;
	bool ended;
};

/* A way to reset: the kernel's own for the function in the slot @what */
static inline bool reset_by_sysfs(void *what)
{
	return pci_tell(what, "reset", "1");
}

static inline void *do_reset(void *arg)
{
	struct reset *reset = arg;

	__atomic_store_n(&reset->tid, gettid(), __ATOMIC_SEQ_CST);
	reset->ok = reset->run(reset->what);
	__atomic_store_n(&reset->ended, true, __ATOMIC_SEQ_CST);
	return NULL;
}

static inline bool is_over(struct reset *reset)
{
	return __atomic_load_n(&reset->ended, __ATOMIC_SEQ_CST);
}

/*
 * Is the function being reset?  The kernel sleeps then, and only then: after it
 * has saved the registers.  To look at what the function decodes instead crashes
 * QEMU, which changes the map of its address space meanwhile.
 */
static inline bool is_in_progress(struct reset *reset)
{
	pid_t tid = __atomic_load_n(&reset->tid, __ATOMIC_SEQ_CST);
	char path[64], function[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/wchan", tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	(void)!fscanf(file, "%63s", function);
	fclose(file);
	return !strcmp(function, "msleep");
}

/*
 * Reset the function in a thread.  Return true while the reset is in progress;
 * where it was over before this thread ran again, try once more.
 */
static inline bool begin_reset(struct reset *reset)
{
	int attempt;

	for (attempt = 0; attempt < RESETS; attempt++) {
		reset->ended = false;
		reset->tid = 0;
		if (pthread_create(&reset->thread, NULL, do_reset, reset))
			return false;
		while (!is_over(reset))
			if (is_in_progress(reset))
				return true;
		pthread_join(reset->thread, NULL);
	}
	return false;
}

#endif /* PGA_BIND_H */
