/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An NVMe controller driven from a program, which polls: the admin queues and
 * one pair of queues for reading.
 *
 * Nothing on the disk is written: nvme_submit() submits only the commands that
 * nvme_only_reads() lists, and no others have a name here.
 *
 * The controller is no bus master before it is reset and has its new queues, so
 * that a pending transfer of an earlier user goes nowhere.
 */
#ifndef PGA_NVME_H
#define PGA_NVME_H

#include <time.h>

#include "pci.h"

#define NVME_CLASS		0x010802	/* NVM Express */

/* Registers */
#define NVME_CAP		0x00
#define NVME_CC			0x14
#define NVME_CSTS		0x1c
#define NVME_AQA		0x24
#define NVME_ASQ		0x28
#define NVME_ACQ		0x30
#define NVME_DOORBELLS		0x1000

#define NVME_CAP_MQES(cap)	((cap) & 0xffff)	/* entries, less one */
#define NVME_CAP_TO(cap)	((cap) >> 24 & 0xff)	/* of 500 ms */
#define NVME_CAP_DSTRD(cap)	((cap) >> 32 & 0xf)
#define NVME_CAP_NVM(cap)	((cap) >> 37 & 1)
#define NVME_CAP_MPSMIN(cap)	((cap) >> 48 & 0xf)	/* 4 KiB, and so on */
#define NVME_CAP_MPSMAX(cap)	((cap) >> 52 & 0xf)

#define NVME_CC_EN		1U
#define NVME_CC_MPS(mps)	((mps) << 7)
#define NVME_CC_ENTRY_SIZES	(6U << 16 | 4U << 20)	/* 64 and 16 bytes */
#define NVME_CSTS_RDY		1U

#define NVME_ADMIN		0	/* queues, by their ids */
#define NVME_IO			1

/* Admin commands */
#define NVME_CREATE_SQ		0x01
#define NVME_CREATE_CQ		0x05
#define NVME_IDENTIFY		0x06
/* I/O commands */
#define NVME_READ		0x02

#define NVME_CNS_NAMESPACE	0
#define NVME_CNS_CONTROLLER	1
#define NVME_IDENTIFY_SIZE	4096
#define NVME_QUEUE_CONTIGUOUS	1

#define NVME_ENTRIES		8U	/* so few that the queues wrap around */
#define NVME_MOST_PAGES		16U	/* of one command */
#define NVME_COMMAND_MS		5000

struct nvme_command {
	__u8 opcode;
	__u8 flags;
	__u16 id;
	__u32 nsid;
	__u64 reserved;
	__u64 metadata;
	__u64 prp1;
	__u64 prp2;
	__u32 cdw10[6];
};

struct nvme_completion {
	__u32 result;
	__u32 reserved;
	__u16 sq_head;
	__u16 sq_id;
	__u16 id;
	__u16 status;	/* bit 0 is the phase */
};

/* The pages that the controller works with, in the order of their addresses. */
enum nvme_page {
	NVME_ADMIN_SQ,
	NVME_ADMIN_CQ,
	NVME_IO_SQ,
	NVME_IO_CQ,
	NVME_PRP_LIST,
	NVME_PAGES,
};

struct nvme_queue {
	struct nvme_command *sq;
	volatile struct nvme_completion *cq;
	unsigned int tail;	/* index of the next command */
	unsigned int head;	/* index of the next completion */
	bool phase;		/* its phase bit */
	__u16 last_id;
};

struct nvme {
	struct pci pci;
	__u64 cap;
	unsigned int page;	/* bytes */
	char *at;		/* the pages of enum nvme_page, */
	__u64 phys;		/* and where they are */
	struct nvme_queue queues[2];
	unsigned int status;	/* of the last command, from its completion */
};

static inline bool nvme_is_one(const char *slot)
{
	return pci_look(slot, PCI_CLASS_REVISION) >> 8 == NVME_CLASS;
}

static inline void nvme_pause_ms(unsigned int ms)
{
	const struct timespec pause = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	nanosleep(&pause, NULL);
}

static inline bool nvme_is_ready(const struct nvme *nvme)
{
	return pci_read32(&nvme->pci, NVME_CSTS) & NVME_CSTS_RDY;
}

static inline int nvme_wait_ready(const struct nvme *nvme, bool ready)
{
	unsigned int ms, limit = 500 * (NVME_CAP_TO(nvme->cap) + 1);

	for (ms = 0; ms <= limit; ms++) {
		if (nvme_is_ready(nvme) == ready)
			return 0;
		nvme_pause_ms(1);
	}
	return -ETIMEDOUT;
}

/* Clear enable and bus mastering, with or without an answer; 0 or -errno. */
static inline int nvme_stop(struct nvme *nvme)
{
	__u32 cc = pci_read32(&nvme->pci, NVME_CC);
	int err;

	pci_write32(&nvme->pci, NVME_CC, cc & ~NVME_CC_EN);
	err = nvme_wait_ready(nvme, false);
	if (!pci_bus_master(&nvme->pci, false))
		err = -EIO;
	return err;
}

