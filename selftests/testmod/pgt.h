/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of pgarea_test.ko. */
#ifndef PGT_H
#define PGT_H

#include <linux/mutex.h>
#include <linux/xarray.h>

#include "pgarea_test.h"

struct vm_area_struct;

/**
 * struct pgt_file - an open file of the device
 * @lock: held by each command, which serializes them
 * @imports: struct pgt_importer by their handles
 * @holds: struct pgt_held by theirs
 */
struct pgt_file {
	struct mutex lock;	/* one command at a time */
	struct xarray imports;
	struct xarray holds;
};

/* import.c */
int pgt_import(struct pgt_file *file, void *arg);
int pgt_map(struct pgt_file *file, void *arg);
int pgt_do(struct pgt_file *file, void *arg);
int pgt_copy(struct pgt_file *file, void *arg);
int pgt_mmap(struct pgt_file *file, struct vm_area_struct *vma);
int pgt_vmap_address(struct pgt_file *file, u32 handle, u64 offset,
		     unsigned long *address);
void pgt_imports_drop(struct pgt_file *file);

/* hold.c */
int pgt_hold(struct pgt_file *file, void *arg);
int pgt_poke(struct pgt_file *file, void *arg);
int pgt_drop(struct pgt_file *file, void *arg);
int pgt_overdrop(struct pgt_file *file, void *arg);
void pgt_holds_drop(struct pgt_file *file);

/* config.c */
int pgt_config(struct pgt_file *file, void *arg);
void pgt_config_drop(struct pgt_file *file);

/* walk.c */
int pgt_lookup(struct pgt_file *file, void *arg);

#endif /* PGT_H */
