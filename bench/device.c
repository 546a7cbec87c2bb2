// SPDX-License-Identifier: GPL-2.0
/* The module of the peers: loading it, and its device. */
#include "kernel/peers.h"
#include "channel.h"
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MODULE		"evring_peers"

static bool loaded;

/* Where the module is: told, a guest's, or installed. NULL: nowhere. */
static const char *module_path(void)
{
	static char path[300];
	const char *told = getenv("EVBENCH_PEERS");
	struct utsname u;

	if (told)
		return told;
	if (!access("/lib/evring/" MODULE ".ko", R_OK))
		return "/lib/evring/" MODULE ".ko";
	if (uname(&u))
		return NULL;
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/" MODULE ".ko", u.release);
	return access(path, R_OK) ? NULL : path;
}

/** device_missing() - why the module's peers cannot run here, or NULL. Loads nothing. */
const char *device_missing(const struct peer *p)
{
	(void)p;
	if (!access(PEERS_DEVICE, R_OK))
		return NULL;
	if (geteuid())
		return "they take root";
	return module_path() ? NULL :
	       "their module is not there: make module, and name it by EVBENCH_PEERS=build/RELEASE/bench/kernel/"
	       MODULE ".ko";
}

/* 0, or -errno. */
static int load(void)
{
	const char *path = module_path();
	int fd, err;

	if (!access(PEERS_DEVICE, R_OK))
		return 0;
	fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	err = fd < 0 || syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	loaded = !err;
	return err;
}

/** device_unload() - take the module away again if it was we who loaded it. */
void device_unload(void)
{
	if (loaded && syscall(SYS_delete_module, MODULE, O_NONBLOCK))
		note("the module " MODULE " could not be unloaded: %s", strerror(errno));
	loaded = false;
}

static int setup_failed(const struct peer_buffer *b, int fd, int err)
{
	close(fd);
	if (err == EOPNOTSUPP || err == E2BIG) {
		note("%s: skipped for %u bytes: %s", b->peer->name, b->payload,
		     err == E2BIG ? "too large for it" :
		     "no constant, synchronised counter; see evring's parameter trust_tsc");
		return PEER_SKIPPED;
	}
	return fail("%s: a buffer of %llu bytes: %s", b->peer->name,
		    (unsigned long long)b->opts->ring, strerror(err));
}

/**
 * device_open() - a session of the module's.
 * @name: of the channel or folder; may be "".
 *
 * Returns its descriptor; -1, or PEER_SKIPPED if the peer cannot do that; why was said.
 */
int device_open(const struct peer_buffer *b, const char *name)
{
	struct peers_setup setup = {
		.backend = b->peer->id,
		.flags = b->overwrite ? PEERS_OVERWRITE : 0,
		.bytes = b->opts->ring,
		.block = b->opts->block,
		.payload = b->payload,
		.clock = b->peer->flags & PEER_CYCLES ? EVRING_CLOCK_CYCLES : EVRING_CLOCK_MONOTONIC,
	};
	static bool said;
	int fd, err = load();

	if (err) {
		if (!said)
			note("%s and the like: left out: their module: %s", b->peer->name,
			     strerror(-err));
		said = true;
		return PEER_SKIPPED;
	}
	fd = open(PEERS_DEVICE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("%s: %s", PEERS_DEVICE, strerror(errno));
	snprintf(setup.name, sizeof(setup.name), "%s", name);
	if (ioctl(fd, PEERS_IOC_SETUP, &setup))
		return setup_failed(b, fd, errno);
	return fd;
}

/** device_emit() - let the module's threads emit. */
int device_emit(int fd, const struct peer_burst *burst, struct peer_result *res)
{
	struct peers_run run = {
		.flags = burst->varied ? PEERS_VARY : 0,
		.first = burst->first,
		.count = burst->count,
	};
	unsigned int cpu;

	for (cpu = 0; cpu < PEERS_CPUS && cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, burst->cpus))
			run.cpus[cpu / 64] |= 1ULL << (cpu % 64);
	if (ioctl(fd, PEERS_IOC_RUN, &run))
		return fail("emitting: %s", strerror(errno));
	res->elapsed_ns = run.elapsed_ns;
	res->stored = run.stored;
	res->dropped = run.dropped;
	res->sum = run.sum;
	return 0;
}

/** device_reader_open() - open() of a peer whose data is a struct device_reader. */
int device_reader_open(struct peer_buffer *b)
{
	struct device_reader *d = calloc(1, sizeof(*d));

	if (!d)
		return fail("no memory");
	b->data = d;
	d->fd = -1;
	d->room = aligned_alloc(4096, DEVICE_ROOM);
	if (!d->room)
		return fail("no memory");
	d->fd = device_open(b, "");
	return d->fd < 0 ? d->fd : 0;
}

/** device_reader_close() - its close(). */
void device_reader_close(struct peer_buffer *b)
{
	struct device_reader *d = b->data;

	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	free(d->room);
	free(d);
}

/** device_reader_emit() - its emit(). */
int device_reader_emit(struct peer_buffer *b, const struct peer_burst *burst,
		       struct peer_result *res)
{
	const struct device_reader *d = b->data;

	return device_emit(d->fd, burst, res);
}
