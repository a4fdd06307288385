/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Direct I/O between a disk and memory that continues while its owner does
 * other things: many transfers of the whole buffer, each at another offset of
 * the disk.
 */
#ifndef AIO_H
#define AIO_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/aio_abi.h>

#define AIO_MOST	64

struct aio {
	aio_context_t context;
	size_t size;		/* of each transfer */
	int nr;
	int done;		/* completed so far, */
	int full;		/* and of them, moved in full */
};

/* Start @nr transfers (IOCB_CMD_*), from @offset of the disk on; 0 or -errno. */
static inline int aio_begin(struct aio *aio, int disk, int opcode, void *at,
			    size_t size, off_t offset, int nr)
{
	struct iocb transfers[AIO_MOST] = {}, *list[AIO_MOST];
	int i;

	*aio = (struct aio){ .size = size, .nr = nr };
	for (i = 0; i < nr; i++) {
		transfers[i].aio_lio_opcode = opcode;
		transfers[i].aio_fildes = disk;
		transfers[i].aio_buf = (uintptr_t)at;
		transfers[i].aio_nbytes = size;
		transfers[i].aio_offset = offset + i * size;
		list[i] = &transfers[i];
	}
	if (syscall(SYS_io_setup, nr, &aio->context))
		return -errno;
	return syscall(SYS_io_submit, aio->context, nr, list) == nr ? 0 : -EIO;
}

/* Collect completions, all with @wait; false when some are in flight. */
static inline bool aio_is_done(struct aio *aio, bool wait)
{
	struct io_event events[AIO_MOST];
	struct timespec none = {};
	int i, left = aio->nr - aio->done;
	int nr = syscall(SYS_io_getevents, aio->context, wait ? left : 0,
			 left, events, wait ? NULL : &none);

	for (i = 0; i < nr; i++)
		aio->full += events[i].res == (long long)aio->size;
	aio->done += nr > 0 ? nr : 0;
	return aio->done == aio->nr;
}

/* Wait for all of them; were all moved in full? */
static inline bool aio_end(struct aio *aio)
{
	bool all = aio_is_done(aio, true);

	syscall(SYS_io_destroy, aio->context);
	return all && aio->full == aio->nr;
}

#endif /* AIO_H */
