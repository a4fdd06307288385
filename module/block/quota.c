// SPDX-License-Identifier: GPL-2.0
/*
 * Quotas: the pages that each user holds, in all files together.
 *
 * A page is charged to the user who opened the file, from its allocation until
 * it is free again.  While it drains or is orphaned, it remains charged.
 *
 * Locking: a mutex protects changes and searches of the list.  The counts are
 * atomic.  A quota is in the list while an open file or a block refers to it.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "block/quota.h"
#include "gfp.h"

/**
 * struct pga_quota - the pages that one user holds
 * @link: in the list of all quotas	[quotas_lock]
 * @uid: the user			[c]
 * @refs: files and blocks
 * @pages: number of pages that the user holds
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
	struct pga_quota *quota = kzalloc(sizeof(*quota), PGA_GFP_USER);

	lockdep_assert_held(&quotas_lock);
	if (!quota)
		return NULL;
	quota->uid = uid;
	refcount_set(&quota->refs, 1);
	list_add(&quota->link, &quotas);
	return quota;
}

/*
 * The user that an opener is charged to.  The users of a user namespace are one:
 * a user with subordinate uids would otherwise have a limit for each of them.
 * That one is the maker of the namespace; or, since root makes namespaces for
 * others, the root user in it if root made it.  The outermost namespace counts.
 */
static kuid_t payer(const struct cred *cred)
{
	struct user_namespace *ns = cred->user_ns;
	kuid_t root;

	if (ns == &init_user_ns)
		return cred->uid;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
		return ns->owner;
	root = make_kuid(ns, 0);
	return uid_valid(root) ? root : GLOBAL_ROOT_UID;
}

/**
 * pga_quota_find() - find or create the quota of a user
 * @cred: of a process of the user
 *
 * Context: process; sleeps.
 * Return: the quota, which the caller must put; NULL without memory.
 */
struct pga_quota *pga_quota_find(const struct cred *cred)
{
	kuid_t uid = payer(cred);
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

/* Get a further reference to a quota that the caller has a reference to. */
struct pga_quota *pga_quota_get(struct pga_quota *quota)
{
	refcount_inc(&quota->refs);
	return quota;
}

/**
 * pga_quota_put() - put a reference
 * @quota: the quota
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

static bool has_room(s64 held, u64 nr, bool exempt)
{
	u64 limit = pga_quota_limit();

	return !limit || exempt || held + nr <= limit >> PAGE_SHIFT;
}

/**
 * pga_quota_has_room() - could pages be charged to a user now?
 * @quota: quota of the user
 * @nr: number of pages
 * @exempt: the caller is exempt from the limit
 *
 * Return: true if the user would not hold more than the limit.
 */
bool pga_quota_has_room(const struct pga_quota *quota, u64 nr, bool exempt)
{
	return has_room(atomic64_read(&quota->pages), nr, exempt);
}

/**
 * pga_quota_charge() - charge pages to a user
 * @quota: quota of the user
 * @nr: number of pages
 * @exempt: the caller is exempt from the limit
 *
 * Return: 0, or -EDQUOT when the user would hold more than the limit.
 */
int pga_quota_charge(struct pga_quota *quota, u64 nr, bool exempt)
{
	s64 held = atomic64_read(&quota->pages);

	do {
		if (!has_room(held, nr, exempt))
			return -EDQUOT;
	} while (!atomic64_try_cmpxchg(&quota->pages, &held, held + nr));
	return 0;
}

/**
 * pga_quota_uncharge() - undo the charge of pages that are free again
 * @quota: quota of the user
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

/* Maximum number of bytes for each user, 0: no limit */
u64 pga_quota_limit(void)
{
	return READ_ONCE(limit_bytes);
}

/* Pages already charged stay charged, even beyond the new limit. */
void pga_quota_set_limit(u64 bytes)
{
	WRITE_ONCE(limit_bytes, bytes);
}
