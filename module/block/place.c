// SPDX-License-Identifier: GPL-2.0
/*
 * Where the blocks are that drain, or will: enum pga_place.
 *
 *	ORPHANS		its owner did not free it.  A tree has these in the
 *			order in which their quarantines end; until then they
 *			are not visited
 *	COUNTED		it has a counted holder, and no check is of any use.
 *			It is in no list; the last of these holders queues it
 *	QUEUED		a check is due
 *	POLLED		a page of it was referenced at the last check.  No
 *			callback reports the last put of a reference, so these
 *			are checked one after the other, with growing pauses
 *			between the rounds
 *	BUSY		a thread checks it, without a lock, and no other does.
 *			Then it is released or put back
 *
 * The checks are numbered: the ticket of a block is that of the last one.
 *
 * Locking: the table lock protects all of this.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "block/block.h"
#include "block/file.h"
#include "block/held.h"
#include "block/id.h"
#include "block/place.h"
#include "block/state.h"

#define PGA_POLL_FIRST_MS	10
#define PGA_POLL_LAST_MS	320

/* All under the table lock */
static struct rb_root_cached orphans = RB_ROOT_CACHED;
static LIST_HEAD(queued);
static LIST_HEAD(polled);
static LIST_HEAD(busy);		/* in the order of their tickets */
static u64 last_ticket;
static u32 nr_polled;
static u32 round_left;		/* blocks to check in this round of polling */
static unsigned long next_round;	/* jiffies, when there is none now */
static unsigned int round_pause_ms = PGA_POLL_FIRST_MS;

static struct pga_block *first_orphan_locked(void)
{
	return rb_entry_safe(rb_first_cached(&orphans), struct pga_block,
			     orphan_node);
}

/**
 * pga_place_next_check() - find when the next check is due
 * @time: set to that time, in jiffies; it may be over
 *
 * Return: false if none is due, now or later.
 */
bool pga_place_next_check(unsigned long *time)
{
	struct pga_block *orphan;
	unsigned long poll;
	bool due = true;

	spin_lock(&pga_table_lock);
	orphan = first_orphan_locked();
	poll = round_left ? jiffies + 1 : next_round;
	if (!list_empty(&queued))
		*time = jiffies;
	else if (orphan && (!nr_polled || time_before(orphan->until, poll)))
		*time = orphan->until;
	else if (nr_polled)
		*time = poll;
	else
		due = false;
	spin_unlock(&pga_table_lock);
	return due;
}

/* A block in one of the lists becomes BUSY: the caller must check it. */
static void take_locked(struct pga_block *block)
{
	lockdep_assert_held(&pga_table_lock);
	nr_polled -= block->place == PGA_PLACE_POLLED;
	block->place = PGA_PLACE_BUSY;
	block->ticket = ++last_ticket;
	list_move_tail(&block->drain, &busy);
}

static struct pga_block *first_of_locked(struct list_head *list)
{
	lockdep_assert_held(&pga_table_lock);
	return list_first_entry_or_null(list, struct pga_block, drain);
}

/* Let the owner find the block in the list of those that it can check. */
static void list_for_owner_locked(struct pga_block *block, bool can_check)
{
	if (block->owner)
		list_move_tail(&block->link, can_check ?
					     &block->owner->draining :
					     &block->owner->blocks);
}

static void put_in_list_locked(struct pga_block *block, u8 place,
			       struct list_head *list)
{
	lockdep_assert_held(&pga_table_lock);
	block->place = place;
	list_move_tail(&block->drain, list);
	list_for_owner_locked(block, true);
}

static void put_counted_locked(struct pga_block *block)
{
	lockdep_assert_held(&pga_table_lock);
	block->place = PGA_PLACE_COUNTED;
	list_del_init(&block->drain);
	list_for_owner_locked(block, false);
}

/* A reference may be short: poll a block soon when it is new in the list. */
static void poll_soon_locked(void)
{
	unsigned long soon = jiffies + msecs_to_jiffies(PGA_POLL_FIRST_MS);

	round_pause_ms = PGA_POLL_FIRST_MS;
	if (!nr_polled || time_before(soon, next_round))
		next_round = soon;
}

