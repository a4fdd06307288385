/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of pci.h that knows VFIO: it drives a device that an IOMMU translates
 * for through VFIO's type 1, and checks whether this is possible.
 *
 * The device reaches the pages that were mapped for it, at the addresses that
 * they were mapped at, and no others.  However the program ends, the kernel
 * stops the device first, and then releases the pages.
 */
#ifndef PGA_VFIO_H
#define PGA_VFIO_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/types.h>
#include <linux/vfio.h>

#define PCI_SYSFS	"/sys/bus/pci/devices"

struct vfio {
	int container;
	int group;
	int device;
};

/* The name of the driver bound to it, empty for none. */
static inline void pci_driver(const char *slot, char *name, size_t size)
{
	char path[128], link[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), PCI_SYSFS "/%s/driver", slot);
	length = readlink(path, link, sizeof(link) - 1);
	link[length < 0 ? 0 : length] = '\0';
	snprintf(name, size, "%s", length < 0 ? "" : strrchr(link, '/') + 1);
}

static inline bool pci_is_by_vfio(const char *slot)
{
	char driver[64];

	pci_driver(slot, driver, sizeof(driver));
	return !strcmp(driver, "vfio-pci");
}

/* Open the device's group, which VFIO allows only once; or -errno. */
static inline int vfio_open_group(const char *slot)
{
	char link[128], group[PATH_MAX], path[64];
	struct vfio_group_status status = { .argsz = sizeof(status) };
	ssize_t length;
	int fd;

	snprintf(link, sizeof(link), PCI_SYSFS "/%s/iommu_group", slot);
	length = readlink(link, group, sizeof(group) - 1);
	if (length < 0)
		return -errno;
	group[length] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%d",
		 atoi(strrchr(group, '/') + 1));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!ioctl(fd, VFIO_GROUP_GET_STATUS, &status) &&
	    status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return fd;
	close(fd);
	return -EPERM;
}

/* Why a program cannot use it through VFIO now; NULL: it can. */
static inline const char *vfio_refusal(const char *slot)
{
	int fd = vfio_open_group(slot);

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	return fd == -EBUSY ? "another program has it, through VFIO" :
	       fd == -EPERM ? "a driver has another device of its IOMMU group" :
			      "VFIO has no group for it";
}

/* Closing the device stops it, so it comes first.  May be called again. */
static inline void vfio_close(struct vfio *vfio)
{
	if (vfio->device >= 0)
		close(vfio->device);
	if (vfio->group >= 0)
		close(vfio->group);
	if (vfio->container >= 0)
		close(vfio->container);
	*vfio = (struct vfio){ -1, -1, -1 };
}

static inline int vfio_attach(struct vfio *vfio, const char *slot)
{
	if (vfio->container < 0 ||
	    ioctl(vfio->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
	    !ioctl(vfio->container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU))
		return -EOPNOTSUPP;
	if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container) ||
	    ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	vfio->device = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, slot);
	return vfio->device < 0 ? -errno : 0;
}

/* 0 or -errno */
static inline int vfio_open(struct vfio *vfio, const char *slot)
{
	int err;

	*vfio = (struct vfio){ .container = -1, .device = -1 };
	vfio->group = vfio_open_group(slot);
	if (vfio->group < 0)
		return vfio->group;
	vfio->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	err = vfio_attach(vfio, slot);
	if (err)
		vfio_close(vfio);
	return err;
}

/* The offset of a region in the device's file, and its size; 0 or -errno. */
static inline int vfio_region(const struct vfio *vfio, __u32 index,
			      __u64 *offset, __u64 *size)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = index,
	};

	if (ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -errno;
	*offset = info.offset;
	*size = info.size;
	return 0;
}

/* Map the memory at @at for the device at this address; 0 or -errno. */
static inline int vfio_map(const struct vfio *vfio, const void *at,
			   __u64 address, __u64 size)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)at,
		.iova = address,
		.size = size,
	};

	return ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

/* Unmap it; 0, -errno, or -ENOENT where less was mapped. */
static inline int vfio_unmap(const struct vfio *vfio, __u64 address,
			     __u64 size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = address,
		.size = size,
	};

	if (ioctl(vfio->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return -errno;
	return unmap.size == size ? 0 : -ENOENT;
}

#endif /* PGA_VFIO_H */
