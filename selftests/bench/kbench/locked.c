// SPDX-License-Identifier: GPL-2.0
/*
 * How long one call of the core holds a spinlock, in an area of 64 GiB that is
 * 99 % full.  Interrupts are on, and an emulated processor is itself stopped at
 * times: a nominal hold of one microsecond that does nothing shows how much
 * time the machine adds.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/spinlock.h>

#include "core.h"
#include "core/alloc.h"
#include "core/check.h"
#include "core/buddy.h"
#include "core/grow.h"
#include "held.h"
#include "locked.h"
#include "print.h"
#include "run.h"
#include "trial.h"

/* 64 GiB with pages of 4 KiB, from a page other than 0 on. */
#define LARGE_PAGES	(1UL << 24)
#define LARGE_FIRST	LARGE_PAGES
#define PERCENT		99
#define MIXED_ORDER	10
#define CHURN		100000

#define MAX_SAMPLES	(1U << 16)
#define COLUMN_NS	(500 * NSEC_PER_MSEC)

/* Powers of two of nanoseconds: below 1, below 2, below 4, and so on. */
#define NR_POWERS	33

enum { IDLE, PAGE, HUGE, THREE, ANY, RESERVE, FREE, NR_COLUMNS };

static const char *const column_names[NR_COLUMNS] = {
	"idle 1 us", "1 page", "512 algn", "3 pages", "1-512", "reserve", "free",
};

/**
 * struct samples - the times that calls of one kind held the lock
 * @ns:		each
 * @nr:		how many
 * @refused:	calls among them that failed
 */
struct samples {
	u32 *ns;
	unsigned int nr;
	unsigned int refused;
};

/**
 * struct summary - the summary of the samples
 * @powers:	how many took so long, by the number of bits of the nanoseconds
 * @nr:		how many there are
 * @refused:	calls that were refused
 * @p999:	999 of 1000 took no longer, in nanoseconds
 * @max:	the longest, in nanoseconds
 */
struct summary {
	unsigned int powers[NR_POWERS];
	unsigned int nr;
	unsigned int refused;
	u32 p999;
	u32 max;
};

static struct {
	spinlock_t lock;	/* the buddy */
	struct pga_buddy buddy;
} large;

static struct samples samples[NR_COLUMNS];

static void sample(unsigned int column, u64 begin, u64 end)
{
	struct samples *s = &samples[column];

	if (s->nr < MAX_SAMPLES)
		s->ns[s->nr++] = min_t(u64, end - begin, U32_MAX);
}

/* Each hold of the lock is a sample, so a search in pieces adds several. */
static int timed_alloc(unsigned int column, struct pga_request *rq, u64 *first)
{
	u64 begin, end;
	int err;

	do {
		spin_lock(&large.lock);
		begin = ktime_get_ns();
		err = pga_buddy_alloc(&large.buddy, rq, first);
		end = ktime_get_ns();
		spin_unlock(&large.lock);
		sample(column, begin, end);
		cond_resched();
	} while (err == -EAGAIN);
	return err;
}

static void timed_free(u64 first, u64 nr)
{
	u64 begin, end;
	int err;

	spin_lock(&large.lock);
	begin = ktime_get_ns();
	err = pga_buddy_free(&large.buddy, first, nr);
	end = ktime_get_ns();
	spin_unlock(&large.lock);
	sample(FREE, begin, end);
	WARN_ON_ONCE(err);
}

static void call_idle(void)
{
	u64 begin, end;

	spin_lock(&large.lock);
	begin = ktime_get_ns();
	do {
		end = ktime_get_ns();
	} while (end - begin < NSEC_PER_USEC);
	spin_unlock(&large.lock);
	sample(IDLE, begin, end);
}

static void call_alloc(unsigned int column, u64 nr, u64 align)
{
	struct pga_request rq = { .nr = nr, .align = align, .last = ~0ULL };
	u64 first;

	if (timed_alloc(column, &rq, &first))
		samples[column].refused++;
	else
		timed_free(first, nr);
}

