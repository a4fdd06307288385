// SPDX-License-Identifier: GPL-2.0
/*
 * Every error at every place: each operation runs again and again, and each
 * time the next of its allocations or copies fails (fault.h), until none is
 * left that can fail.
 *
 *   failnth                  all that an open device can do
 *   failnth MODULE.ko        loading the module, which must not be loaded
 *
 * An operation that fails returns one of its errors, and the areas' counters
 * are then as before.  After the undo they are as at the start, whatever it
 * returned.  An operation may also succeed in spite of the fault, through a
 * fallback.
 *
 * An operation in which nothing can fail tests nothing: the test fails unless
 * the table says so.
 */
#include <stddef.h>
#include <sys/wait.h>

#include "device/edu.h"
#include "include/export.h"
#include "include/fault.h"
#include "include/load.h"
#include "include/pga_claim.h"
#include "include/testmod.h"

#define BLOCK_PAGES	64
#define NR_BULK		300
#define NR_IDS		8
#define NAME		"failnth"
#define MOST_FAULTS	100000

/* The memory that a load must allocate in full, and the number of retries */
#define CHUNK_BYTES	(4 * MIB)
#define CHUNK_TRIES	20

/*
 * This check takes longer than the loads that fail, so only some loads run it.
 */
#define CHUNK_EACH	16

struct work {
	const char *module;
	char parameter[80];
	unsigned int loads;
	struct pga_snapshot before;
	struct pga_snapshot ready;
	int watch;
	int fault;
	int fd;
	int opened;
	int exported;
	int test;		/* pgarea_test.ko */
	__u32 import;
	struct fault_workers workers;
	bool named;
	bool created;		/* an area */
	struct pgarea_create_area area;
	__u64 place;		/* pageblocks of the host */
	char *map;
	size_t map_size;
	struct pgarea_alloc block;
	struct pgarea_range spare;	/* free pages */
	struct pgarea_reserve reserved;
	struct pgarea_bulk_block bulk[NR_BULK];
	__u64 ids[NR_IDS];
};

/*
 * One operation.  @set_up and @undo run without a fault; @run, with one, does
 * only what is tested and returns 0 or -errno.  @errors: its possible errors
 * besides ENOMEM and EFAULT.  @done_unanswered: EFAULT may also mean that it
 * was done and only the result could not be written, as documented.
 * @faultless: it needs no memory, and copies nothing from or to the program.
 * @by_worker: the faults are those of the kernel's workers, and it must succeed.
 * @device: it needs this device, which may not be there.
 */
struct op {
	const char *name;
	int (*set_up)(struct work *w);
	int (*run)(struct work *w);
	int (*undo)(struct work *w);
	int errors[3];
	bool done_unanswered;
	bool faultless;
	bool by_worker;
	const char *device;
};

/* The results of the sweep of one operation */
struct tally {
	unsigned int faults;
	unsigned int failed;
	unsigned int wrong;
};

/* Of a descriptor or -errno */
static int error_of(int fd)
{
	return fd < 0 ? fd : 0;
}

/* ---- the set-up of the operations ----------------------------------------- */

static int with_file(struct work *w)
{
	struct pgarea_area area;
	int err;

	w->fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (w->fd < 0)
		return -errno;
	err = pga_pick(w->fd, 2 * BLOCK_PAGES * page_size(), &area);
	return err ?: pga_longest_free(w->fd, area.id, &w->spare);
}

static int with_block(struct work *w)
{
	int err = with_file(w);

	w->block = (struct pgarea_alloc){ .size = BLOCK_PAGES * page_size() };
	return err ?: pga_alloc(w->fd, &w->block);
}

static int with_mapping(struct work *w)
{
	int err = with_block(w);

	if (err)
		return err;
	w->map_size = w->block.alloc_size;
	w->map = pga_map(w->fd, &w->block);
	return w->map == MAP_FAILED ? -errno : 0;
}

static int with_many_blocks(struct work *w)
{
	struct pgarea_bulk_block blocks[NR_IDS];
	int i, nr, err = with_file(w);

	if (err)
		return err;
	nr = pga_bulk_in(w->fd, w->spare.area, page_size(), blocks, NR_IDS);
	if (nr != NR_IDS)
		return nr < 0 ? nr : -ENOSPC;
	for (i = 0; i < nr; i++)
		w->ids[i] = blocks[i].id;
	return 0;
}

