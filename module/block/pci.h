/* SPDX-License-Identifier: GPL-2.0 */
/* PCI functions that write to blocks. */
#ifndef PGA_BLOCK_PCI_H
#define PGA_BLOCK_PCI_H

#include <linux/types.h>

struct pci_dev;
struct pgarea_bind;
struct pgarea_block;

u64 pga_pci_features(void);
struct pci_dev *pga_pci_find(const struct pgarea_bind *arg);
struct pci_dev *pga_pci_get(struct pci_dev *pci);
void pga_pci_put(struct pci_dev *pci);
void pga_pci_stop(struct pci_dev *pci);
void pga_pci_describe(const struct pci_dev *pci, struct pgarea_block *out);

#endif /* PGA_BLOCK_PCI_H */
