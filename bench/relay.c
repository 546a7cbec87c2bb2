// SPDX-License-Identifier: GPL-2.0
/* relay's reader: the file of each CPU, mapped; how far it is filled by an ioctl. */
#include "channel.h"
#include "kernel/peers.h"
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/**
 * struct relay_file - the buffer of a CPU.
 * @cpu: the CPU.
 * @fd: its file, to wait for.
 * @map: the buffer.
 * @read: sub-buffers that were read.
 * @told: those that the kernel knows of.
 */
struct relay_file {
	unsigned int cpu;
	int fd;
	char *map;
	uint64_t read;
	uint64_t told;
};

/**
 * struct relay_data - an open relay.
 * @fd: the session.
 * @n: entries in @files.
 */
struct relay_data {
	int fd;
	unsigned int n;
	struct relay_file files[CPU_SETSIZE];
};

/* The file of @cpu; one that is not there has no CPU. */
static int map_file(struct peer_buffer *b, const char *name, unsigned int cpu)
{
	struct relay_data *r = b->data;
	struct relay_file *f = &r->files[r->n];
	char path[160];

	snprintf(path, sizeof(path), PEERS_DEBUGFS "/%s/cpu%u", name, cpu);
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0)
		return errno == ENOENT ? 0 : fail("%s: %s", path, strerror(errno));
	f->map = mmap(NULL, b->opts->ring, PROT_READ, MAP_SHARED | MAP_POPULATE, f->fd, 0);
	if (f->map == MAP_FAILED) {
		close(f->fd);
		return fail("%s: mmap: %s", path, strerror(errno));
	}
	f->cpu = cpu;
	r->n++;
	return 0;
}

static int relay_open(struct peer_buffer *b)
{
	struct relay_data *r = calloc(1, sizeof(*r));
	static unsigned int serial;
	char name[PEERS_NAME_SIZE];
	unsigned int cpu;

	if (!r)
		return fail("no memory");
	b->data = r;
	snprintf(name, sizeof(name), "evbench-%d-%u", (int)getpid(), serial++);
	r->fd = device_open(b, name);
	if (r->fd < 0)
		return r->fd;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (map_file(b, name, cpu))
			return -1;
	return r->n ? 0 : fail("no files in " PEERS_DEBUGFS "/%s", name);
}

static void relay_close(struct peer_buffer *b)
{
	struct relay_data *r = b->data;
	unsigned int i;

	if (!r)
		return;
	for (i = 0; i < r->n; i++) {
		munmap(r->files[i].map, b->opts->ring);
		close(r->files[i].fd);
	}
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

static int relay_emit(struct peer_buffer *b, const struct peer_burst *burst,
		      struct peer_result *res)
{
	struct relay_data *r = b->data;

	return device_emit(r->fd, burst, res);
}

/* The last sub-buffer is not full. */
static int relay_flush(struct peer_buffer *b)
{
	struct relay_data *r = b->data;

	return ioctl(r->fd, PEERS_IOC_FLUSH) ? fail("relay_flush: %s", strerror(errno)) : 0;
}

/*
 * The buffer has gone round. Of its sub-buffers the one that is written to now is no longer what
 * it was, nor is it complete.
 */
static void skip_overwritten(struct relay_file *f, uint64_t oldest)
{
	f->read = oldest;
	f->told = oldest;
}

/* What one look tells of. Returns how many sub-buffers it were. */
static int read_some(struct peer_buffer *b, struct relay_file *f, struct tally *t, bool check)
{
	struct relay_data *r = b->data;
	uint32_t block = b->opts->block, i;
	uint64_t mask = b->opts->ring / block - 1;
	struct peers_relay look;
	const char *at;
	int err = 0;

	look.cpu = f->cpu;
	look.consumed = (uint32_t)(f->read - f->told);
	look.first = f->read;
	if (ioctl(r->fd, PEERS_IOC_RELAY, &look))
		return fail("relay: %s", strerror(errno));
	f->told = f->read;
	/* Who does not overwrite may have all of them full, and none has gone. */
	if (b->overwrite && look.produced - f->read > mask) {
		skip_overwritten(f, look.produced - mask);
		return 1;
	}
	for (i = 0; i < PEERS_RELAY_BATCH && f->read < look.produced && !err; i++, f->read++) {
		at = f->map + (f->read & mask) * block;
		err = peer_walk(at, look.used[i], b->payload, t, check);
	}
	return err ? -1 : (int)i;
}

static int relay_read(struct peer_buffer *b, struct tally *t, bool check)
{
	struct relay_data *r = b->data;
	struct tally sum = { 0 };
	unsigned int i;
	int got = 0;

	for (i = 0; i < r->n; i++) {
		while ((got = read_some(b, &r->files[i], &sum, check)) > 0)
			;
		if (got < 0)
			return -1;
	}
	t->records += sum.records;
	t->sum += sum.sum;
	return 0;
}

/* What was read has been told, or relay would not let anybody sleep. */
static int relay_wait(struct peer_buffer *b, int ms)
{
	struct relay_data *r = b->data;
	struct pollfd p[CPU_SETSIZE];
	unsigned int i;

	for (i = 0; i < r->n; i++)
		p[i] = (struct pollfd){ .fd = r->files[i].fd, .events = POLLIN };
	if (poll(p, r->n, ms) < 0 && errno != EINTR)
		return fail("relay: poll: %s", strerror(errno));
	return 0;
}

/* One CPU's pages and their array, and the padding of each sub-buffer. */
static int relay_memory(const struct peer_buffer *b, uint64_t *bytes)
{
	uint64_t pages = peer_pages(b->opts->ring);

	*bytes = peer_memory(pages, pages + b->opts->ring / b->opts->block);
	return 0;
}

const struct peer_kind relay_kind = {
	.missing = device_missing,
	.open = relay_open,
	.emit = relay_emit,
	.read = relay_read,
	.wait = relay_wait,
	.flush = relay_flush,
	.memory = relay_memory,
	.close = relay_close,
};