static int with_reservation(struct work *w)
{
	int err = with_file(w);

	w->reserved = (struct pgarea_reserve){
		.address = w->spare.address,
		.size = BLOCK_PAGES * page_size(),
		.name = NAME,
	};
	return err ?: pga_reserve(w->fd, &w->reserved);
}

static int with_uncached_block(struct work *w)
{
	int err = with_file(w);

	w->block = (struct pgarea_alloc){
		.size = BLOCK_PAGES * page_size(),
		.cache = PGAREA_CACHE_UC,
	};
	return err ?: pga_alloc(w->fd, &w->block);
}

static int with_persistent_block(struct work *w)
{
	int err = with_file(w);

	w->block = (struct pgarea_alloc){ .size = BLOCK_PAGES * page_size() };
	w->named = !err;
	return err ?: pga_persist(w->fd, w->spare.area, NAME, &w->block);
}

static int with_node(struct work *w)
{
	int err = with_persistent_block(w);

	if (err)
		return err;
	w->opened = pga_open_node(NAME, O_RDWR);
	return error_of(w->opened);
}

/* To QEMU's edu device, or, without one, to a function that does not exist. */
static int run_bind(struct work *w)
{
	struct pgarea_bind arg = { .id = w->block.id };
	char slots[1][PCI_SLOT_SIZE];
	int err;

	arg.domain = PGA_NO_DOMAIN;
	if (edu_find(slots, 1) && !pci_address(slots[0], &arg))
		return -EPROTO;
	err = pga_ioctl(w->fd, PGAREA_IOC_BIND, &arg);
	return err == -ENODEV ? 0 : err;
}

static int with_bound_block(struct work *w)
{
	int err = with_block(w);

	return err ?: run_bind(w);
}

static int with_dmabuf(struct work *w)
{
	int err = with_block(w);

	if (err)
		return err;
	w->map_size = w->block.alloc_size;
	w->exported = pga_export_all(w->fd, w->block.id);
	return error_of(w->exported);
}

/* As a driver has it: without a descriptor, attached to a device */
static int with_import(struct work *w)
{
	int err = with_dmabuf(w);

	if (err)
		return err;
	w->test = open(PGT_DEVICE, O_RDWR | O_CLOEXEC);
	return w->test < 0 ? -errno :
			     pgt_import(w->test, w->exported, &w->import);
}

static int with_detached_import(struct work *w)
{
	int err = with_import(w);

	return err ?: pgt_do(w->test, w->import, PGT_STEP_DETACH);
}

/* Freed, and still mapped */
static int with_draining_block(struct work *w)
{
	int err = with_mapping(w);

	return err ?: pga_free(w->fd, w->block.id);
}

/* The worker also has to restore the caching of the kernel's mapping. */
static int with_draining_uncached_block(struct work *w)
{
	int err = with_uncached_block(w);

	if (err)
		return err;
	w->map_size = w->block.alloc_size;
	w->map = pga_map(w->fd, &w->block);
	return w->map == MAP_FAILED ? -errno : pga_free(w->fd, w->block.id);
}

static int with_orphan(struct work *w)
{
	int err = with_block(w);

	if (err)
		return err;
	err = close(w->fd) ? -errno : 0;
	w->fd = -1;
	return err;
}

static int with_area_template(struct work *w)
{
	int err = with_file(w);

	if (err)
		return err;
	err = pga_area_template(w->fd, NAME, 1, &w->area);
	w->area.flags = PGAREA_AREA_REQUIRE;
	w->created = true;
	return err;
}

static int with_area(struct work *w)
{
	int err = with_area_template(w);

	return err ?: pga_create_area(w->fd, &w->area);
}

/* It is empty, and grows on demand. */
static int with_growing_area(struct work *w)
{
	int err = with_area_template(w);

	if (err)
		return err;
	w->area.flags = PGAREA_AREA_GROW;
	w->area.size = 0;
	w->area.chunk_size *= 2;
	return pga_create_area(w->fd, &w->area);
}

static int with_place_to_grow(struct work *w)
{
	struct pgarea_resize_area arg;
	int err = with_growing_area(w);

	w->block = (struct pgarea_alloc){ .size = page_size() };
	return err ?: pga_alloc_in(w->fd, w->area.id, &w->block) ?:
	       pga_free(w->fd, w->block.id) ?:
	       pga_resize_area(w->fd, w->area.id, 0, &arg);
}

static int with_place(struct work *w)
{
	int err = with_file(w);

	w->place = err ? 0 : pga_host_place(w->fd, 4);
	w->area.size = pga_pageblock(w->fd);
	return err ?: w->place ? 0 : -ENOSPC;
}

