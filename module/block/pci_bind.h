/* SPDX-License-Identifier: GPL-2.0 */
/* Which PCI function a program names, and the end of functions. */
#ifndef PGA_BLOCK_PCI_BIND_H
#define PGA_BLOCK_PCI_BIND_H

#include <linux/err.h>
#include <linux/init.h>
#include <linux/pgarea.h>

struct pga_function;

#ifdef CONFIG_PCI
struct pga_function *pga_pci_find(const struct pgarea_bind *arg);
int __init pga_pci_init(void);
void pga_pci_exit(void);
#else
static inline struct pga_function *pga_pci_find(const struct pgarea_bind *arg)
{
	return ERR_PTR(-ENODEV);
}

static inline int pga_pci_init(void)
{
	return 0;
}

static inline void pga_pci_exit(void) { }
#endif

#endif /* PGA_BLOCK_PCI_BIND_H */