static void call_reserve(u64 first, u64 nr)
{
	u64 begin, end, conflict;
	int err;

	spin_lock(&large.lock);
	begin = ktime_get_ns();
	err = pga_buddy_alloc_range(&large.buddy, first, nr, &conflict);
	end = ktime_get_ns();
	spin_unlock(&large.lock);
	sample(RESERVE, begin, end);
	if (err)
		samples[RESERVE].refused++;
	else
		timed_free(first, nr);
}

/* Frees within these calls are sampled as well, as FREE. */
static void call(struct kb_thread *t, unsigned int column)
{
	switch (column) {
	case IDLE:
		return call_idle();
	case PAGE:
		return call_alloc(column, 1, 1);
	case HUGE:
		return call_alloc(column, 512, 512);
	case THREE:
		return call_alloc(column, 3, 1);
	case ANY:
		return call_alloc(column, 1 + kb_below(t, 512), 1);
	case RESERVE:
		return call_reserve(LARGE_FIRST + kb_below(t, LARGE_PAGES - 16),
				    1 + kb_below(t, 16));
	}
}

/* One column a call. */
static int batch_column(struct kb_thread *t)
{
	u64 until = ktime_get_ns() + COLUMN_NS;
	unsigned int column = t->next++;

	if (column == FREE)
		return 0;
	while (samples[column].nr < MAX_SAMPLES && ktime_get_ns() < until &&
	       !kb_stopped(t)) {
		call(t, column);
		cond_resched();
	}
	return samples[column].nr;
}

static unsigned long large_alloc(unsigned int order)
{
	struct pga_request rq = {
		.nr = 1UL << order, .align = 1UL << order, .last = ~0ULL,
	};
	u64 first;
	int err;

	do {
		err = pga_buddy_alloc(&large.buddy, &rq, &first);
	} while (err == -EAGAIN);
	return err ? 0 : first;
}

static void large_free(unsigned long first, unsigned int order)
{
	WARN_ON_ONCE(pga_buddy_free(&large.buddy, first, 1UL << order));
}

static int large_begin(void)
{
	spin_lock_init(&large.lock);
	return kb_buddy_begin(&large.buddy, LARGE_FIRST, LARGE_PAGES);
}

static int large_end(void)
{
	int err = pga_buddy_check(&large.buddy) ? -EUCLEAN : 0;

	pga_buddy_destroy(&large.buddy);
	return err;
}

/* Blocks of mixed orders that were allocated and freed for a while. */
static int prepare_mixed(struct kb_thread *t)
{
	u64 goal = LARGE_PAGES / 100 * PERCENT;
	unsigned int i;
	int err = kb_hold_mixed(t, goal, MIXED_ORDER + 1);

	for (i = 0; i < CHURN && !err; i++) {
		kb_step(t, goal, MIXED_ORDER + 1);
		if (!(i % KB_BATCH))
			cond_resched();
	}
	return err;
}