/* The second pageblock of the place is an area. */
static int with_area_in_place(struct work *w)
{
	int err = with_place(w);

	w->area = (struct pgarea_create_area){
		.flags = PGAREA_AREA_REQUIRE,
		.name = NAME,
		.size = w->area.size,
		.start = w->place + w->area.size,
		.end = w->place + 2 * w->area.size,
	};
	w->created = true;
	return err ?: pga_create_area(w->fd, &w->area);
}

static int with_claim(struct work *w)
{
	struct pga_claimed got;
	int err = with_area_in_place(w);

	err = err ?: pga_claim(w->fd, w->place + page_size(), 2 * w->area.size,
			       &got);
	w->block = got.block;
	return err;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * The undo of all operations: a file that is closed owns nothing any more, and
 * persistent blocks are removed.
 */
static int close_all(struct work *w)
{
	int err = w->named ? pga_remove(w->watch, NAME, NULL) : 0;

	if (w->map && w->map != MAP_FAILED)
		munmap(w->map, w->map_size);
	w->map = NULL;
	w->named = false;
	close_one(&w->test);
	close_one(&w->opened);
	close_one(&w->exported);
	close_one(&w->fd);
	if (w->created)
		err = pga_destroy_areas(w->watch, NAME) ?: err;
	w->created = false;
	return err == -ENOENT ? 0 : err;
}

/* ---- the operations --------------------------------------------------------- */

static int run_open(struct work *w)
{
	w->opened = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	return w->opened < 0 ? -errno : 0;
}

/* Whatever it returns, the descriptor is closed. */
static int close_tested(int *fd)
{
	int err = close(*fd) ? -errno : 0;

	*fd = -1;
	return err;
}

static int run_close(struct work *w)
{
	return close_tested(&w->fd);
}

static int run_info(struct work *w)
{
	struct pgarea_info arg = {};

	return pga_ioctl(w->fd, PGAREA_IOC_INFO, &arg);
}

static int run_areas(struct work *w)
{
	struct pgarea_area areas[PGA_MOST_AREAS];
	int nr = pga_areas(w->fd, areas, PGA_MOST_AREAS);

	return nr < 0 ? nr : 0;
}

static int run_orders(struct work *w)
{
	struct pgarea_order orders[64];
	int nr = pga_orders(w->fd, w->spare.area, orders, 64);

	return nr < 0 ? nr : 0;
}

static int run_ranges(struct work *w)
{
	static struct pgarea_range ranges[1024];
	struct pgarea_ranges arg = {
		.area = w->spare.area,
		.ranges = PGA_ARRAY(ranges, 1024),
	};

	return pga_ioctl(w->fd, PGAREA_IOC_RANGES, &arg);
}

static int run_blocks(struct work *w)
{
	static struct pgarea_block blocks[1024];
	struct pgarea_blocks arg = {
		.flags = PGAREA_BLOCKS_ALL,
		.blocks = PGA_ARRAY(blocks, 1024),
	};

	return pga_ioctl(w->fd, PGAREA_IOC_BLOCKS, &arg);
}

static int run_alloc(struct work *w)
{
	struct pgarea_alloc arg = { .size = BLOCK_PAGES * page_size() };

	return pga_alloc(w->fd, &arg);
}

static int run_alloc_exact(struct work *w)
{
	struct pgarea_alloc arg;

	return pga_alloc_at(w->fd, w->spare.address + page_size(), page_size(),
			    &arg);
}

/* In two areas, and in two pageblocks of the host */
static int run_claim(struct work *w)
{
	struct pga_claimed got;

	return pga_claim(w->fd, w->place + page_size(), 2 * w->area.size, &got);
}

static int run_claim_reserve(struct work *w)
{
	struct pgarea_reserve arg;

	return pga_claim_reserve(w->fd, w->place, w->area.size, &arg);
}

static int run_alloc_arrays(struct work *w)
{
	struct pgarea_area_id set = { .id = w->spare.area };
	struct pgarea_segment segments[4];
	struct pgarea_refusal refusals[4];
	struct pgarea_alloc arg = {
		.size = page_size(),
		.flags = PGAREA_ALLOC_TOP_DOWN,
		.areas = PGA_ARRAY(&set, 1),
		.segments = PGA_ARRAY(segments, 4),
		.refusals = PGA_ARRAY(refusals, 4),
	};

	return pga_alloc(w->fd, &arg);
}

/* More than any area has: the module refuses it, with a reason for each. */
static int run_alloc_refused(struct work *w)
{
	struct pgarea_refusal refusals[PGA_MOST_AREAS];
	struct pgarea_alloc arg = {
		.size = 1ULL << 50,
		.refusals = PGA_ARRAY(refusals, PGA_MOST_AREAS),
	};
	int err = pga_alloc(w->fd, &arg);

	return err == -ENOSPC ? 0 : err ?: -EPROTO;
}

static int run_alloc_bulk(struct work *w)
{
	int nr = pga_bulk_in(w->fd, w->spare.area, page_size(), w->bulk,
			     NR_BULK);

	return nr < 0 ? nr : nr ? 0 : -EPROTO;
}

static int run_free(struct work *w)
{
	return pga_free(w->fd, w->block.id);
}

static int run_free_bulk(struct work *w)
{
	int nr = pga_free_ids(w->fd, w->ids, NR_IDS);

	return nr < 0 ? nr : nr ? 0 : -EPROTO;
}

static int run_trim(struct work *w)
{
	return pga_trim(w->fd, w->block.id, page_size());
}

static int run_split(struct work *w)
{
	int nr = pga_split(w->fd, w->block.id, 3 * page_size(), page_size(),
			   w->bulk, NR_BULK);

	return nr < 0 ? nr : nr ? 0 : -EPROTO;
}

static int run_reserve(struct work *w)
{
	__u64 id;

	return pga_reserve_at(w->fd, w->spare.address + page_size(),
			      3 * page_size(), &id);
}

static int run_unreserve(struct work *w)
{
	return pga_unreserve(w->fd, w->reserved.id);
}

static int run_unreserve_middle(struct work *w)
{
	struct pgarea_unreserve arg = {
		.id = w->reserved.id,
		.address = w->reserved.address + page_size(),
		.size = page_size(),
	};

	return pga_ioctl(w->fd, PGAREA_IOC_UNRESERVE, &arg);
}

static int run_mmap(struct work *w)
{
	w->map_size = w->block.alloc_size;
	w->map = pga_map(w->fd, &w->block);
	return w->map == MAP_FAILED ? -errno : 0;
}

static int run_munmap(struct work *w)
{
	return munmap(w->map, w->map_size) ? -errno : 0;
}

static int run_munmap_middle(struct work *w)
{
	return munmap(w->map + page_size(), page_size()) ? -errno : 0;
}

static int run_mprotect(struct work *w)
{
	return mprotect(w->map + page_size(), page_size(), PROT_READ) ?
	       -errno : 0;
}

/* The pages are faulted in one by one. */
static int run_fault(struct work *w)
{
	return madvise(w->map, w->map_size, MADV_DONTNEED) ||
	       madvise(w->map, w->map_size, MADV_POPULATE_WRITE) ? -errno : 0;
}

/* To another address, which is free: the kernel maps from the top down. */
static int run_mremap(struct work *w)
{
	void *at = mremap(w->map, w->map_size, w->map_size,
			  MREMAP_MAYMOVE | MREMAP_FIXED,
			  w->map - 1024 * w->map_size);

	if (at == MAP_FAILED)
		return -errno;
	w->map = at;
	return 0;
}

static int run_fork(struct work *w)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(w->map[0]);
	if (child < 0)
		return -errno;
	return waitpid(child, &status, 0) == child && !status ? 0 : -EPROTO;
}

