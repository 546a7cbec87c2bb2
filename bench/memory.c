// SPDX-License-Identifier: GPL-2.0
/* Kernel memory that a channel takes, against what it may take. */
#include "channel.h"

#define PER_BLOCK	64U
#define PER_PAGE	8U
#define PER_CPU		4096U

static uint64_t whole_pages(uint64_t bytes, uint32_t page)
{
	return (bytes + page - 1) / page * page;
}

static void account(struct memory *m, const struct evring_info *info)
{
	m->ring = info->data_size;
	m->index = whole_pages((uint64_t)info->nblocks * sizeof(struct evring_index),
			       info->page_size);
	m->control = info->map_size - m->ring - m->index;
	m->slots = (uint64_t)info->nblocks * PER_BLOCK;
	m->pages = info->map_size / info->page_size * PER_PAGE;
	m->cpus = (uint64_t)info->ncpus * PER_CPU;
	m->allowed = m->ring + m->index + m->control + m->slots + m->pages + m->cpus;
	m->taken = info->memory;
}

/** memory_run() - ask the kernel what a channel takes. */
int memory_run(const struct options *opts, struct report *r)
{
	struct channel ch;
	int err = channel_make(&ch, opts, 0);

	if (!err)
		account(&r->memory, &ch.info);
	channel_remove(&ch);
	return err;
}
