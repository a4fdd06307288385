// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual machine that does nothing, until the system goes down.
 *
 * For its first one KVM has the kernel rewrite code of the scheduler, and again when
 * the last one goes.  QEMU 7.2, where it emulates processors side by side, may go on
 * with an instruction that was written over: a processor then hangs in a breakpoint
 * that is there no more.  While there is this machine the tests' own ones come and go
 * without that.
 *
 * Exits with 0 when it is there, or when there is no KVM.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		return 0;
	if (ioctl(kvm, KVM_CREATE_VM, 0) < 0 || daemon(0, 0)) {
		perror("hold_kvm");
		return 1;
	}
	for (;;)
		pause();
}
