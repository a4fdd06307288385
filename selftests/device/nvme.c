// SPDX-License-Identifier: GPL-2.0
/*
 * The proof that placement works, on a device that any machine may have: a
 * spare NVMe disk, which this program reads.  Queues and buffers are blocks,
 * and the data must arrive where ALLOC placed them, and nowhere else.
 *
 * PGAREA_NVME names the disk's controller (0000:03:00.0).  It must not be in
 * use: the program leaves a controller with a driver alone.  It writes nothing
 * to the disk (nvme.h).  Where an IOMMU translates, the controller must be
 * bound to vfio-pci (pci.h).
 *
 * PGAREA_NVME_NUMBERED states that the contents are known: each 16 bytes are
 * their index in 15 digits, and a newline.
 */
#include <signal.h>
#include <sys/wait.h>

#include "include/buffer.h"
#include "nvme.h"

#define LIST_PAGES	8U
#define FIELD_PAGES	(1 + LIST_PAGES + 1)
#define QUIET_MS	300	/* in which nothing may arrive */
#define LIMIT_S		300	/* a controller may take two minutes to start */

/* What the buffers begin with. */
enum { QUEUES = 1, FIELD, MIRROR };

/*
 * The device does not hold its buffers, and a test that dies does not stop it.
 * So the blocks belong to a file that the program keeps open until it has
 * stopped the device.
 */
static int pgarea = -1;
static const char *slot;

struct limits {
	__u64 lowest;
	__u64 highest;
};

/* A running controller with its memory. */
struct rig {
	struct nvme nvme;
	struct buffer queues;	/* NVME_PAGES, and a page on each side */
	struct buffer field;	/* data arrives here, after its first page */
	struct buffer mirror;	/* the same, for a second read */
	unsigned int most;	/* bytes of one command */
	__u64 blocks;		/* of the first namespace */
	unsigned int block_size;
};

static int own(struct buffer *buffer, unsigned int pages,
	       const struct limits *limits, unsigned int pattern)
{
	int err;

	buffer->block = (struct pgarea_alloc){
		.size = pages * page_size(),
		.lowest = limits->lowest,
		.highest = limits->highest,
	};
	err = pga_alloc(pgarea, &buffer->block) ?: buffer_map(pgarea, buffer);
	if (!err)
		buffer_fill(buffer, pattern);
	return err;
}

static void drop_all(struct rig *rig)
{
	if (rig->queues.at)
		buffer_drop(pgarea, &rig->queues);
	if (rig->field.at)
		buffer_drop(pgarea, &rig->field);
	if (rig->mirror.at)
		buffer_drop(pgarea, &rig->mirror);
}

/* Allocate all the memory; 0 or -errno, and then none. */
static int own_all(struct rig *rig, const struct limits *queues,
		   const struct limits *data)
{
	int err = own(&rig->queues, 1 + NVME_PAGES + 1, queues, QUEUES) ?:
		  own(&rig->field, FIELD_PAGES, data, FIELD) ?:
		  own(&rig->mirror, FIELD_PAGES, data, MIRROR);

	if (err)
		drop_all(rig);
	return err;
}

static int reach(const struct rig *rig, const struct buffer *buffer)
{
	return pci_reach(&rig->nvme.pci, buffer->at, buffer->block.phys,
			 buffer->block.alloc_size);
}

static int start(struct rig *rig)
{
	return nvme_start(&rig->nvme, rig->queues.at + page_size(),
			  rig->queues.block.phys + page_size());
}

/*
 * How much one command moves: a power of two of the smallest pages, or any
 * size.
 */
static void learn_most(struct rig *rig, const unsigned char *said)
{
	unsigned int mdts = said[77];
	unsigned int min = 12 + NVME_CAP_MPSMIN(rig->nvme.cap);

	rig->most = mdts && min + mdts < 31 ? 1U << (min + mdts) : INT32_MAX;
}

