/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sources: what emits into a channel on somebody's behalf. source.c keeps the
 * list of a channel's sources; each kind is a file of its own.
 */
#ifndef EVRING_SOURCE_H
#define EVRING_SOURCE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/evring.h>

struct evring_source;

/**
 * struct evring_source_ops - what a kind of source does.
 * @stop: end it; when this returns nothing is emitted any more. Called once,
 *	from process context, may sleep.
 * @free: free it, after @stop, when nobody uses it any more.
 * @wait: wait (interruptibly) for it to end by itself and fill in the results;
 *	-EINTR if a signal came first. NULL: it never ends by itself.
 */
struct evring_source_ops {
	void (*stop)(struct evring_source *source);
	void (*free)(struct evring_source *source);
	int (*wait)(struct evring_source *source, struct evring_attach_args *results);
};

/**
 * struct evring_source - head of every source.
 * @node: in evring_channel.sources.
 * @ref: one for the list, one for who waits.
 * @channel: where it emits; outlives the source.
 * @ops: of its kind.
 * @events: EVRING_PROBE_* that it probes; 0: none. Set by source.c.
 * @id: number within the channel.
 */
struct evring_source {
	struct list_head node;
	struct kref ref;
	struct evring_channel *channel;
	const struct evring_source_ops *ops;
	u64 events;
	u32 id;
};

int evring_source_attach(struct evring_channel *channel, struct evring_attach_args *args);
int evring_source_detach(struct evring_channel *channel, u32 id);
void evring_source_detach_all(struct evring_channel *channel);

/*
 * The kinds. Each checks its part of @args (-EINVAL ...), starts and returns the
 * source with @ops set, or an ERR_PTR.
 */
struct evring_source *evring_probe_start(struct evring_channel *channel,
					 const struct evring_attach_args *args);
struct evring_source *evring_generator_start(struct evring_channel *channel,
					     const struct evring_attach_args *args);
struct evring_source *evring_perf_start(struct evring_channel *channel,
					const struct evring_attach_args *args);

int evring_perf_init(void);
void evring_perf_exit(void);

#endif /* EVRING_SOURCE_H */
