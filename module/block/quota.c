// SPDX-License-Identifier: GPL-2.0
/*
 * What each user holds, in all files together.
 *
 * A page is charged to the user who opened the file, from the moment that it is
 * theirs until it is free again: while it drains, and while it is orphaned, it is
 * as good as held.
 *
 * Locking: the list is changed and searched under its mutex.  The counts are
 * atomic.  A user is in the list as long as an open file or a block refers to it.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "block/quota.h"

/**
 * struct pga_quota - what one user holds
 * @link: in the list of all		[quotas_lock]
 * @uid: who				[c]
 * @refs: files and blocks
 * @pages: that the user holds
 */
struct pga_quota {
	struct list_head link;
	kuid_t uid;
	refcount_t refs;
	atomic64_t pages;
};

static LIST_HEAD(quotas);
static DEFINE_MUTEX(quotas_lock);
static u64 limit_bytes;		/* 0: none */

static struct pga_quota *find_locked(kuid_t uid)
{
	struct pga_quota *quota;

	lockdep_assert_held(&quotas_lock);
	list_for_each_entry(quota, &quotas, link)
		if (uid_eq(quota->uid, uid))
			return quota;
	return NULL;
}

static struct pga_quota *new_locked(kuid_t uid)
{
	struct pga_quota *quota = kzalloc(sizeof(*quota), GFP_KERNEL);

	lockdep_assert_held(&quotas_lock);
	if (!quota)
		return NULL;
	quota->uid = uid;
	refcount_set(&quota->refs, 1);
	list_add(&quota->link, &quotas);
	return quota;
}

/**
 * pga_quota_find() - the quota of a user
 * @uid: who
 *
 * Context: process; sleeps.
 * Return: the quota, to be put; NULL without memory.
 */
struct pga_quota *pga_quota_find(kuid_t uid)
{
	struct pga_quota *quota;

	mutex_lock(&quotas_lock);
	quota = find_locked(uid);
	if (quota)
		refcount_inc(&quota->refs);
	else
		quota = new_locked(uid);
	mutex_unlock(&quotas_lock);
	return quota;
}

/* One more reference to a quota that the caller has one of. */
struct pga_quota *pga_quota_get(struct pga_quota *quota)
{
	refcount_inc(&quota->refs);
	return quota;
}

/**
 * pga_quota_put() - give a reference back
 * @quota: who
 *
 * Context: process; sleeps.
 */
void pga_quota_put(struct pga_quota *quota)
{
	if (!refcount_dec_and_mutex_lock(&quota->refs, &quotas_lock))
		return;
	list_del(&quota->link);
	mutex_unlock(&quotas_lock);
	WARN_ON_ONCE(atomic64_read(&quota->pages));
	kfree(quota);
}

kuid_t pga_quota_uid(const struct pga_quota *quota)
{
	return quota->uid;
}

/**
 * pga_quota_charge() - a user gets pages
 * @quota: who
 * @nr: number of pages
 * @exempt: the limit does not count for the caller
 *
 * Return: 0, or -EDQUOT when the user would hold more than the limit.
 */
int pga_quota_charge(struct pga_quota *quota, u64 nr, bool exempt)
{
	u64 limit = pga_quota_limit();
	s64 held = atomic64_read(&quota->pages);

	do {
		if (limit && !exempt && held + nr > limit >> PAGE_SHIFT)
			return -EDQUOT;
	} while (!atomic64_try_cmpxchg(&quota->pages, &held, held + nr));
	return 0;
}

/**
 * pga_quota_uncharge() - pages of a user are free again
 * @quota: who
 * @nr: number of pages, which were charged
 */
void pga_quota_uncharge(struct pga_quota *quota, u64 nr)
{
	atomic64_sub(nr, &quota->pages);
}

/* Bytes that a user holds */
u64 pga_quota_bytes(const struct pga_quota *quota)
{
	return (u64)atomic64_read(&quota->pages) << PAGE_SHIFT;
}

/* Bytes that each user can hold at most, 0: no limit */
u64 pga_quota_limit(void)
{
	return READ_ONCE(limit_bytes);
}

/* What is held already stays, also where it is more. */
void pga_quota_set_limit(u64 bytes)
{
	WRITE_ONCE(limit_bytes, bytes);
}
