/* SPDX-License-Identifier: GPL-2.0 */
/* What each user holds. */
#ifndef PGA_USER_H
#define PGA_USER_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct pga_user;

struct pga_user *pga_user_find(kuid_t uid);
struct pga_user *pga_user_get(struct pga_user *user);
void pga_user_put(struct pga_user *user);
kuid_t pga_user_uid(const struct pga_user *user);

int __must_check pga_user_charge(struct pga_user *user, u64 nr, bool exempt);
void pga_user_uncharge(struct pga_user *user, u64 nr);

u64 pga_user_bytes(const struct pga_user *user);
u64 pga_user_limit(void);
void pga_user_set_limit(u64 bytes);

#endif /* PGA_USER_H */