/* Does this code support it? */
static inline bool nvme_is_usable(const struct nvme *nvme)
{
	unsigned int mps = __builtin_ctz(nvme->page) - 12;
	size_t doorbells = 4U * (4U << NVME_CAP_DSTRD(nvme->cap));

	return NVME_CAP_NVM(nvme->cap) &&
	       NVME_CAP_MQES(nvme->cap) + 1 >= NVME_ENTRIES &&
	       NVME_CAP_MPSMIN(nvme->cap) <= mps &&
	       NVME_CAP_MPSMAX(nvme->cap) >= mps &&
	       nvme->pci.bar_size >= NVME_DOORBELLS + doorbells;
}

/* Stop it first, and return it in that state; 0 or -errno. */
static inline int nvme_close(struct nvme *nvme)
{
	int err = nvme_stop(nvme);

	pci_close(&nvme->pci);
	return err;
}

/* Open the controller in this slot, and stop it; 0 or -errno. */
static inline int nvme_open(struct nvme *nvme, const char *slot)
{
	int err;

	memset(nvme, 0, sizeof(*nvme));
	if (!nvme_is_one(slot))
		return -ENODEV;
	err = pci_open(&nvme->pci, slot);
	if (err)
		return err;
	nvme->page = sysconf(_SC_PAGESIZE);
	nvme->cap = pci_read64(&nvme->pci, NVME_CAP);
	err = nvme_is_usable(nvme) ? nvme_stop(nvme) : -EOPNOTSUPP;
	if (err)
		pci_close(&nvme->pci);
	return err;
}

/* The commands that this code sends. */
static inline bool nvme_only_reads(unsigned int queue, __u8 opcode)
{
	if (queue != NVME_ADMIN)
		return opcode == NVME_READ;
	return opcode == NVME_IDENTIFY || opcode == NVME_CREATE_SQ ||
	       opcode == NVME_CREATE_CQ;
}

static inline void nvme_ring(const struct nvme *nvme, unsigned int doorbell,
			     unsigned int value)
{
	unsigned int stride = 4U << NVME_CAP_DSTRD(nvme->cap);

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	pci_write32(&nvme->pci, NVME_DOORBELLS + doorbell * stride, value);
}

/*
 * All commands go through here; one that could write to the disk fails: -EPERM.
 */
static inline int nvme_submit(struct nvme *nvme, unsigned int queue,
			      struct nvme_command *command)
{
	struct nvme_queue *q = &nvme->queues[queue];

	if (!nvme_only_reads(queue, command->opcode))
		return -EPERM;
	command->id = ++q->last_id;
	q->sq[q->tail] = *command;
	q->tail = (q->tail + 1) % NVME_ENTRIES;
	nvme_ring(nvme, 2 * queue, q->tail);
	return 0;
}

/*
 * Consume the completion that has arrived; 0 or -errno, and then there is a
 * status.
 */
static inline int nvme_take(struct nvme *nvme, unsigned int queue)
{
	struct nvme_queue *q = &nvme->queues[queue];
	volatile struct nvme_completion *entry = &q->cq[q->head];
	__u16 id;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	id = entry->id;
	nvme->status = entry->status >> 1;
	q->head = (q->head + 1) % NVME_ENTRIES;
	if (!q->head)
		q->phase = !q->phase;
	nvme_ring(nvme, 2 * queue + 1, q->head);
	if (id != q->last_id)
		return -EBADMSG;
	return nvme->status ? -EIO : 0;
}

/* Wait until the last command has completed; -ETIMEDOUT when it does not. */
static inline int nvme_complete(struct nvme *nvme, unsigned int queue,
				unsigned int limit_ms)
{
	struct nvme_queue *q = &nvme->queues[queue];
	unsigned int ms;

	for (ms = 0; ms <= limit_ms; ms++) {
		if ((q->cq[q->head].status & 1) == q->phase)
			return nvme_take(nvme, queue);
		nvme_pause_ms(1);
	}
	return -ETIMEDOUT;
}

static inline int nvme_do(struct nvme *nvme, unsigned int queue,
			  struct nvme_command *command)
{
	return nvme_submit(nvme, queue, command) ?:
	       nvme_complete(nvme, queue, NVME_COMMAND_MS);
}

static inline __u64 nvme_phys(const struct nvme *nvme, enum nvme_page page)
{
	return nvme->phys + (__u64)page * nvme->page;
}

static inline void nvme_init_queue(struct nvme *nvme, unsigned int queue,
				   enum nvme_page sq, enum nvme_page cq)
{
	nvme->queues[queue] = (struct nvme_queue){
		.sq = (void *)(nvme->at + sq * nvme->page),
		.cq = (void *)(nvme->at + cq * nvme->page),
		.phase = true,
	};
}