/* The tests do not support blocks with interleaved metadata. */
static void learn_blocks(struct rig *rig, const unsigned char *said)
{
	__u32 format;

	memcpy(&rig->blocks, said, sizeof(rig->blocks));
	memcpy(&format, said + 128 + 4 * (said[26] & 15), sizeof(format));
	rig->block_size = 1U << (format >> 16 & 0xff);
	if (format & 0xffff || rig->block_size < 512 ||
	    rig->block_size > page_size())
		rig->blocks = 0;
}

/* Read what the tests need of controller and disk, through the mirror. */
static int learn(struct rig *rig)
{
	__u64 phys = rig->mirror.block.phys;
	int err = nvme_identify(&rig->nvme, NVME_CNS_CONTROLLER, 0, phys);

	if (err)
		return err;
	learn_most(rig, rig->mirror.at);
	err = nvme_identify(&rig->nvme, NVME_CNS_NAMESPACE, 1, phys);
	if (err)
		return err;
	learn_blocks(rig, rig->mirror.at);
	buffer_fill(&rig->mirror, MIRROR);
	return 0;
}

/* Start the controller with the memory; 0 or -errno, and then it is closed. */
static int begin(struct rig *rig)
{
	int err = nvme_open(&rig->nvme, slot);

	if (err)
		return err;
	err = reach(rig, &rig->queues) ?: reach(rig, &rig->field) ?:
	      reach(rig, &rig->mirror) ?: start(rig) ?: learn(rig);
	if (err)
		nvme_close(&rig->nvme);
	return err;
}

FIXTURE(nvme)
{
	struct rig rig;
};

FIXTURE_VARIANT(nvme)
{
	struct limits queues;
	struct limits data;
};

FIXTURE_VARIANT_ADD(nvme, below_4_gib) {
	.queues = { 16 * MIB, 4 * GIB - 1 },
	.data = { 16 * MIB, 4 * GIB - 1 },
};

FIXTURE_VARIANT_ADD(nvme, above_4_gib) {
	.queues = { .lowest = 4 * GIB },
	.data = { .lowest = 4 * GIB },
};

FIXTURE_VARIANT_ADD(nvme, queues_below_16_mib) {
	.queues = { 0, 16 * MIB - 1 },
	.data = { .lowest = 4 * GIB },
};

FIXTURE_SETUP(nvme)
{
	int err;

	ASSERT_TRUE(buffer_new_salt());
	err = own_all(&self->rig, &variant->queues, &variant->data);
	if (err == -ENOSPC)
		SKIP(return, "no area has that much memory to spare there");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, begin(&self->rig));
}

/* Stop the controller first; memory that no command named must be unchanged. */
FIXTURE_TEARDOWN(nvme)
{
	const struct buffer *queues = &self->rig.queues;
	size_t end = (1 + NVME_PAGES) * page_size();

	EXPECT_EQ(0, nvme_close(&self->rig.nvme));
	EXPECT_TRUE(buffer_kept_but(queues, page_size(), end, QUEUES));
	drop_all(&self->rig);
}

/* Does the memory contain what the disk has from byte @from on? */
static bool is_numbered(const unsigned char *at, __u64 from, size_t size)
{
	char line[32];
	size_t i;

	for (i = 0; i < size; i += 16) {
		snprintf(line, sizeof(line), "%015llu\n", (from + i) / 16);
		if (memcmp(at + i, line, 16))
			return false;
	}
	return true;
}

/* True if the disk's contents are not known. */
static bool is_of_disk(const struct rig *rig, const unsigned char *at,
		       __u64 lba, size_t size)
{
	return !getenv("PGAREA_NVME_NUMBERED") ||
	       is_numbered(at, lba * rig->block_size, size);
}

/* Read disk blocks to this place in a buffer, in one piece. */
static int read_to(struct rig *rig, const struct buffer *buffer, size_t offset,
		   __u64 lba, size_t bytes)
{
	__u64 pages[NVME_MOST_PAGES];
	unsigned int nr = nvme_pages_of(&rig->nvme, buffer->block.phys + offset,
					bytes, pages);

	return nvme_read(&rig->nvme, lba, bytes / rig->block_size, pages, nr);
}

