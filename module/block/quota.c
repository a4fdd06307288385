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
 * struct pga_user - a user
 * @link: in the list of all		[users_lock]
 * @uid: who				[c]
 * @refs: files and blocks
 * @pages: that the user holds
 */
struct pga_user {
	struct list_head link;
	kuid_t uid;
	refcount_t refs;
	atomic64_t pages;
};

static LIST_HEAD(users);
static DEFINE_MUTEX(users_lock);
static u64 limit_bytes;		/* 0: none */

static struct pga_user *find_locked(kuid_t uid)
{
	struct pga_user *user;

	lockdep_assert_held(&users_lock);
	list_for_each_entry(user, &users, link)
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

static struct pga_user *new_locked(kuid_t uid)
{
	struct pga_user *user = kzalloc(sizeof(*user), GFP_KERNEL);

	lockdep_assert_held(&users_lock);
	if (!user)
		return NULL;
	user->uid = uid;
	refcount_set(&user->refs, 1);
	list_add(&user->link, &users);
	return user;
}

/**
 * pga_user_find() - the user with a uid
 * @uid: who
 *
 * Context: process; sleeps.
 * Return: the user, to be put; NULL without memory.
 */
struct pga_user *pga_user_find(kuid_t uid)
{
	struct pga_user *user;

	mutex_lock(&users_lock);
	user = find_locked(uid);
	if (user)
		refcount_inc(&user->refs);
	else
		user = new_locked(uid);
	mutex_unlock(&users_lock);
	return user;
}

/* One more reference to a user that the caller has one of. */
struct pga_user *pga_user_get(struct pga_user *user)
{
	refcount_inc(&user->refs);
	return user;
}

/**
 * pga_user_put() - give a reference back
 * @user: who
 *
 * Context: process; sleeps.
 */
void pga_user_put(struct pga_user *user)
{
	if (!refcount_dec_and_mutex_lock(&user->refs, &users_lock))
		return;
	list_del(&user->link);
	mutex_unlock(&users_lock);
	WARN_ON_ONCE(atomic64_read(&user->pages));
	kfree(user);
}

kuid_t pga_user_uid(const struct pga_user *user)
{
	return user->uid;
}

/**
 * pga_user_charge() - a user gets pages
 * @user: who
 * @nr: number of pages
 * @exempt: the limit does not count for the caller
 *
 * Return: 0, or -EDQUOT when the user would hold more than the limit.
 */
int pga_user_charge(struct pga_user *user, u64 nr, bool exempt)
{
	u64 limit = pga_user_limit();
	s64 held = atomic64_read(&user->pages);

	do {
		if (limit && !exempt && held + nr > limit >> PAGE_SHIFT)
			return -EDQUOT;
	} while (!atomic64_try_cmpxchg(&user->pages, &held, held + nr));
	return 0;
}

/**
 * pga_user_uncharge() - pages of a user are free again
 * @user: who
 * @nr: number of pages, which were charged
 */
void pga_user_uncharge(struct pga_user *user, u64 nr)
{
	atomic64_sub(nr, &user->pages);
}

/* Bytes that a user holds */
u64 pga_user_bytes(const struct pga_user *user)
{
	return (u64)atomic64_read(&user->pages) << PAGE_SHIFT;
}

/* Bytes that each user can hold at most, 0: no limit */
u64 pga_user_limit(void)
{
	return READ_ONCE(limit_bytes);
}

/* What is held already stays, also where it is more. */
void pga_user_set_limit(u64 bytes)
{
	WRITE_ONCE(limit_bytes, bytes);
}