static int run_alloc_uncached(struct work *w)
{
	struct pgarea_alloc arg = {
		.size = BLOCK_PAGES * page_size(),
		.cache = PGAREA_CACHE_UC,
	};

	return pga_alloc(w->fd, &arg);
}

static int run_alloc_persistent(struct work *w)
{
	struct pgarea_alloc arg = { .size = BLOCK_PAGES * page_size() };

	w->named = true;
	return pga_persist(w->fd, w->spare.area, NAME, &arg);
}

static int run_reserve_persistent(struct work *w)
{
	struct pgarea_reserve arg;

	w->named = true;
	return pga_persist_at(w->fd, w->spare.address, BLOCK_PAGES * page_size(),
			      NAME, &arg);
}

static int run_remove(struct work *w)
{
	return pga_remove(w->fd, NAME, NULL);
}

static int run_end_orphans(struct work *w)
{
	int nr = pga_end_orphans(w->watch, (struct pgarea_end_orphans){
		.flags = PGAREA_ORPHANS_ALL,
	});

	return error_of(nr);
}

static int run_create_area(struct work *w)
{
	return pga_create_area(w->fd, &w->area);
}

static int run_grow_area(struct work *w)
{
	struct pgarea_resize_area arg = {
		.flags = PGAREA_AREA_REQUIRE,
		.area = w->area.id,
		.size = 2 * w->area.size,
	};

	return pga_ioctl(w->fd, PGAREA_IOC_RESIZE_AREA, &arg);
}

