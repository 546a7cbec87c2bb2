// SPDX-License-Identifier: GPL-2.0
/* evring itself, in the same loop as its peers. */
#include <linux/err.h>
#include <linux/evring_inline.h>
#include "backend.h"

static __always_inline bool evring_loop_emit(void *ring, struct evring_record *record, u32 len)
{
	return !evring_emit(ring, EVRING_TYPE_GENERATOR, record + 1, len);
}

static __always_inline bool inline_emit(void *ring, struct evring_record *record, u32 len)
{
	return !evring_emit_inline(ring, EVRING_TYPE_GENERATOR, record + 1, len);
}

static __always_inline bool reserve_emit(void *ring, struct evring_record *record, u32 len)
{
	struct evring_reservation rsv;

	if (unlikely(evring_reserve(ring, EVRING_TYPE_GENERATOR, len, &rsv)))
		return false;
	memcpy(rsv.payload, record + 1, len);
	evring_commit(ring, &rsv);
	return true;
}

static u32 emit_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, evring_loop_emit);
}

static u32 reserve_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, reserve_emit);
}

static u32 inline_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, inline_emit);
}

static u32 fixed_loop(struct peers_producer *p, u32 n)
{
	switch (p->len) {
	case 16:
		return peers_loop(p, n, 16, inline_emit);
	case 64:
		return peers_loop(p, n, 64, inline_emit);
	case 256:
		return peers_loop(p, n, 256, inline_emit);
	default:
		return peers_loop(p, n, 1024, inline_emit);
	}
}

static int channel_open(struct peers_session *s)
{
	const struct evring_options options = {
		.data_size = s->setup.bytes,
		.block_size = s->setup.block,
		.clock = s->setup.clock,
	};

	s->data = evring_create(s->setup.name, &options);
	return PTR_ERR_OR_ZERO(s->data);
}

static int fixed_open(struct peers_session *s)
{
	u32 len = s->setup.payload;

	return len == 16 || len == 64 || len == 256 || len == 1024 ? channel_open(s) : -EINVAL;
}

static void channel_close(struct peers_session *s)
{
	evring_destroy(s->data);
}

const struct peers_backend peers_evring = {
	.open = channel_open,
	.close = channel_close,
	.loop = emit_loop,
};

const struct peers_backend peers_evring_reserve = {
	.open = channel_open,
	.close = channel_close,
	.loop = reserve_loop,
};

const struct peers_backend peers_evring_inline = {
	.open = channel_open,
	.close = channel_close,
	.loop = inline_loop,
};

const struct peers_backend peers_evring_fixed = {
	.open = fixed_open,
	.close = channel_close,
	.loop = fixed_loop,
};
