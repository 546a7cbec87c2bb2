// SPDX-License-Identifier: GPL-2.0
/*
 * The ring that tracefs is made of. It stamps each record by a clock of its own,
 * trace_clock_local(), and cannot be told to take another from here: the record's own time
 * stamp stays 0.
 */
#include <linux/cpumask.h>
#include <linux/ring_buffer.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "backend.h"
#include "compat.h"

/**
 * struct ftrace_data - an open ring.
 * @buffer: the ring.
 * @page: where pages are read to.
 * @cpu: whose page was read last.
 */
struct ftrace_data {
	struct trace_buffer *buffer;
	struct trace_page *page;
	int cpu;
};

static __always_inline bool ftrace_emit(void *ring, struct evring_record *record, u32 len)
{
	u32 stride = peers_stride(len);
	struct ring_buffer_event *event = ring_buffer_lock_reserve(ring, stride);

	if (unlikely(!event))
		return false;
	memcpy(ring_buffer_event_data(event), record, stride);
	trace_commit(ring, event);
	return true;
}

static u32 ftrace_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, ftrace_emit);
}

static int ftrace_open(struct peers_session *s)
{
	bool overwrite = s->setup.flags & PEERS_OVERWRITE;
	struct ftrace_data *t;
	int err;

	/* A record must fit into a page with the headers of both. */
	if (peers_stride(s->setup.payload) > PAGE_SIZE - 32)
		return -E2BIG;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	err = -ENOMEM;
	t->buffer = ring_buffer_alloc(s->setup.bytes, overwrite ? RB_FL_OVERWRITE : 0);
	if (!t->buffer)
		goto free;
	err = trace_page_alloc(t->buffer, &t->page);
	if (err)
		goto free_buffer;
	s->data = t;
	return 0;

free_buffer:
	ring_buffer_free(t->buffer);
free:
	kfree(t);
	return err;
}

static void ftrace_close(struct peers_session *s)
{
	struct ftrace_data *t = s->data;

	ring_buffer_free_read_page(t->buffer, 0, t->page);
	ring_buffer_free(t->buffer);
	kfree(t);
}

static int ftrace_attach(struct peers_session *s, struct peers_producer *p)
{
	struct ftrace_data *t = s->data;

	p->ring = t->buffer;
	return 0;
}

/* A page of the CPU whose turn it is, or of the next that has one. */
static ssize_t ftrace_read(struct peers_session *s, char __user *to, size_t room)
{
	struct ftrace_data *t = s->data;
	unsigned int tries;

	if (room < PAGE_SIZE)
		return -EINVAL;
	for (tries = num_online_cpus(); tries; tries--) {
		if (ring_buffer_read_page(t->buffer, trace_page_handle(&t->page), PAGE_SIZE, t->cpu,
					  0) >= 0)
			return copy_to_user(to, trace_page_data(t->page), PAGE_SIZE) ? -EFAULT :
			       (ssize_t)PAGE_SIZE;
		t->cpu = (int)cpumask_next(t->cpu, cpu_online_mask);
		if (t->cpu >= (int)nr_cpu_ids)
			t->cpu = (int)cpumask_first(cpu_online_mask);
	}
	return 0;
}

const struct peers_backend peers_ftrace = {
	.open = ftrace_open,
	.close = ftrace_close,
	.attach = ftrace_attach,
	.loop = ftrace_loop,
	.read = ftrace_read,
};
