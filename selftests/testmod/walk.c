// SPDX-License-Identifier: GPL-2.0
/*
 * The page table entry of an address: a walk of its own, from the top level
 * down, which decodes the entry like the processor.  It relies neither on
 * pgarea nor on the kernel's record of memory types.
 *
 * The kernel's half is the same in the tables of every process, so one walk
 * works for both.  MTRRs are ignored: ordinary memory is write-back there.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>

#ifdef CONFIG_X86_64
#include <asm/msr.h>
#endif

#include "pgt.h"

#ifdef CONFIG_X86_64
/**
 * struct leaf - where a walk ended
 * @entry: the entry that maps the address
 * @allowed: bits that all the levels have
 * @forbidden: bits that one of them has
 * @size: bytes that it maps
 */
struct leaf {
	u64 entry;
	u64 allowed;
	u64 forbidden;
	u64 size;
};

/* Record an entry of the walk; true when it is the last one, or none. */
static bool step(struct leaf *leaf, u64 entry, u64 size, bool last)
{
	leaf->entry = entry;
	leaf->allowed &= entry;
	leaf->forbidden |= entry;
	leaf->size = size;
	return last || !(entry & _PAGE_PRESENT);
}

static void walk(struct mm_struct *mm, unsigned long address, struct leaf *leaf)
{
	pgd_t *pgd = pgd_offset(mm, address);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	*leaf = (struct leaf){ .allowed = ~0ULL };
	if (step(leaf, pgd_val(*pgd), PGDIR_SIZE, false))
		return;
	p4d = p4d_offset(pgd, address);
	if (step(leaf, p4d_val(*p4d), P4D_SIZE, false))
		return;
	pud = pud_offset(p4d, address);
	if (step(leaf, pud_val(*pud), PUD_SIZE, pud_val(*pud) & _PAGE_PSE))
		return;
	pmd = pmd_offset(pud, address);
	if (step(leaf, pmd_val(*pmd), PMD_SIZE, pmd_val(*pmd) & _PAGE_PSE))
		return;
	step(leaf, pte_val(*pte_offset_kernel(pmd, address)), PAGE_SIZE, true);
}

/* The bits PAT, PCD and PWT of an entry are an index into the register. */
static u32 cache_of(const struct leaf *leaf)
{
	u64 pat_bit = leaf->size == PAGE_SIZE ? _PAGE_PAT : _PAGE_PAT_LARGE;
	u32 index = 0, low, high;

	if (leaf->entry & _PAGE_PWT)
		index += 1;
	if (leaf->entry & _PAGE_PCD)
		index += 2;
	if (leaf->entry & pat_bit)
		index += 4;
	rdmsr(MSR_IA32_CR_PAT, low, high);
	return ((u64)high << 32 | low) >> (8 * index) & 7;
}

static int look(unsigned long address, struct pgt_lookup *arg)
{
	struct leaf leaf;
	u64 bits;

	mmap_read_lock(current->mm);
	walk(current->mm, address, &leaf);
	mmap_read_unlock(current->mm);
	if (!(leaf.entry & _PAGE_PRESENT))
		return -ENOENT;
	bits = leaf.entry & PTE_PFN_MASK;
	if (leaf.size > PAGE_SIZE)
		bits &= ~_PAGE_PAT_LARGE;
	arg->virtual = address;
	arg->entry = leaf.entry;
	arg->phys = bits | (address & (leaf.size - 1));
	arg->size = leaf.size;
	arg->cache = cache_of(&leaf);
	arg->writable = !!(leaf.allowed & _PAGE_RW);
	arg->executable = !(leaf.forbidden & _PAGE_NX);
	return 0;
}

static int find(struct pgt_file *file, const struct pgt_lookup *arg,
		unsigned long *address)
{
	switch (arg->space) {
	case PGT_SPACE_USER:
		*address = arg->address;
		return arg->address < TASK_SIZE_MAX ? 0 : -EINVAL;
	case PGT_SPACE_DIRECT:
		*address = (unsigned long)__va(arg->address);
		return pfn_valid(PHYS_PFN(arg->address)) ? 0 : -ENOENT;
	case PGT_SPACE_VMAP:
		return pgt_vmap_address(file, arg->handle, arg->address,
					address);
	}
	return -EINVAL;
}

int pgt_lookup(struct pgt_file *file, void *p)
{
	struct pgt_lookup *arg = p;
	unsigned long address;
	int err = find(file, arg, &address);

	if (err)
		return err;
	arg->__reserved = 0;
	return look(address, arg);
}
#else
int pgt_lookup(struct pgt_file *file, void *p)
{
	return -EOPNOTSUPP;
}
#endif
