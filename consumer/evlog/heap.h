/* SPDX-License-Identifier: GPL-2.0 */
/* heap: messages of streams, the oldest first. */
#ifndef EVLOG_HEAP_H
#define EVLOG_HEAP_H

#include "nats.h"

/**
 * struct heap_entry - a message that waits.
 * @item: the message.
 * @order: tells which came first of those that happened at the same time.
 * @came: CLOCK_MONOTONIC when it came.
 * @from: number of the reader that it came from.
 */
struct heap_entry {
	struct nats_item item;
	uint64_t order;
	uint64_t came;
	unsigned int from;
};

/**
 * struct heap - the messages; all zero: none.
 * @entries: a binary heap.
 * @count: how many.
 * @room: how many @entries has room for.
 * @orders: how many there have been.
 */
struct heap {
	struct heap_entry *entries;
	size_t count;
	size_t room;
	uint64_t orders;
};

/** heap_push() - put one in; its @order is made. Return: 0 or -ENOMEM. */
int heap_push(struct heap *h, struct heap_entry e);

/** heap_pop() - take the oldest out; there has to be one. */
struct heap_entry heap_pop(struct heap *h);

/** heap_free() - the end of it, and of all messages in it. */
void heap_free(struct heap *h);

#endif /* EVLOG_HEAP_H */
