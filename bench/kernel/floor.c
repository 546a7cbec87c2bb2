// SPDX-License-Identifier: GPL-2.0
/* What nothing can be cheaper than: the loop, the clock, a copy. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "backend.h"

/**
 * struct slice - a producer's part of the memory.
 * @start: its first byte.
 * @pos: where the next record goes.
 * @room: bytes of it.
 */
struct slice {
	char *start;
	size_t pos;
	size_t room;
};

static __always_inline bool empty_emit(void *ring, struct evring_record *record, u32 len)
{
	return true;
}

static __always_inline bool clock_emit(void *ring, struct evring_record *record, u32 len)
{
	record->time = peers_now();
	return true;
}

static __always_inline bool copy_emit(void *ring, struct evring_record *record, u32 len)
{
	u32 stride = peers_stride(len);
	struct slice *slice = ring;

	record->time = peers_now();
	if (unlikely(slice->pos + stride > slice->room))
		slice->pos = 0;
	memcpy(slice->start + slice->pos, record, stride);
	slice->pos += stride;
	return true;
}

static u32 empty_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, empty_emit);
}

static u32 clock_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, clock_emit);
}

static u32 copy_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, copy_emit);
}

static int copy_open(struct peers_session *s)
{
	s->data = vmalloc_user(s->setup.bytes);
	return s->data ? 0 : -ENOMEM;
}

static void copy_close(struct peers_session *s)
{
	vfree(s->data);
}

static int copy_attach(struct peers_session *s, struct peers_producer *p)
{
	struct slice *slice = kmalloc(sizeof(*slice), GFP_KERNEL);

	if (!slice)
		return -ENOMEM;
	slice->room = ALIGN_DOWN(s->setup.bytes / p->total, 8);
	slice->start = (char *)s->data + p->index * slice->room;
	slice->pos = 0;
	p->ring = slice;
	return 0;
}

static void copy_detach(struct peers_producer *p)
{
	kfree(p->ring);
}

static int copy_mmap(struct peers_session *s, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, s->data, 0);
}

const struct peers_backend peers_empty = { .loop = empty_loop };
const struct peers_backend peers_clock = { .loop = clock_loop };
const struct peers_backend peers_copy = {
	.open = copy_open,
	.close = copy_close,
	.attach = copy_attach,
	.detach = copy_detach,
	.loop = copy_loop,
	.mmap = copy_mmap,
};
