// SPDX-License-Identifier: GPL-2.0
/* evring itself in the loop of its peers: a channel of their module's. */
#include "channel.h"
#include "kernel/peers.h"
#include "peer.h"
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/**
 * struct emission_data - a channel of the module's.
 * @fd: the session.
 * @ring: its reader.
 * @mapped: @ring is open.
 */
struct emission_data {
	int fd;
	struct evring ring;
	bool mapped;
};

static int emission_open(struct peer_buffer *b)
{
	const struct evring_opts latest = { .size = sizeof(latest), .start = EVRING_SEEK_LATEST };
	struct emission_data *e = calloc(1, sizeof(*e));
	static unsigned int serial;
	char name[PEERS_NAME_SIZE], path[PEERS_NAME_SIZE + 16];
	int err;

	if (!e)
		return fail("no memory");
	b->data = e;
	snprintf(name, sizeof(name), "evbench-peer-%d-%u", (int)getpid(), serial++);
	snprintf(path, sizeof(path), "/dev/evring/%s", name);
	e->fd = device_open(b, name);
	if (e->fd < 0)
		return e->fd;
	err = evring_open(&e->ring, path, &latest);
	if (err)
		return fail("%s: %s", path, evring_explain(err));
	e->mapped = true;
	return 0;
}

static void emission_close(struct peer_buffer *b)
{
	struct emission_data *e = b->data;

	if (!e)
		return;
	if (e->mapped)
		evring_close(&e->ring);
	if (e->fd >= 0)
		close(e->fd);
	free(e);
}

static int emission_emit(struct peer_buffer *b, const struct peer_burst *burst,
			 struct peer_result *res)
{
	struct emission_data *e = b->data;

	return device_emit(e->fd, burst, res);
}

/* What is not looked at need not be read: an observer holds nothing up. */
static int emission_read(struct peer_buffer *b, struct tally *t, bool check)
{
	struct emission_data *e = b->data;
	int err;

	if (check)
		return verify_mapped(&e->ring, b->payload, b->last * b->last_cpus, t);
	err = evring_seek(&e->ring, EVRING_SEEK_LATEST, 0);
	return err ? fail("%s: seek: %s", b->peer->name, evring_explain(err)) : 0;
}

/* All of it, for all CPUs: the kernel's own count. */
static int emission_memory(const struct peer_buffer *b, uint64_t *bytes)
{
	const struct emission_data *e = b->data;
	struct evring_info info = { .size = sizeof(info) };

	if (ioctl(e->ring.fd, EVRING_IOC_INFO, &info))
		return fail("%s: INFO: %s", b->peer->name, strerror(errno));
	*bytes = info.memory;
	return 0;
}

const struct peer_kind evring_kind = {
	.missing = device_missing,
	.open = emission_open,
	.emit = emission_emit,
	.read = emission_read,
	.memory = emission_memory,
	.close = emission_close,
};