/* Only random single pages are free: odd sizes need a search. */
static int prepare_scattered(struct kb_thread *t)
{
	u64 wanted = LARGE_PAGES / 100 * (100 - PERCENT), conflict;
	int err;

	err = pga_buddy_alloc_range(&large.buddy, LARGE_FIRST, LARGE_PAGES, &conflict);
	while (!err && pga_buddy_nr_free(&large.buddy) < wanted) {
		/*
		 * A page that is free already is refused, and another one is
		 * chosen.
		 */
		if (pga_buddy_free(&large.buddy,
				   LARGE_FIRST + kb_below(t, LARGE_PAGES), 1))
			continue;
		if (kb_stopped(t))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

static const struct kb_allocator large_area = {
	.name = "core, 64 GiB",
	.nr_pages = LARGE_PAGES,
	.begin = large_begin,
	.end = large_end,
	.alloc = large_alloc,
	.free = large_free,
};

/* Two layouts of an area that is nearly full. */
static const struct kb_work fillings[] = {
	{
		.name = "blocks of orders 0-10",
		.whole = true,
		.prepare = prepare_mixed,
		.batch = batch_column,
	}, {
		.name = "all but single pages at random places",
		.whole = true,
		.prepare = prepare_scattered,
		.batch = batch_column,
	},
};

static struct summary summaries[ARRAY_SIZE(fillings)][NR_COLUMNS];
static u64 node_kib;

static int by_ns(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return (x > y) - (x < y);
}

static void sum_up(struct samples *s, struct summary *sum)
{
	unsigned int i;

	if (!s->nr)
		return;
	for (i = 0; i < s->nr; i++)
		sum->powers[fls(s->ns[i])]++;
	sort(s->ns, s->nr, sizeof(*s->ns), by_ns, NULL);
	sum->nr = s->nr;
	sum->refused = s->refused;
	sum->p999 = s->ns[s->nr - 1 - s->nr / 1000];
	sum->max = s->ns[s->nr - 1];
	s->nr = 0;
	s->refused = 0;
}

static int measure_filling(unsigned int f)
{
	struct kb_result result;
	unsigned int i;
	int err = large_area.begin();

	if (err)
		return err;
	node_kib = pga_buddy_node_bytes(&large.buddy) / 1024;
	err = kb_trial_run(&large_area, &fillings[f], 1, 1, &result);
	if (!err && result.err)
		kb_failed(large_area.name, fillings[f].name, result.err);
	for (i = 0; i < NR_COLUMNS; i++)
		sum_up(&samples[i], &summaries[f][i]);
	if (large_area.end())
		kb_failed(large_area.name, "its area after that", -EUCLEAN);
	return err;
}

/**
 * kb_locked_measure() - how long the lock is held
 *
 * Context: sleeps.
 * Return: 0; -ENOMEM; -EINTR when the caller was killed.
 */
int kb_locked_measure(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < NR_COLUMNS; i++) {
		samples[i].ns = kvmalloc_array(MAX_SAMPLES, sizeof(u32),
					       GFP_KERNEL);
		if (!samples[i].ns)
			err = -ENOMEM;
	}
	for (i = 0; i < ARRAY_SIZE(fillings) && !err; i++)
		err = measure_filling(i);
	for (i = 0; i < NR_COLUMNS; i++)
		kvfree(samples[i].ns);
	return err;
}

static void show_line(struct seq_file *m, const char *name,
		      const struct summary *sums, size_t member)
{
	unsigned int i;

	seq_printf(m, "%-19s", name);
	for (i = 0; i < NR_COLUMNS; i++)
		seq_printf(m, " %9u",
			   *(const u32 *)((const char *)&sums[i] + member));
	seq_putc(m, '\n');
}

static void show_powers(struct seq_file *m, const struct summary *sums)
{
	unsigned int i, power, any;
	char name[20];

	for (power = 0; power < NR_POWERS; power++) {
		for (i = 0, any = 0; i < NR_COLUMNS; i++)
			any += sums[i].powers[power];
		if (!any)
			continue;
		snprintf(name, sizeof(name), "< %llu ns", 1ULL << power);
		show_line(m, name, sums,
			  offsetof(struct summary, powers[power]));
	}
}

void kb_locked_show(struct seq_file *m)
{
	unsigned int f, i;

	seq_printf(m, "\nHow long the core's lock is held: area of 64 GiB, %u %% full, %llu KiB of nodes\n"
		   "(\"idle 1 us\" holds it for a microsecond: the machine adds any time above that)\n",
		   PERCENT, node_kib);
	for (f = 0; f < ARRAY_SIZE(fillings); f++) {
		seq_printf(m, "\n%-19s\n%19s", fillings[f].name, "");
		for (i = 0; i < NR_COLUMNS; i++)
			seq_printf(m, " %9s", column_names[i]);
		seq_putc(m, '\n');
		show_powers(m, summaries[f]);
		show_line(m, "holds of the lock", summaries[f],
			  offsetof(struct summary, nr));
		show_line(m, "calls refused", summaries[f],
			  offsetof(struct summary, refused));
		show_line(m, "99.9 %, ns", summaries[f],
			  offsetof(struct summary, p999));
		show_line(m, "longest, ns", summaries[f],
			  offsetof(struct summary, max));
	}
}
