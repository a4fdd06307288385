/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A KVM virtual machine with memory that the caller provides: one processor, in
 * real mode, that counts until the program stops it, and then computes a sum.
 */
#ifndef KVM_H
#define KVM_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kvm.h>

/* The guest's variables, of 32, 8 and 16 bits */
#define GUEST_COUNT	0x800
#define GUEST_STOP	0x804
#define GUEST_SUM	0x808

#define GUEST_SUM_VALUE	5050	/* of 1 to 100 */

struct guest {
	int kvm;
	int vm;
	int cpu;
	struct kvm_run *run;
	int run_size;
};

static const unsigned char guest_code[] = {
	0x66, 0xff, 0x06, 0x00, 0x08,	/* count: incl 0x800 */
	0x80, 0x3e, 0x04, 0x08, 0x00,	/* cmpb $0, 0x804 */
	0x74, 0xf4,			/* je count */
	0x31, 0xc0,			/* xor %ax, %ax */
	0xb9, 0x64, 0x00,		/* mov $100, %cx */
	0x01, 0xc8,			/* add: add %cx, %ax */
	0xe2, 0xfc,			/* loop add */
	0xa3, 0x08, 0x08,		/* mov %ax, 0x808 */
	0xf4,				/* hlt */
};

static inline __u32 guest_count(const char *memory)
{
	return *(const volatile __u32 *)(memory + GUEST_COUNT);
}

static inline __u16 guest_sum(const char *memory)
{
	return *(const volatile __u16 *)(memory + GUEST_SUM);
}

static inline void guest_stop(char *memory)
{
	*(volatile char *)(memory + GUEST_STOP) = 1;
}

#ifdef __KVM_HAVE_PIT	/* the kernel's headers for x86 define it */
/* The processor starts at address 0, where the code is. */
static inline int guest_start_at_0(const struct guest *guest)
{
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(guest->cpu, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(guest->cpu, KVM_SET_SREGS, &sregs) ||
	    ioctl(guest->cpu, KVM_SET_REGS, &regs))
		return -errno;
	return 0;
}
#else
/* The code is for x86. */
static inline int guest_start_at_0(const struct guest *guest)
{
	(void)guest;
	return -ENODEV;
}
#endif

static inline int guest_add_cpu(struct guest *guest)
{
	guest->cpu = ioctl(guest->vm, KVM_CREATE_VCPU, 0);
	guest->run_size = ioctl(guest->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (guest->cpu < 0 || guest->run_size < 0)
		return -errno;
	guest->run = mmap(NULL, guest->run_size, PROT_READ | PROT_WRITE,
			  MAP_SHARED, guest->cpu, 0);
	return guest->run == MAP_FAILED ? -errno : guest_start_at_0(guest);
}

static inline void guest_close(struct guest *guest)
{
	if (guest->run && guest->run != MAP_FAILED)
		munmap(guest->run, guest->run_size);
	if (guest->cpu >= 0)
		close(guest->cpu);
	if (guest->vm >= 0)
		close(guest->vm);
	close(guest->kvm);
}

/*
 * Create a machine with this memory from address 0 on, and copy the code there;
 * 0 or -errno.  ENOENT and ENODEV: there is no KVM here.
 */
static inline int guest_open(struct guest *guest, void *memory, size_t size)
{
	struct kvm_userspace_memory_region slot = {
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};
	int err;

	*guest = (struct guest){ .vm = -1, .cpu = -1 };
	guest->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (guest->kvm < 0)
		return -errno;
	memcpy(memory, guest_code, sizeof(guest_code));
	guest->vm = ioctl(guest->kvm, KVM_CREATE_VM, 0);
	if (guest->vm < 0 ||
	    ioctl(guest->vm, KVM_SET_USER_MEMORY_REGION, &slot))
		err = -errno;
	else
		err = guest_add_cpu(guest);
	if (err)
		guest_close(guest);
	return err;
}

/* Run until it halts; the exit reason (KVM_EXIT_HLT), or -errno. */
static inline int guest_run(const struct guest *guest)
{
	int err;

	do
		err = ioctl(guest->cpu, KVM_RUN, 0) ? -errno : 0;
	while (err == -EINTR || err == -EAGAIN);
	return err ?: (int)guest->run->exit_reason;
}

#endif /* KVM_H */
