/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All differences between the kernels that pgarea supports.  The conditions
 * test for a feature, never for a version: stable kernels have backports.
 * Kbuild probes features that the preprocessor cannot see, and defines HAVE_*.
 */
#ifndef PGA_COMPAT_H
#define PGA_COMPAT_H

#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#ifdef CONFIG_X86
#include <asm/memtype.h>
#include <asm/set_memory.h>
#endif

/* The third argument of alloc_contig_range(): migrate type, later flags. */
#ifdef ACR_FLAGS_NONE
#define PGA_ACR_ARG	ACR_FLAGS_NONE
#else
#define PGA_ACR_ARG	MIGRATE_MOVABLE
#endif

#ifndef HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* The argument of MODULE_IMPORT_NS() was an identifier, and is now a string. */
#ifdef HAVE_IMPORT_NS_WORD
#define PGA_IMPORT_NS(_ns)	MODULE_IMPORT_NS(_ns)
#else
#define PGA_IMPORT_NS(_ns)	MODULE_IMPORT_NS(#_ns)
#endif

/* class_create() no longer has the argument for the owner. */
#ifdef HAVE_CLASS_CREATE_NAME
#define pga_class_create(_name)	class_create(_name)
#else
#define pga_class_create(_name)	class_create(THIS_MODULE, _name)
#endif

/* A splice_read that copies what read_iter reads */
#ifdef HAVE_COPY_SPLICE_READ
#define pga_splice_read	copy_splice_read
#else
#define pga_splice_read	generic_file_splice_read
#endif

/* Can the driver that has the page move it, although it is on no list? */
static inline bool pga_page_has_movable_ops(const struct page *page)
{
#ifdef PAGE_MAPPING_MOVABLE
	return ((unsigned long)READ_ONCE(page->mapping) & PAGE_MAPPING_FLAGS) ==
	       PAGE_MAPPING_MOVABLE;
#else
	/* The page may be changing; any answer does. */
	return data_race(page_has_movable_ops(page));
#endif
}

/*
 * Number of mappings of all pages of a compound page of @nr pages, or of one
 * page.  It may not be a compound page any more.
 */
static inline int pga_page_mapcount(struct page *head, u64 nr)
{
	int own = atomic_read(&head->_mapcount) + 1;
#ifdef HAVE_LARGE_MAPCOUNT
	if (nr > 1)
		return atomic_read(&((struct folio *)head)->_large_mapcount) + 1;
	return own;
#else
	int sum = 0, whole = page_mapcount(head) - own;
	u64 i;

	/* A mapping of the whole counts for each page, and has one reference. */
	for (i = 0; i < nr; i++)
		sum += page_mapcount(head + i);
	return sum - whole * (int)(nr - 1);
#endif
}

/* A shrinker is allocated by the kernel, which keeps it until it is safe to free. */
static inline struct shrinker *
pga_shrinker_register(const char *name,
		      unsigned long (*count)(struct shrinker *shrinker,
					     struct shrink_control *control),
		      unsigned long (*scan)(struct shrinker *shrinker,
					    struct shrink_control *control))
{
#ifdef HAVE_SHRINKER_ALLOC
	struct shrinker *shrinker = shrinker_alloc(0, "%s", name);
#else
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);
	int err;
#endif
	if (!shrinker)
		return ERR_PTR(-ENOMEM);
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
#ifdef HAVE_SHRINKER_ALLOC
	shrinker_register(shrinker);
#else
	err = register_shrinker(shrinker, "%s", name);
	if (err) {
		kfree(shrinker);
		return ERR_PTR(err);
	}
#endif
	return shrinker;
}

static inline void pga_shrinker_unregister(struct shrinker *shrinker)
{
#ifdef HAVE_SHRINKER_ALLOC
	shrinker_free(shrinker);
#else
	unregister_shrinker(shrinker);
	kfree(shrinker);
#endif
}

/*
 * Is the pageblock set aside for CMA?  get_pageblock_migratetype() uses a function
 * that is not exported, which reads the same bits.
 */
#if defined(CONFIG_CMA) && defined(CONFIG_SPARSEMEM)
static inline bool pga_pageblock_is_cma(unsigned long pfn)
{
	const unsigned long *map = section_to_usemap(__pfn_to_section(pfn));
	unsigned long bit = ((pfn & (PAGES_PER_SECTION - 1)) >> pageblock_order) *
			    NR_PAGEBLOCK_BITS;
	unsigned long bits = READ_ONCE(map[bit / BITS_PER_LONG]) >>
			     (bit % BITS_PER_LONG);

	return is_migrate_cma(bits & MIGRATETYPE_MASK);
}
#else
static inline bool pga_pageblock_is_cma(unsigned long pfn)
{
	return false;
}
#endif

/* Only x86 lets a module change the attributes of the kernel's own mapping. */
#ifdef CONFIG_X86
static inline bool pga_arch_has_wc(void)
{
	return pat_enabled();
}

static inline bool pga_arch_has_uc(void)
{
	return true;
}

#else
static inline bool pga_arch_has_wc(void)
{
	return false;
}

static inline bool pga_arch_has_uc(void)
{
	return false;
}

static inline int set_pages_array_wc(struct page **pages, int nr)
{
	return -EOPNOTSUPP;
}

static inline int set_pages_array_uc(struct page **pages, int nr)
{
	return -EOPNOTSUPP;
}

static inline int set_pages_array_wb(struct page **pages, int nr)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* PGA_COMPAT_H */