static int run_shrink_area(struct work *w)
{
	struct pgarea_resize_area arg;

	return pga_resize_area(w->fd, w->area.id, 0, &arg);
}

static int run_return_unused(struct work *w)
{
	struct pgarea_shrink_area arg = { .area = w->area.id };

	return pga_ioctl(w->fd, PGAREA_IOC_SHRINK_AREA, &arg);
}

/* What was taken stays in the area if the command fails later: return it here. */
static int shrink_after(struct work *w, int error)
{
	int err = error ? run_shrink_area(w) : 0;
	struct pgarea_area area;

	if (!error)
		return 0;
	err = err ?: pga_area_by_id(w->watch, w->area.id, &area);
	return err || area.owned ? -EPROTO : error;
}

static int run_alloc_growing(struct work *w)
{
	struct pgarea_alloc arg = { .size = 3 * w->area.chunk_size };

	return shrink_after(w, pga_alloc_in(w->fd, w->area.id, &arg));
}

static int run_alloc_chunk(struct work *w)
{
	struct pgarea_alloc arg = { .size = page_size() };

	return shrink_after(w, pga_alloc_in(w->fd, w->area.id, &arg));
}

/* The place of the chunk that the area had a moment ago */
static int run_alloc_growing_exact(struct work *w)
{
	struct pgarea_alloc arg = {
		.size = page_size(),
		.flags = PGAREA_ALLOC_EXACT,
		.address = w->block.phys,
	};

	return shrink_after(w, pga_alloc_in(w->fd, w->area.id, &arg));
}

static int run_bulk_growing(struct work *w)
{
	int nr = pga_bulk_in(w->fd, w->area.id, w->area.chunk_size / 2, w->bulk,
			     5);

	/* It also succeeds with some of the blocks. */
	return shrink_after(w, nr < 0 ? nr : 0);
}

static int run_destroy_area(struct work *w)
{
	struct pgarea_destroy_area arg;

	return pga_destroy_area(w->fd, w->area.id, &arg);
}

static int run_probe(struct work *w)
{
	struct pgarea_obstacle entries[8];
	struct pgarea_probe arg = {
		.address = w->spare.address,
		.size = BLOCK_PAGES * page_size(),
		.obstacles = PGA_ARRAY(entries, 8),
	};

	return pga_ioctl(w->fd, PGAREA_IOC_PROBE, &arg);
}

static int run_open_node(struct work *w)
{
	w->opened = pga_open_node(NAME, O_RDWR);
	return error_of(w->opened);
}

static int run_close_node(struct work *w)
{
	return close_tested(&w->opened);
}

/* A short read is a success too: the next call reads the rest. */
static int run_read_node(struct work *w)
{
	char page[page_size()];

	return pread(w->opened, page, sizeof(page), 0) < 0 ? -errno : 0;
}

static int run_write_node(struct work *w)
{
	char page[page_size()];

	memset(page, 0x5a, sizeof(page));
	return pwrite(w->opened, page, sizeof(page), 0) < 0 ? -errno : 0;
}

static int run_map_node(struct work *w)
{
	w->map_size = w->block.alloc_size;
	w->map = mmap(NULL, w->map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      w->opened, 0);
	return w->map == MAP_FAILED ? -errno : 0;
}

static int run_wait(struct work *w)
{
	int err = pga_wait_gone(w->fd, w->block.id, 5);

	return err == -ETIMEDOUT ? 0 : err ?: -EPROTO;
}

static int run_export(struct work *w)
{
	w->exported = pga_export_all(w->fd, w->block.id);
	return error_of(w->exported);
}

static int run_close_dmabuf(struct work *w)
{
	return close_tested(&w->exported);
}

static int run_map_dmabuf(struct work *w)
{
	w->map = pga_map_buf(w->exported, w->map_size, PROT_READ | PROT_WRITE);
	return w->map == MAP_FAILED ? -errno : 0;
}

/* For the processor, and the end of that access */
static int run_sync_dmabuf(struct work *w)
{
	struct dma_buf_sync begin = { DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW };
	struct dma_buf_sync end = { DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW };

	return ioctl(w->exported, DMA_BUF_IOCTL_SYNC, &begin) ||
	       ioctl(w->exported, DMA_BUF_IOCTL_SYNC, &end) ? -errno : 0;
}

