// SPDX-License-Identifier: GPL-2.0
/*
 * relay: relay_write() to a buffer for each CPU, whose file in debugfs is mapped.
 *
 * relay tells a mapped reader nothing: how many sub-buffers are complete, how full they are
 * and which the reader is done with goes by ways of the client's own, here the device's
 * ioctls.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/percpu.h>
#include <linux/relay.h>
#include <linux/slab.h>
#include "backend.h"

/**
 * struct relay_data - an open relay.
 * @chan: the channel.
 * @dir: the folder of its files.
 * @overwrite: a full buffer overwrites its oldest sub-buffer.
 * @flushing: sub-buffers are turned without a record.
 * @dropped: records that found no room, for each CPU.
 */
struct relay_data {
	struct rchan *chan;
	struct dentry *dir;
	bool overwrite;
	bool flushing;
	u64 __percpu *dropped;
};

static struct dentry *relay_root;

static __always_inline bool relay_emit(void *ring, struct evring_record *record, u32 len)
{
	record->time = peers_now();
	relay_write(ring, record, peers_stride(len));
	return true;
}

/* relay_write() tells nothing; a record without room asks for a new sub-buffer in vain. */
static u32 relay_loop(struct peers_producer *p, u32 n)
{
	struct relay_data *r = p->session->data;
	u64 *dropped = per_cpu_ptr(r->dropped, p->cpu);
	u64 before = *dropped;

	peers_loop(p, n, p->len, relay_emit);
	return (u32)(*dropped - before);
}

/* A sub-buffer is full: may the next one be taken? */
static int relay_turn(struct rchan_buf *buf, const void *prev_subbuf)
{
	struct relay_data *r = buf->chan->private_data;

	if (!prev_subbuf || r->overwrite || !relay_buf_full(buf))
		return 1;
	if (!r->flushing)
		(*per_cpu_ptr(r->dropped, buf->cpu))++;
	return 0;
}

/* Since 7 relay_buf alone tells the padding. */
#ifdef PEERS_HAVE_RELAY_PADDING
static int relay_subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev_subbuf,
			      size_t prev_padding)
#else
static int relay_subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev_subbuf)
#endif
{
	return relay_turn(buf, prev_subbuf);
}

/* "Unsafe": the file that debugfs puts before another to guard it cannot be mapped. */
static struct dentry *relay_create_file(const char *filename, struct dentry *parent, umode_t mode,
					struct rchan_buf *buf, int *is_global)
{
	return debugfs_create_file_unsafe(filename, 0400, parent, buf, &relay_file_operations);
}

static int relay_remove_file(struct dentry *dentry)
{
	debugfs_remove(dentry);
	return 0;
}

static const struct rchan_callbacks relay_callbacks = {
	.subbuf_start = relay_subbuf_start,
	.create_buf_file = relay_create_file,
	.remove_buf_file = relay_remove_file,
};

static void relay_free(struct relay_data *r)
{
	if (r->chan)
		relay_close(r->chan);
	debugfs_remove(r->dir);
	free_percpu(r->dropped);
	kfree(r);
}

static int relay_make(struct relay_data *r, const struct peers_setup *setup)
{
	r->overwrite = setup->flags & PEERS_OVERWRITE;
	r->dropped = alloc_percpu(u64);
	if (!r->dropped)
		return -ENOMEM;
	r->dir = debugfs_create_dir(setup->name, relay_root);
	if (IS_ERR(r->dir))
		return PTR_ERR(r->dir);
	r->chan = relay_open("cpu", r->dir, setup->block, setup->bytes / setup->block,
			     &relay_callbacks, r);
	return r->chan ? 0 : -ENOMEM;
}

static int relay_data_open(struct peers_session *s)
{
	struct relay_data *r = kzalloc(sizeof(*r), GFP_KERNEL);
	int err;

	if (!r)
		return -ENOMEM;
	err = relay_make(r, &s->setup);
	if (err)
		relay_free(r);
	else
		s->data = r;
	return err;
}

static void relay_data_close(struct peers_session *s)
{
	relay_free(s->data);
}

static int relay_attach(struct peers_session *s, struct peers_producer *p)
{
	struct relay_data *r = s->data;

	p->ring = r->chan;
	return 0;
}

/* peers_relay_flush() - complete the sub-buffers that are written to. */
void peers_relay_flush(struct peers_session *s)
{
	struct relay_data *r = s->data;

	r->flushing = true;
	relay_flush(r->chan);
	r->flushing = false;
}

/* peers_relay_look() - take back what a reader has consumed, and tell it what there is. */
int peers_relay_look(struct peers_session *s, struct peers_relay *look)
{
	struct relay_data *r = s->data;
	struct rchan_buf *buf;
	u64 each;
	u32 i;

	if (look->cpu >= nr_cpu_ids || !cpu_online(look->cpu))
		return -EINVAL;
	buf = *per_cpu_ptr(r->chan->buf, look->cpu);
	relay_subbufs_consumed(r->chan, look->cpu, look->consumed);
	look->produced = READ_ONCE(buf->subbufs_produced);
	/* Pairs with relay_switch_subbuf(): the padding is written before the count. */
	smp_rmb();
	for (i = 0; i < PEERS_RELAY_BATCH; i++) {
		each = look->first + i;
		if (each >= look->produced)
			break;
		look->used[i] = (u32)(r->chan->subbuf_size -
				      buf->padding[each % r->chan->n_subbufs]);
	}
	return 0;
}

/* peers_relay_init() - the folder in debugfs. */
int peers_relay_init(void)
{
	relay_root = debugfs_create_dir("evring_peers", NULL);
	return PTR_ERR_OR_ZERO(relay_root);
}

void peers_relay_exit(void)
{
	debugfs_remove(relay_root);
}

const struct peers_backend peers_relay = {
	.open = relay_data_open,
	.close = relay_data_close,
	.attach = relay_attach,
	.loop = relay_loop,
};