static void put_polled_locked(struct pga_block *block, bool again)
{
	if (!again)
		poll_soon_locked();
	nr_polled++;
	put_in_list_locked(block, PGA_PLACE_POLLED, &polled);
}

/**
 * pga_place_put() - put a block where the event that it waits for finds it
 * @block: DRAINING, checked by the caller
 * @held: result of the check
 * @again: it was POLLED before the check
 */
void pga_place_put(struct pga_block *block, enum pga_held held, bool again)
{
	spin_lock(&pga_table_lock);
	if (pga_block_has_counted(block))
		put_counted_locked(block);
	else if (held == PGA_HELD_REFERENCE)
		put_polled_locked(block, again);
	else
		put_in_list_locked(block, PGA_PLACE_QUEUED, &queued);
	pga_tally_update_locked(block);
	spin_unlock(&pga_table_lock);
}

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return time_before(rb_entry(a, struct pga_block, orphan_node)->until,
			   rb_entry(b, struct pga_block, orphan_node)->until);
}

/**
 * pga_place_put_orphan() - put a block into the tree of orphans
 * @block: ORPHANED, or DRAINING after END_ORPHANS has found it
 * @time: jiffies until the end of its quarantine
 *
 * Return: false if it is DRAINING; then it is in no place.
 */
bool pga_place_put_orphan(struct pga_block *block, unsigned long time)
{
	bool is_orphan;

	spin_lock(&pga_table_lock);
	is_orphan = block->state == PGAREA_STATE_ORPHANED;
	if (is_orphan) {
		block->until = jiffies + time;
		block->place = PGA_PLACE_ORPHANS;
		rb_add_cached(&block->orphan_node, &orphans, less);
	}
	spin_unlock(&pga_table_lock);
	return is_orphan;
}

/**
 * pga_place_queue_locked() - have a block checked, if it has waited for that
 * @block: a counted holder of it was dropped
 *
 * The caller must call pga_drain_kick() without the lock if this returns true.
 *
 * Return: true if its last counted holder is gone.
 */
bool pga_place_queue_locked(struct pga_block *block)
{
	if (block->place != PGA_PLACE_COUNTED || pga_block_has_counted(block))
		return false;
	put_in_list_locked(block, PGA_PLACE_QUEUED, &queued);
	return true;
}

/**
 * pga_orphan_end_locked() - end the quarantine of an orphan: it drains
 * @block: any
 *
 * The caller must call pga_drain_kick() without the lock if this returns true.
 *
 * Return: false if the block is not in quarantine.
 */
bool pga_orphan_end_locked(struct pga_block *block)
{
	lockdep_assert_held(&pga_table_lock);
	if (block->place != PGA_PLACE_ORPHANS)
		return false;
	rb_erase_cached(&block->orphan_node, &orphans);
	pga_block_set_state_locked(block, PGAREA_STATE_DRAINING);
	block->place = PGA_PLACE_COUNTED;
	pga_place_queue_locked(block);
	return true;
}

/**
 * pga_place_end_orphan() - end the first quarantine if its time is over
 *
 * Return: whether it was over.
 */
bool pga_place_end_orphan(void)
{
	struct pga_block *block;
	bool over;

	spin_lock(&pga_table_lock);
	block = first_orphan_locked();
	over = block && !time_before(jiffies, block->until);
	if (over)
		pga_orphan_end_locked(block);
	spin_unlock(&pga_table_lock);
	return over;
}

/* Take the first block of a list.  NULL: it is empty. */
static struct pga_block *take_first(struct list_head *list)
{
	struct pga_block *block;

	spin_lock(&pga_table_lock);
	block = first_of_locked(list);
	if (block)
		take_locked(block);
	spin_unlock(&pga_table_lock);
	return block;
}

/* Take a QUEUED block: the caller must check it.  NULL: there is none. */
struct pga_block *pga_place_take_queued(void)
{
	return take_first(&queued);
}

/* Take a POLLED block: the caller must check it.  NULL: there is none. */
struct pga_block *pga_place_take_polled(void)
{
	return take_first(&polled);
}

