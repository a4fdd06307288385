/* SPDX-License-Identifier: GPL-2.0 */
/* The end of the bus mastering of PCI functions that blocks are bound to. */
#ifndef PGA_BLOCK_PCI_STOP_H
#define PGA_BLOCK_PCI_STOP_H

#include <linux/init.h>
#include <linux/types.h>

struct pga_block;
struct pga_function;

#ifdef CONFIG_PCI
void pga_pci_stop_init(struct pga_function *function);
bool pga_pci_stop(struct pga_function *function, u64 closing);
void pga_pci_stop_later(struct pga_block *block);
void pga_pci_stop_kick(struct pga_function *function);
void pga_pci_stop_removed(struct pga_function *function);
int __init pga_pci_stop_start(void);
void pga_pci_stop_exit(void);
#else
/* No block is bound. */
static inline bool pga_pci_stop(struct pga_function *function, u64 closing)
{
	return true;
}

static inline void pga_pci_stop_later(struct pga_block *block) { }

static inline void pga_pci_stop_kick(struct pga_function *function) { }
#endif

#endif /* PGA_BLOCK_PCI_STOP_H */
