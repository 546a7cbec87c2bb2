// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of a channel: zeroed, contiguous in kernel addresses, charged to the
 * memory cgroup of who makes the channel. A group at its limit gets -ENOMEM, not
 * the OOM killer.
 *
 * A pooled ring is plain vmalloc memory. In a partitioned one the pages of each CPU's
 * range come from that CPU's node, joined by vmap().
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include "memory.h"

#define EVRING_GFP	(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static int evring_memory_vmalloc(struct evring_channel *channel)
{
	u64 i;

	channel->map = __vmalloc(channel->layout.map_size, EVRING_GFP);
	if (!channel->map)
		return -ENOMEM;
	for (i = 0; i < channel->npages; i++)
		channel->pages[i] = vmalloc_to_page(channel->map + (i << PAGE_SHIFT));
	return 0;
}

/* The node of the CPU whose range page @i of the mapping is in. */
static int evring_page_node(const struct evring_layout *l, u64 i)
{
	u64 per_cpu = l->data_size >> PAGE_SHIFT >> ilog2(roundup_pow_of_two(l->ncpus));
	u64 first = l->data_offset >> PAGE_SHIFT;
	u64 cpu = i < first ? 0 : (i - first) / per_cpu;

	return cpu < nr_cpu_ids && cpu_possible(cpu) ? cpu_to_node(cpu) : NUMA_NO_NODE;
}

static int evring_memory_vmap(struct evring_channel *channel)
{
	u64 i;

	for (i = 0; i < channel->npages; i++) {
		channel->pages[i] = alloc_pages_node(evring_page_node(&channel->layout, i),
						     EVRING_GFP, 0);
		if (!channel->pages[i])
			return -ENOMEM;
		cond_resched();
	}
	channel->map = vmap(channel->pages, channel->npages, VM_MAP, PAGE_KERNEL);
	return channel->map ? 0 : -ENOMEM;
}

/**
 * evring_memory_alloc() - allocate what channel->layout asks for.
 * @channel: its layout and ring.partitioned set; map, pages and npages are.
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM, to be cleaned up by evring_memory_free() as well.
 */
int evring_memory_alloc(struct evring_channel *channel)
{
	channel->npages = channel->layout.map_size >> PAGE_SHIFT;
	channel->pages = kvcalloc(channel->npages, sizeof(*channel->pages), GFP_KERNEL_ACCOUNT);
	if (!channel->pages)
		return -ENOMEM;
	return channel->ring.partitioned ? evring_memory_vmap(channel) :
					   evring_memory_vmalloc(channel);
}

/**
 * evring_memory_free() - give it back; what is mapped or pinned lives on until it is not.
 * @channel: the channel.
 *
 * Context: process, may sleep.
 */
void evring_memory_free(struct evring_channel *channel)
{
	u64 i;

	if (!channel->ring.partitioned) {
		vfree(channel->map);
	} else if (channel->pages) {
		vunmap(channel->map);
		for (i = 0; i < channel->npages && channel->pages[i]; i++)
			__free_page(channel->pages[i]);
	}
	kvfree(channel->pages);
}