static int run_attach(struct work *w)
{
	return pgt_do(w->test, w->import, PGT_STEP_ATTACH);
}

static int run_map_import(struct work *w)
{
	struct pgt_entry entries[4];
	int nr = pgt_map(w->test, w->import, entries, 4);

	return nr < 0 ? nr : nr ? 0 : -EPROTO;
}

static int run_vmap_import(struct work *w)
{
	return pgt_do(w->test, w->import, PGT_STEP_VMAP);
}

static int run_mmap_import(struct work *w)
{
	w->map = mmap(NULL, w->map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      w->test, PGT_MMAP_OFFSET(w->import));
	return w->map == MAP_FAILED ? -errno : 0;
}

/* The last holder goes, and a worker returns the pages; nothing here helps it. */
static int run_drain(struct work *w)
{
	munmap(w->map, w->map_size);
	w->map = NULL;
	return pga_returns_to(w->watch, &w->before) ? 0 : -ETIMEDOUT;
}

/* ---- loading ---------------------------------------------------------------- */

static bool is_loaded(void)
{
	return !access("/sys/module/pgarea", F_OK);
}

/* The loaded area, which has all that was requested when @whole. */
static int look_at_area(struct pgarea_area *area, bool *whole)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = pga_area_by_name(fd, "mine", area);
	*whole = !err && area->owned == area->target_size;
	close(fd);
	return err;
}

static int chunk_is_available(struct work *w)
{
	struct pgarea_area area;
	bool whole = false;
	int tries, err = 0;

	for (tries = 0; tries < CHUNK_TRIES && !err && !whole; tries++) {
		if (tries)
			pga_sleep_ms(100);
		err = pga_load(w->module, w->parameter) ?:
		      look_at_area(&area, &whole) ?: pga_unload();
	}
	return err ?: whole ? 0 : -ENOMEM;
}

/* A range that one load has allocated is available to the next one. */
static int choose_chunk(struct work *w)
{
	struct pgarea_range range;
	struct pgarea_area area;
	int fd, err = pga_load(w->module, "areas=low=8M");

	if (err)
		return err;
	fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = pga_pick(fd, CHUNK_BYTES, &area) ?:
	      pga_longest_free(fd, area.id, &range);
	close(fd);
	snprintf(w->parameter, sizeof(w->parameter), "areas=mine=%llu@%llu-%llu",
		 CHUNK_BYTES, range.address, range.address + CHUNK_BYTES);
	return err ?: pga_unload();
}

static int run_load(struct work *w)
{
	int file = w->opened;

	return syscall(SYS_finit_module, file, w->parameter, 0) ? -errno : 0;
}

static int with_module_file(struct work *w)
{
	w->opened = open(w->module, O_RDONLY | O_CLOEXEC);
	return w->opened < 0 ? -errno : 0;
}

/* The next load could not allocate what a load leaked. */
static int unload_all(struct work *w)
{
	int err = is_loaded() ? pga_unload() : 0;

	close_all(w);
	if (++w->loads % CHUNK_EACH)
		return err;
	return err ?: chunk_is_available(w);
}

/* ---- the sweep -------------------------------------------------------------- */

#define OP(_name, _set_up, _run, ...) { \
	.name = _name, \
	.set_up = _set_up, \
	.run = _run, \
	.undo = close_all, \
	__VA_ARGS__ \
}