/* A smaller disk, or one of another kind, leaves nothing to test. */
#define READABLE_OR_SKIP(_rig, _lba, _bytes) do {			\
	if ((_rig)->blocks < (_lba) + (_bytes) / (_rig)->block_size)	\
		SKIP(return, "namespace 1 has no such plain blocks");	\
	if ((_rig)->most < (_bytes))					\
		SKIP(return, "the controller moves %u bytes at most",	\
		     (_rig)->most);					\
} while (0)

/* The bytes at this place are new and correct, and all others are unchanged. */
#define EXPECT_ARRIVED(_rig, _offset, _bytes) do {			\
	size_t _end = (_offset) + (_bytes);				\
									\
	EXPECT_TRUE(buffer_kept_but(&(_rig)->field, _offset, _end,	\
				    FIELD));				\
	EXPECT_TRUE(buffer_kept_but(&(_rig)->mirror, _offset, _end,	\
				    MIRROR));				\
	EXPECT_EQ(0, memcmp((_rig)->field.at + (_offset),		\
			    (_rig)->mirror.at + (_offset), _bytes));	\
} while (0)

TEST_F_TIMEOUT(nvme, identify_controller_arrives, LIMIT_S)
{
	struct rig *rig = &self->rig;
	size_t page = page_size();
	__u32 ids;

	TH_LOG("%s: queues at %#llx, data at %#llx%s", slot,
	       rig->queues.block.phys, rig->field.block.phys,
	       rig->nvme.pci.by_vfio ? ", through VFIO" : "");
	ASSERT_EQ(0, nvme_identify(&rig->nvme, NVME_CNS_CONTROLLER, 0,
				   rig->field.block.phys + page));
	ASSERT_EQ(0, nvme_identify(&rig->nvme, NVME_CNS_CONTROLLER, 0,
				   rig->mirror.block.phys + page));
	EXPECT_ARRIVED(rig, page, NVME_IDENTIFY_SIZE);
	/* Its vendor's number, which its configuration space also contains. */
	memcpy(&ids, rig->field.at + page, sizeof(ids));
	EXPECT_EQ(pci_look(slot, PCI_VENDOR_ID) & 0xffff, ids & 0xffff);
}

TEST_F_TIMEOUT(nvme, identify_namespace_arrives, LIMIT_S)
{
	struct rig *rig = &self->rig;
	size_t page = page_size();

	ASSERT_EQ(0, nvme_identify(&rig->nvme, NVME_CNS_NAMESPACE, 1,
				   rig->field.block.phys + page));
	ASSERT_EQ(0, nvme_identify(&rig->nvme, NVME_CNS_NAMESPACE, 1,
				   rig->mirror.block.phys + page));
	EXPECT_ARRIVED(rig, page, NVME_IDENTIFY_SIZE);
}

/*
 * In the queues' memory the controller writes one completion and nothing else.
 */
TEST_F_TIMEOUT(nvme, a_completion_arrives_alone, LIMIT_S)
{
	struct rig *rig = &self->rig;
	struct nvme_queue *q = &rig->nvme.queues[NVME_ADMIN];
	size_t size = rig->queues.block.alloc_size, i;
	unsigned char before[size], *now = rig->queues.at;
	size_t sq = (unsigned char *)&q->sq[q->tail] - now;
	size_t cq = (unsigned char *)&q->cq[q->head] - now;

	memcpy(before, now, size);
	ASSERT_EQ(0, nvme_identify(&rig->nvme, NVME_CNS_CONTROLLER, 0,
				   rig->field.block.phys));
	for (i = 0; i < size; i++) {
		if (i - sq >= sizeof(*q->sq) && i - cq >= sizeof(*q->cq) &&
		    before[i] != now[i])
			break;
	}
	EXPECT_EQ(size, i);
	EXPECT_NE(0, memcmp(before + cq, now + cq, sizeof(*q->cq)));
}

/* A block between bytes that must stay, in the middle of a page. */
TEST_F_TIMEOUT(nvme, a_block_arrives_within_a_page, LIMIT_S)
{
	struct rig *rig = &self->rig;
	size_t offset = page_size() + 1024, bytes = rig->block_size;

	READABLE_OR_SKIP(rig, 1, bytes);
	ASSERT_EQ(0, read_to(rig, &rig->field, offset, 1, bytes));
	ASSERT_EQ(0, read_to(rig, &rig->mirror, offset, 1, bytes));
	EXPECT_ARRIVED(rig, offset, bytes);
	EXPECT_TRUE(is_of_disk(rig, rig->field.at + offset, 1, bytes));
}

