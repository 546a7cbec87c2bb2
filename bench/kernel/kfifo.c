// SPDX-License-Identifier: GPL-2.0
/* What a driver without a ring of its own does: a kfifo under a spin lock, and read(). */
#include <linux/kfifo.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include "backend.h"

/**
 * struct kfifo_data - an open kfifo.
 * @fifo: whole records, one behind the other.
 * @lock: one record at a time is put.
 * @memory: where they are.
 */
struct kfifo_data {
	struct kfifo fifo;
	spinlock_t lock;	/* for those that put */
	void *memory;
};

static __always_inline bool fifo_emit(void *ring, struct evring_record *record, u32 len)
{
	struct kfifo_data *k = ring;
	u32 stride = peers_stride(len);
	unsigned long flags;
	bool room;

	record->time = peers_now();
	spin_lock_irqsave(&k->lock, flags);
	/* A part of a record is no use to anybody. */
	room = kfifo_avail(&k->fifo) >= stride;
	if (likely(room))
		kfifo_in(&k->fifo, (char *)record, stride);
	spin_unlock_irqrestore(&k->lock, flags);
	return room;
}

static u32 fifo_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, fifo_emit);
}

static int fifo_open(struct peers_session *s)
{
	struct kfifo_data *k = kzalloc(sizeof(*k), GFP_KERNEL);

	if (!k)
		return -ENOMEM;
	spin_lock_init(&k->lock);
	k->memory = vmalloc(s->setup.bytes);
	if (!k->memory) {
		kfree(k);
		return -ENOMEM;
	}
	kfifo_init(&k->fifo, k->memory, (unsigned int)s->setup.bytes);
	s->data = k;
	return 0;
}

static void fifo_close(struct peers_session *s)
{
	struct kfifo_data *k = s->data;

	vfree(k->memory);
	kfree(k);
}

/* Whole records: all are of one size. */
static ssize_t fifo_read(struct peers_session *s, char __user *to, size_t room)
{
	struct kfifo_data *k = s->data;
	unsigned int copied;
	int err;

	room = min_t(size_t, room, INT_MAX);
	room -= room % peers_stride(s->setup.payload);
	if (!room)
		return -EINVAL;
	err = kfifo_to_user(&k->fifo, to, (unsigned int)room, &copied);
	return err ? err : (ssize_t)copied;
}

const struct peers_backend peers_kfifo = {
	.open = fifo_open,
	.close = fifo_close,
	.loop = fifo_loop,
	.read = fifo_read,
};
