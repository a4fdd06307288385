/* SPDX-License-Identifier: GPL-2.0 */
/* Quotas: the pages that each user holds. */
#ifndef PGA_BLOCK_QUOTA_H
#define PGA_BLOCK_QUOTA_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct cred;
struct pga_quota;

struct pga_quota *pga_quota_find(const struct cred *cred);
struct pga_quota *pga_quota_get(struct pga_quota *quota);
void pga_quota_put(struct pga_quota *quota);
kuid_t pga_quota_uid(const struct pga_quota *quota);

bool pga_quota_has_room(const struct pga_quota *quota, u64 nr, bool exempt);
int __must_check pga_quota_charge(struct pga_quota *quota, u64 nr, bool exempt);
void pga_quota_uncharge(struct pga_quota *quota, u64 nr);

u64 pga_quota_bytes(const struct pga_quota *quota);
u64 pga_quota_limit(void);
void pga_quota_set_limit(u64 bytes);

#endif /* PGA_BLOCK_QUOTA_H */