TEST_F_TIMEOUT(nvme, two_pages_arrive, LIMIT_S)
{
	struct rig *rig = &self->rig;
	size_t offset = page_size(), bytes = 2 * page_size();

	READABLE_OR_SKIP(rig, 3, bytes);
	ASSERT_EQ(0, read_to(rig, &rig->field, offset, 3, bytes));
	ASSERT_EQ(0, read_to(rig, &rig->mirror, offset, 3, bytes));
	EXPECT_ARRIVED(rig, offset, bytes);
	EXPECT_TRUE(is_of_disk(rig, rig->field.at + offset, 3, bytes));
}

/* The pages of a list, one command for each. */
static int read_singly(struct rig *rig, const struct buffer *buffer,
		       size_t offset, __u64 lba)
{
	size_t page = page_size();
	unsigned int i;
	int err = 0;

	for (i = 0; i < LIST_PAGES && !err; i++)
		err = read_to(rig, buffer, offset + i * page,
			      lba + i * page / rig->block_size, page);
	return err;
}

/* The controller uses each page of a list: the order is opposite to memory's. */
TEST_F_TIMEOUT(nvme, a_list_of_pages_arrives, LIMIT_S)
{
	struct rig *rig = &self->rig;
	size_t page = page_size(), bytes = LIST_PAGES * page, at, back;
	__u64 pages[LIST_PAGES];
	unsigned int i;

	READABLE_OR_SKIP(rig, 5, bytes);
	for (i = 0; i < LIST_PAGES; i++)
		pages[i] = rig->field.block.phys + (LIST_PAGES - i) * page;
	ASSERT_EQ(0, nvme_read(&rig->nvme, 5, bytes / rig->block_size, pages,
			       LIST_PAGES));
	ASSERT_EQ(0, read_singly(rig, &rig->mirror, page, 5));
	EXPECT_TRUE(buffer_kept_but(&rig->field, page, page + bytes, FIELD));
	EXPECT_TRUE(buffer_kept_but(&rig->mirror, page, page + bytes, MIRROR));
	EXPECT_TRUE(is_of_disk(rig, rig->mirror.at + page, 5, bytes));
	for (i = 0; i < LIST_PAGES; i++) {
		at = (1 + i) * page;
		back = (LIST_PAGES - i) * page;
		EXPECT_EQ(0, memcmp(rig->mirror.at + at, rig->field.at + back,
				    page));
	}
}

/*
 * The controller cannot even fetch the command.  It is stopped before it may be
 * bus master again: that discards pending work, so nothing arrives late.
 */
TEST_F_TIMEOUT(nvme, without_bus_mastering_nothing_arrives, LIMIT_S)
{
	struct rig *rig = &self->rig;
	size_t offset = page_size(), bytes = page_size();
	__u64 phys = rig->field.block.phys + offset;

	READABLE_OR_SKIP(rig, 7, bytes);
	ASSERT_TRUE(pci_bus_master(&rig->nvme.pci, false));
	ASSERT_EQ(0, nvme_submit_read(&rig->nvme, 7, bytes / rig->block_size,
				      &phys, 1));
	EXPECT_EQ(-ETIMEDOUT, nvme_complete(&rig->nvme, NVME_IO, QUIET_MS));
	EXPECT_TRUE(buffer_kept(&rig->field, FIELD));

	ASSERT_EQ(0, nvme_stop(&rig->nvme));
	ASSERT_EQ(0, start(rig));
	EXPECT_TRUE(buffer_kept(&rig->field, FIELD));
	ASSERT_EQ(0, read_to(rig, &rig->field, offset, 7, bytes));
	ASSERT_EQ(0, read_to(rig, &rig->mirror, offset, 7, bytes));
	EXPECT_ARRIVED(rig, offset, bytes);
}

