// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping: read-only, shared, and of ordinary pages.
 *
 * A fault takes the page from the channel's page array, as relay does, and maps the
 * rest of an aligned window with it, so that a ring costs a fault for every
 * EVRING_FAULT_WINDOW pages. The pages are reference-counted like any file's: they
 * outlive the channel for as long as they are mapped or pinned, and the kernel can
 * write them to a file straight from the mapping.
 *
 * Nothing here makes a page writable: VM_MAYWRITE is taken away, so neither mprotect()
 * nor a debugger's forced write gets it back (a forced write needs a private
 * mapping). vma->vm_file holds the channel; splits and forks need no counting.
 */
#include <linux/fs.h>
#include <linux/nospec.h>
#include "compat.h"
#include "mapping.h"

/* Map pages from @first on, as far as the window and the vma go. */
static int evring_mapping_insert(struct evring_channel *channel, struct vm_fault *vmf,
				 unsigned long first)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long end = min3(round_down(first, EVRING_FAULT_WINDOW) + EVRING_FAULT_WINDOW,
				 vma->vm_pgoff + vma_pages(vma), (unsigned long)channel->npages);
	unsigned long left = end - first;

	return vm_insert_pages(vma, vmf->address & PAGE_MASK, &channel->pages[first], &left);
}

static vm_fault_t evring_mapping_fault(struct vm_fault *vmf)
{
	struct evring_channel *channel = vmf->vma->vm_private_data;
	unsigned long first = vmf->pgoff;

	if (first >= channel->npages)
		return VM_FAULT_SIGBUS;
	first = array_index_nospec(first, channel->npages);
	atomic64_inc(&channel->faults);
	switch (evring_mapping_insert(channel, vmf, first)) {
	case 0:
	case -EBUSY: /* a page is there already: another thread's fault, or this one's end */
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:
		return VM_FAULT_SIGBUS;
	}
}

static const struct vm_operations_struct evring_mapping_ops = {
	.fault = evring_mapping_fault,
};

/**
 * evring_mapping_mmap() - mmap() of a channel's device.
 * @channel: the channel.
 * @vma: what is asked for.
 *
 * Return: 0; -EPERM: writable or executable; -EINVAL: private, not at offset 0, or
 * longer than the whole.
 */
int evring_mapping_mmap(struct evring_channel *channel, struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	/* A descriptor open for reading alone loses VM_SHARED, never VM_MAYSHARE. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_pgoff || vma_pages(vma) > channel->npages)
		return -EINVAL;
	/* VM_MIXEDMAP: vm_insert_pages() may be used in the fault handler. */
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_private_data = channel;
	vma->vm_ops = &evring_mapping_ops;
	return 0;
}