static const struct op ops[] = {
	OP("open", NULL, run_open),
	OP("close", with_many_blocks, run_close, .faultless = true),
	OP("INFO", with_file, run_info),
	OP("AREAS", with_file, run_areas),
	OP("ORDERS", with_file, run_orders),
	OP("RANGES", with_many_blocks, run_ranges),
	OP("BLOCKS", with_many_blocks, run_blocks),
	OP("ALLOC", with_file, run_alloc),
	OP("ALLOC exact", with_file, run_alloc_exact),
	OP("ALLOC with arrays", with_file, run_alloc_arrays),
	OP("ALLOC refused", with_file, run_alloc_refused),
	OP("ALLOC_BULK", with_file, run_alloc_bulk),
	OP("FREE", with_block, run_free),
	OP("FREE mapped", with_mapping, run_free),
	OP("FREE_BULK", with_many_blocks, run_free_bulk,
	   .done_unanswered = true),
	OP("TRIM", with_block, run_trim),
	OP("SPLIT", with_block, run_split),
	OP("RESERVE", with_file, run_reserve),
	OP("UNRESERVE", with_reservation, run_unreserve),
	OP("UNRESERVE middle", with_reservation, run_unreserve_middle),
	OP("mmap", with_block, run_mmap),
	OP("munmap", with_mapping, run_munmap, .faultless = true),
	OP("munmap middle", with_mapping, run_munmap_middle),
	OP("mprotect", with_mapping, run_mprotect),
	OP("page fault", with_mapping, run_fault, .faultless = true),
	OP("mremap", with_mapping, run_mremap),
	OP("fork", with_mapping, run_fork, .errors = { EAGAIN }),
	OP("ALLOC uncached", with_file, run_alloc_uncached),
	OP("mmap uncached", with_uncached_block, run_mmap),
	OP("FREE uncached", with_uncached_block, run_free),
	OP("ALLOC persistent", with_file, run_alloc_persistent),
	OP("RESERVE persistent", with_file, run_reserve_persistent),
	OP("REMOVE", with_persistent_block, run_remove),
	OP("CREATE_AREA", with_area_template, run_create_area,
	   .errors = { ENOSPC }),
	OP("RESIZE_AREA larger", with_area, run_grow_area, .errors = { ENOSPC },
	   .done_unanswered = true),
	OP("RESIZE_AREA smaller", with_area, run_shrink_area,
	   .done_unanswered = true),
	OP("SHRINK_AREA", with_area, run_return_unused, .done_unanswered = true),
	OP("DESTROY_AREA", with_area, run_destroy_area),
	OP("ALLOC that grows an area", with_growing_area, run_alloc_growing,
	   .errors = { ENOSPC }),
	OP("ALLOC that takes a chunk", with_growing_area, run_alloc_chunk,
	   .errors = { ENOSPC }),
	OP("ALLOC exact that grows an area", with_place_to_grow,
	   run_alloc_growing_exact, .errors = { ENOSPC }),
	OP("ALLOC_BULK that grows an area", with_growing_area, run_bulk_growing,
	   .errors = { ENOSPC }),
	OP("ALLOC claim", with_area_in_place, run_claim,
	   .errors = { ENOSPC, EBUSY }),
	OP("RESERVE claim", with_place, run_claim_reserve,
	   .errors = { ENOSPC, EBUSY }),
	OP("FREE claim", with_claim, run_free),
	OP("END_ORPHANS", with_orphan, run_end_orphans, .done_unanswered = true),
	OP("PROBE", with_file, run_probe),
	OP("open node", with_persistent_block, run_open_node),
	OP("close node", with_node, run_close_node, .faultless = true),
	OP("read node", with_node, run_read_node),
	OP("write node", with_node, run_write_node),
	OP("mmap node", with_node, run_map_node),
	OP("BIND", with_block, run_bind),
	OP("close bound", with_bound_block, run_close, .faultless = true),
	OP("WAIT", with_draining_block, run_wait),
	OP("EXPORT", with_block, run_export),
	OP("close dma-buf", with_dmabuf, run_close_dmabuf, .faultless = true),
	OP("mmap dma-buf", with_dmabuf, run_map_dmabuf),
	OP("sync dma-buf", with_dmabuf, run_sync_dmabuf),
	OP("attach", with_detached_import, run_attach, .device = PGT_DEVICE),
	OP("map for a device", with_import, run_map_import,
	   .device = PGT_DEVICE),
	OP("map for the kernel", with_import, run_vmap_import,
	   .device = PGT_DEVICE),
	OP("mmap by an importer", with_import, run_mmap_import,
	   .device = PGT_DEVICE),
	OP("drain", with_draining_block, run_drain, .by_worker = true,
	   .faultless = true),
	OP("drain uncached", with_draining_uncached_block, run_drain,
	   .by_worker = true, .faultless = true),
};

static const struct op load_op = {
	.name = "load",
	.set_up = with_module_file,
	.run = run_load,
	.undo = unload_all,
};

static bool is_its_error(const struct op *op, int err)
{
	size_t i;

	if (err == -ENOMEM || err == -EFAULT)
		return true;
	for (i = 0; i < ARRAY_SIZE(op->errors); i++)
		if (op->errors[i] && err == -op->errors[i])
			return true;
	return false;
}

static void complain(const struct op *op, unsigned int nth, const char *what,
		     int err)
{
	printf("# %s, fault %u: %s: %s\n", op->name, nth, what, strerror(-err));
}