/* A controller that is stopped is neither enabled nor bus master. */
static bool is_at_rest(const struct nvme *nvme)
{
	return !(pci_look(slot, PCI_COMMAND) & PCI_COMMAND_MASTER) &&
	       !(pci_read32(&nvme->pci, NVME_CC) & NVME_CC_EN) &&
	       !nvme_is_ready(nvme);
}

TEST_F_TIMEOUT(nvme, stopped_it_is_at_rest, LIMIT_S)
{
	EXPECT_FALSE(is_at_rest(&self->rig.nvme));
	EXPECT_EQ(0, nvme_stop(&self->rig.nvme));
	EXPECT_TRUE(is_at_rest(&self->rig.nvme));
}

/*
 * Stop a controller that a dead test has left running, and undo its enabling.
 * A controller that does not answer at least loses bus mastering.
 */
static int bring_to_rest(int enablings)
{
	struct nvme nvme;
	int err = nvme_open(&nvme, slot);

	if (!err)
		err = nvme_close(&nvme);
	while (pci_enablings(slot) > enablings && pci_enable(slot, false))
		;
	return err;
}

static void start_and_die(struct rig *rig)
{
	if (!begin(rig))
		raise(SIGKILL);
	_exit(1);
}

/* So its buffers are not reused while the controller may still write to them. */
TEST(what_a_test_that_died_has_left_is_seen_to)
{
	const struct limits anywhere = {};
	int enablings = pci_enablings(slot), status;
	struct pgarea_alloc other;
	struct rig rig = {};
	pid_t child;

	ASSERT_EQ(0, own_all(&rig, &anywhere, &anywhere));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		start_and_die(&rig);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(-EBUSY, pga_alloc_at(pgarea, rig.field.block.phys,
				       page_size(), &other));

	EXPECT_EQ(0, bring_to_rest(enablings));
	EXPECT_EQ(enablings, pci_enablings(slot));
	EXPECT_EQ(0, pci_look(slot, PCI_COMMAND) & PCI_COMMAND_MASTER);
	drop_all(&rig);
}

/* Write Zeroes is 0x08, Format 0x80: this program may send neither. */
TEST(a_command_that_is_no_read_is_refused)
{
	struct nvme_command sq[NVME_ENTRIES] = {}, none = {};
	struct nvme nvme = { .queues = { { .sq = sq }, { .sq = sq } } };
	unsigned int queue, opcode, refused = 0;

	for (queue = NVME_ADMIN; queue <= NVME_IO; queue++) {
		for (opcode = 0; opcode < 256; opcode++) {
			struct nvme_command command = { .opcode = opcode };

			if (nvme_only_reads(queue, opcode))
				continue;
			ASSERT_EQ(-EPERM, nvme_submit(&nvme, queue, &command));
			refused++;
		}
		EXPECT_EQ(0, nvme.queues[queue].tail);
	}
	EXPECT_EQ(2 * 256 - 4, refused);
	EXPECT_EQ(0, memcmp(sq, &none, sizeof(none)));
	EXPECT_TRUE(nvme_only_reads(NVME_ADMIN, 0x01));	/* Create I/O SQ */
	EXPECT_TRUE(nvme_only_reads(NVME_ADMIN, 0x05));	/* Create I/O CQ */
	EXPECT_TRUE(nvme_only_reads(NVME_ADMIN, 0x06));	/* Identify */
	EXPECT_TRUE(nvme_only_reads(NVME_IO, 0x02));	/* Read */
}

/* Without a usable controller the whole program skips. */
static void need_controller(void)
{
	slot = getenv("PGAREA_NVME");
	if (!slot)
		ksft_exit_skip("PGAREA_NVME names no controller of a spare disk\n");
	if (!nvme_is_one(slot))
		ksft_exit_fail_msg("%s: there is no NVMe controller\n", slot);
	if (pci_refusal(slot))
		ksft_exit_skip("%s: %s\n", slot, pci_refusal(slot));
}

int main(int argc, char **argv)
{
	int status, enablings;

	need_controller();
	enablings = pci_enablings(slot);
	pgarea = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	status = pga_test_main(argc, argv);
	if (bring_to_rest(enablings))
		ksft_exit_fail_msg("%s: does not stop\n", slot);
	return status;
}
