// SPDX-License-Identifier: GPL-2.0
/* A tracepoint, for loggers: what records it is not our business. */
#include <linux/errno.h>
#include <linux/mm.h>
#include "backend.h"

#define CREATE_TRACE_POINTS
#include "tracing.h"

#define HEADERS	64U	/* the most that perf and ftrace put before a payload */

static __always_inline bool tracing_emit(void *ring, struct evring_record *record, u32 len)
{
	const struct evring_common *common = (const void *)(record + 1);

	trace_peers_record(common + 1, len - (u32)sizeof(*common));
	return true;
}

static u32 tracing_loop(struct peers_producer *p, u32 n)
{
	return peers_loop(p, n, p->len, tracing_emit);
}

/* ftrace has pages for its records, as everybody shall record the same. */
static int tracing_open(struct peers_session *s)
{
	return s->setup.payload > PAGE_SIZE - HEADERS ? -E2BIG : 0;
}

const struct peers_backend peers_tracing = {
	.open = tracing_open,
	.loop = tracing_loop,
};
