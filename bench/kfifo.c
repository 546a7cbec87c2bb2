// SPDX-License-Identifier: GPL-2.0
/* A kfifo's reader: read() of as many whole records as 64 KiB take. */
#include "channel.h"
#include "kernel/peers.h"
#include "peer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int kfifo_read(struct peer_buffer *b, struct tally *t, bool check)
{
	const struct device_reader *d = b->data;
	struct tally sum = { 0 };
	ssize_t got;
	int err = 0;

	while (!err && (got = read(d->fd, d->room, DEVICE_ROOM)) > 0)
		err = peer_walk(d->room, (size_t)got, b->payload, &sum, check);
	if (!err && got < 0)
		return fail("%s: read: %s", b->peer->name, strerror(errno));
	t->records += sum.records;
	t->sum += sum.sum;
	return err;
}

/* vmalloc()'s pages and their array. */
static int kfifo_memory(const struct peer_buffer *b, uint64_t *bytes)
{
	uint64_t pages = peer_pages(b->opts->ring);

	*bytes = peer_memory(pages, pages);
	return 0;
}

const struct peer_kind kfifo_kind = {
	.missing = device_missing,
	.open = device_reader_open,
	.emit = device_reader_emit,
	.read = kfifo_read,
	.memory = kfifo_memory,
	.close = device_reader_close,
};