u32 pga_place_nr_polled(void)
{
	return READ_ONCE(nr_polled);
}

/* Have all POLLED blocks checked soon. */
void pga_place_poll_soon(void)
{
	spin_lock(&pga_table_lock);
	poll_soon_locked();
	spin_unlock(&pga_table_lock);
}

/* Is there a round of polling to continue, or is it time to begin one? */
static bool begin_round_locked(void)
{
	/* Others may have released some. */
	round_left = min(round_left, nr_polled);
	if (!round_left && nr_polled && !time_before(jiffies, next_round))
		round_left = nr_polled;
	return round_left;
}

static void end_round_locked(void)
{
	next_round = jiffies + msecs_to_jiffies(round_pause_ms);
	round_pause_ms = min_t(unsigned int, 2 * round_pause_ms,
			       PGA_POLL_LAST_MS);
}

/**
 * pga_place_take_of_round() - take the next block of a round of polling
 *
 * Begins a round if it is time for one.
 *
 * Return: a block, which the caller must check; NULL: the round is over.
 */
struct pga_block *pga_place_take_of_round(void)
{
	struct pga_block *block = NULL;

	spin_lock(&pga_table_lock);
	if (begin_round_locked()) {
		block = first_of_locked(&polled);
		round_left = block ? round_left - 1 : 0;
		if (!round_left)
			end_round_locked();
	}
	if (block)
		take_locked(block);
	spin_unlock(&pga_table_lock);
	return block;
}

/* The number of the last check that was begun */
u64 pga_place_ticket(void)
{
	u64 ticket;

	spin_lock(&pga_table_lock);
	ticket = last_ticket;
	spin_unlock(&pga_table_lock);
	return ticket;
}

/* Does a thread check this block? */
bool pga_place_is_busy(u64 id)
{
	struct pga_block *block;
	bool is;

	spin_lock(&pga_table_lock);
	block = pga_id_find_locked(id);
	is = block && block->place == PGA_PLACE_BUSY;
	spin_unlock(&pga_table_lock);
	return is;
}

/* Is a check in progress that is not newer than a ticket? */
bool pga_place_any_busy(u64 ticket)
{
	struct pga_block *block;
	bool is;

	spin_lock(&pga_table_lock);
	block = first_of_locked(&busy);
	is = block && block->ticket <= ticket;
	spin_unlock(&pga_table_lock);
	return is;
}

/* Has no check of the block begun since, or was one not completed? */
static bool needs_check_locked(const struct pga_block *block, u64 since)
{
	if (block->place == PGA_PLACE_COUNTED || block->place == PGA_PLACE_POLLED)
		return block->ticket <= since;
	return block->place == PGA_PLACE_QUEUED;
}

/**
 * pga_place_take_one() - take a block if it needs a check
 * @id: its id
 * @since: no check of it began after this ticket, or one was not completed
 * @again: set to whether it was POLLED
 * @others: set to whether another thread checks it
 *
 * Return: the block, which the caller must check; NULL: it needs no check, it
 * does not drain or does not exist.
 */
struct pga_block *pga_place_take_one(u64 id, u64 since, bool *again,
				     bool *others)
{
	struct pga_block *block, *taken = NULL;

	*others = false;
	spin_lock(&pga_table_lock);
	block = pga_id_find_locked(id);
	if (block && needs_check_locked(block, since)) {
		*again = block->place == PGA_PLACE_POLLED;
		take_locked(block);
		taken = block;
	} else if (block) {
		*others = block->place == PGA_PLACE_BUSY;
	}
	spin_unlock(&pga_table_lock);
	return taken;
}

/* The id of a block of a file that needs a check.  0: there is none. */
u64 pga_place_next_of_file(struct pga_file *file, u64 since)
{
	struct pga_block *block;
	u64 id = 0;

	spin_lock(&pga_table_lock);
	/* Blocks that were checked are at the end of the list. */
	block = list_first_entry_or_null(&file->draining, struct pga_block, link);
	if (block && (block->place == PGA_PLACE_BUSY ||
		      needs_check_locked(block, since)))
		id = block->id;
	spin_unlock(&pga_table_lock);
	return id;
}
