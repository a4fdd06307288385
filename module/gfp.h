/* SPDX-License-Identifier: GPL-2.0 */
/* How memory is allocated for programs. */
#ifndef PGA_GFP_H
#define PGA_GFP_H

#include <linux/gfp.h>

/*
 * Memory that a program makes the module allocate.  It is charged to the memory
 * cgroup of the program for as long as the object exists, even if another
 * process frees it.  Without memory the command fails with ENOMEM.  The program
 * gets this error, so no process is killed and nothing is logged.
 */
#define PGA_GFP_USER	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#endif /* PGA_GFP_H */