/* Failed: with one of its errors, and without any effect. */
static bool failed_well(struct work *w, const struct op *op, unsigned int nth,
			int err)
{
	if (!is_its_error(op, err)) {
		complain(op, nth, "an unexpected error", err);
		return false;
	}
	if (op->done_unanswered && err == -EFAULT)
		return true;
	if (w->module ? is_loaded() : !pga_returns_to(w->watch, &w->ready)) {
		complain(op, nth, "it left something behind", err);
		return false;
	}
	return true;
}

static int arm(struct work *w, const struct op *op, unsigned int nth)
{
	return op->by_worker ? fault_set_workers(&w->workers, nth) :
			       fault_set(w->fault, nth);
}

/* The end of what arm() did: 0 if a fault happened, some number if not, -errno. */
static int disarm(struct work *w, const struct op *op)
{
	int left, err;

	if (op->by_worker)
		return fault_end_workers(&w->workers);
	left = fault_left(w->fault);
	err = fault_set(w->fault, 0);
	return err ?: left;
}

/* The end of a sweep that cannot go on */
static bool cannot(struct work *w, const struct op *op, unsigned int nth,
		   struct tally *tally, const char *what, int err)
{
	complain(op, nth, what, err);
	tally->wrong++;
	op->undo(w);
	return false;
}

/* Run with fault number @nth; false when there is no such fault. */
static bool try(struct work *w, const struct op *op, unsigned int nth,
		struct tally *tally)
{
	int err = op->set_up ? op->set_up(w) : 0, left;
	bool wrong = false;

	if (err || (!w->module && pga_snapshot(w->watch, &w->ready)))
		return cannot(w, op, nth, tally, "its set-up failed", err);
	err = arm(w, op, nth);
	if (err)
		return cannot(w, op, nth, tally, "no fault can be set", err);
	err = op->run(w);
	left = disarm(w, op);
	if (left < 0)
		return cannot(w, op, nth, tally, "the fault cannot be read", left);
	if (err)
		wrong = !failed_well(w, op, nth, err);
	if (err && (left || op->by_worker)) {
		complain(op, nth, "it failed without a fault of its own", err);
		wrong = true;
	}
	tally->failed += !!err;
	err = op->undo(w);
	if (err || (!w->module && !pga_returns_to(w->watch, &w->before))) {
		complain(op, nth, "its undo failed", err);
		wrong = true;
	}
	tally->wrong += wrong;
	return !left;
}

static unsigned int sweep(struct work *w, const struct op *op)
{
	struct tally tally = {};

	if (op->device && access(op->device, F_OK)) {
		ksft_test_result_skip("%s: no %s\n", op->name, op->device);
		return 0;
	}
	while (try(w, op, tally.faults + 1, &tally) &&
	       tally.faults < MOST_FAULTS && tally.wrong < 10)
		tally.faults++;
	ksft_test_result(!tally.wrong && (tally.faults || op->faultless),
			 "%s: %u fault points, %u of them made it fail\n",
			 op->name, tally.faults, tally.failed);
	return tally.faults;
}

static unsigned int sweep_all(struct work *w)
{
	unsigned int faults = 0;
	size_t i;

	ksft_set_plan(ARRAY_SIZE(ops));
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		faults += sweep(w, &ops[i]);
	return faults;
}

static unsigned int sweep_load(struct work *w)
{
	int err = choose_chunk(w) ?: chunk_is_available(w);
	unsigned int faults;

	if (err)
		ksft_exit_fail_msg("%s cannot be loaded: %s\n", w->module,
				   strerror(-err));
	ksft_set_plan(2);
	faults = sweep(w, &load_op);
	ksft_test_result(!chunk_is_available(w),
			 "memory that the loads took is available again\n");
	return faults;
}

int main(int argc, char **argv)
{
	static struct work w = {
		.fd = -1,
		.opened = -1,
		.exported = -1,
		.test = -1,
	};
	unsigned int faults;

	ksft_print_header();
	w.module = argc > 1 ? argv[1] : NULL;
	w.fault = fault_open();
	if (w.fault < 0)
		ksft_exit_skip(FAULT_FILE ": %s\n", strerror(-w.fault));
	if (w.module) {
		faults = sweep_load(&w);
	} else {
		w.watch = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);
		if (w.watch < 0 || pga_snapshot(w.watch, &w.before))
			ksft_exit_skip(PGA_DEVICE ": %s\n", strerror(errno));
		faults = sweep_all(&w);
	}
	printf("# %u fault points hit\n", faults);
	ksft_finished();
}