static inline int nvme_create_queue(struct nvme *nvme, __u8 opcode,
				    enum nvme_page page, __u32 flags)
{
	struct nvme_command command = {
		.opcode = opcode,
		.prp1 = nvme_phys(nvme, page),
		.cdw10 = { (NVME_ENTRIES - 1) << 16 | NVME_IO,
			   flags | NVME_QUEUE_CONTIGUOUS },
	};

	return nvme_do(nvme, NVME_ADMIN, &command);
}

static inline void nvme_enable(struct nvme *nvme)
{
	unsigned int mps = __builtin_ctz(nvme->page) - 12;

	pci_write32(&nvme->pci, NVME_AQA,
		    (NVME_ENTRIES - 1) << 16 | (NVME_ENTRIES - 1));
	pci_write64(&nvme->pci, NVME_ASQ, nvme_phys(nvme, NVME_ADMIN_SQ));
	pci_write64(&nvme->pci, NVME_ACQ, nvme_phys(nvme, NVME_ADMIN_CQ));
	pci_bus_master(&nvme->pci, true);
	pci_write32(&nvme->pci, NVME_CC,
		    NVME_CC_EN | NVME_CC_MPS(mps) | NVME_CC_ENTRY_SIZES);
}

/*
 * Start the stopped controller with queues in NVME_PAGES pages, which it
 * reaches; 0 or -errno, and it may run in either case.
 */
static inline int nvme_start(struct nvme *nvme, void *at, __u64 phys)
{
	int err;

	nvme->at = at;
	nvme->phys = phys;
	memset(at, 0, (size_t)NVME_PAGES * nvme->page);
	nvme_init_queue(nvme, NVME_ADMIN, NVME_ADMIN_SQ, NVME_ADMIN_CQ);
	nvme_init_queue(nvme, NVME_IO, NVME_IO_SQ, NVME_IO_CQ);
	nvme_enable(nvme);
	err = nvme_wait_ready(nvme, true);
	return err ?: nvme_create_queue(nvme, NVME_CREATE_CQ, NVME_IO_CQ, 0) ?:
	       nvme_create_queue(nvme, NVME_CREATE_SQ, NVME_IO_SQ,
				 NVME_IO << 16);
}

/* Identify data of the controller, or of a namespace, in a page at @phys. */
static inline int nvme_identify(struct nvme *nvme, __u32 what, __u32 nsid,
				__u64 phys)
{
	struct nvme_command command = {
		.opcode = NVME_IDENTIFY,
		.nsid = nsid,
		.prp1 = phys,
		.cdw10 = { what },
	};

	return nvme_do(nvme, NVME_ADMIN, &command);
}

/* The address of a page for data, for a list; only the first has an offset. */
static inline int nvme_set_pages(struct nvme *nvme,
				 struct nvme_command *command,
				 const __u64 *pages, unsigned int nr)
{
	__u64 *list = (void *)(nvme->at + NVME_PRP_LIST * nvme->page);

	if (!nr || nr > NVME_MOST_PAGES)
		return -EINVAL;
	command->prp1 = pages[0];
	if (nr == 2)
		command->prp2 = pages[1];
	if (nr <= 2)
		return 0;
	memcpy(list, pages + 1, (nr - 1) * sizeof(*list));
	command->prp2 = nvme_phys(nvme, NVME_PRP_LIST);
	return 0;
}

/* Submit a Read of @count blocks from @lba on into these pages. */
static inline int nvme_submit_read(struct nvme *nvme, __u64 lba,
				   unsigned int count, const __u64 *pages,
				   unsigned int nr)
{
	struct nvme_command command = {
		.opcode = NVME_READ,
		.nsid = 1,
		.cdw10 = { lba, lba >> 32, count - 1 },
	};

	return nvme_set_pages(nvme, &command, pages, nr) ?:
	       nvme_submit(nvme, NVME_IO, &command);
}

static inline int nvme_read(struct nvme *nvme, __u64 lba, unsigned int count,
			    const __u64 *pages, unsigned int nr)
{
	return nvme_submit_read(nvme, lba, count, pages, nr) ?:
	       nvme_complete(nvme, NVME_IO, NVME_COMMAND_MS);
}

/*
 * List the pages of @bytes of contiguous memory at @phys; return their number.
 */
static inline unsigned int nvme_pages_of(const struct nvme *nvme, __u64 phys,
					 size_t bytes, __u64 *pages)
{
	__u64 end = phys + bytes;
	unsigned int nr = 0;

	for (; phys < end && nr < NVME_MOST_PAGES; nr++) {
		pages[nr] = phys;
		phys = (phys | (nvme->page - 1)) + 1;
	}
	return phys < end ? 0 : nr;
}

#endif /* PGA_NVME_H */
