/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An io_uring with registered buffers, by system calls.
 *
 * A registered buffer is pinned: the kernel reads and writes its pages,
 * whatever becomes of the mapping that was registered.
 */
#ifndef URING_H
#define URING_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/io_uring.h>

#define URING_ENTRIES	4

struct uring {
	int fd;
	struct io_uring_params params;
	char *rings;
	size_t rings_size;
	struct io_uring_sqe *sqes;
};

static inline __u32 *uring_word(const struct uring *ring, __u32 offset)
{
	return (__u32 *)(ring->rings + offset);
}

static inline void uring_close(struct uring *ring)
{
	munmap(ring->sqes, URING_ENTRIES * sizeof(*ring->sqes));
	munmap(ring->rings, ring->rings_size);
	close(ring->fd);
}

static inline void *uring_map(const struct uring *ring, size_t size,
			      off_t offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring->fd, offset);
}

/* 0 or -errno; ENOSYS and EPERM where io_uring is not available. */
static inline int uring_open(struct uring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, URING_ENTRIES, &ring->params);
	if (ring->fd < 0)
		return -errno;
	ring->rings_size = ring->params.cq_off.cqes +
			   ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->rings = uring_map(ring, ring->rings_size, IORING_OFF_SQ_RING);
	ring->sqes = uring_map(ring, URING_ENTRIES * sizeof(*ring->sqes),
			       IORING_OFF_SQES);
	if (ring->rings != MAP_FAILED && ring->sqes != MAP_FAILED)
		return 0;
	close(ring->fd);
	return -ENOMEM;
}

/* Register this memory as buffer 0; 0 or -errno. */
static inline int uring_register(const struct uring *ring, void *at,
				 size_t size)
{
	struct iovec iov = { at, size };

	return syscall(SYS_io_uring_register, ring->fd,
		       IORING_REGISTER_BUFFERS, &iov, 1) ? -errno : 0;
}

static inline int uring_unregister(const struct uring *ring)
{
	return syscall(SYS_io_uring_register, ring->fd,
		       IORING_UNREGISTER_BUFFERS, NULL, 0) ? -errno : 0;
}

/*
 * Read from or write to @fd with buffer 0, at the addresses that it had when it
 * was registered; the number of bytes, or -errno.
 */
static inline int uring_fixed(const struct uring *ring, int opcode, int fd,
			      const void *at, __u32 size)
{
	__u32 *sq_tail = uring_word(ring, ring->params.sq_off.tail);
	__u32 *cq_head = uring_word(ring, ring->params.cq_off.head);
	__u32 sq_mask = *uring_word(ring, ring->params.sq_off.ring_mask);
	__u32 cq_mask = *uring_word(ring, ring->params.cq_off.ring_mask);
	struct io_uring_cqe *cqes = (void *)(ring->rings +
					     ring->params.cq_off.cqes);
	__u32 slot = *sq_tail & sq_mask, head = *cq_head;

	ring->sqes[slot] = (struct io_uring_sqe){
		.opcode = opcode,
		.fd = fd,
		.addr = (uintptr_t)at,
		.len = size,
		.off = ~0ULL,
	};
	uring_word(ring, ring->params.sq_off.array)[slot] = slot;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) != 1)
		return -errno;
	__atomic_store_n(cq_head, head + 1, __ATOMIC_RELEASE);
	return cqes[head & cq_mask].res;
}

#endif /* URING_H */
