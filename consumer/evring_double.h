/* SPDX-License-Identifier: GPL-2.0 */
/*
 * evring_double: a channel for the tests of a consumer, without root and without the module.
 *
 *	#define EVRING_DOUBLE_IMPLEMENTATION	(in one C file; others leave it out)
 *	#include <evring_double.h>
 *
 *	struct evring_double *d = evring_double_create("name", NULL);
 *	struct evring ring;
 *
 *	evring_double_attach(d, &ring, NULL);		instead of evring_open()
 *	evring_double_emit(d, 0, type, payload, len);
 *	... the code under test, with &ring ...
 *	evring_close(&ring);
 *	evring_double_destroy(d);
 *
 *	cc -I consumer -I uapi -I module -pthread test.c
 *	cc -I /usr/local/include/evring-core -pthread test.c	(as installed)
 *
 * The producers are the module's own ring core (module/ring.c, GPL-2.0) over a memfd that
 * nobody else can write to. A reader that was attached behaves as one of a device does:
 * evring_wait(), evring_fd() and poll, evring_position(), evring_gate(), evring_ack(),
 * evring_freeze() and their options work; a watermark is accepted, and wakes at once. Or
 * read the memfd by evring_open() of evring_double_path(), also in another process, as an
 * image that changes while it is read.
 *
 * A producer's CPU is a number from 0 to opts.ncpus - 1. One thread at a time emits on a
 * CPU; signal handlers may do so in the middle of it. Freezing, thawing and gating wait
 * until nobody is in the middle of emitting.
 */
#ifndef EVRING_DOUBLE_H
#define EVRING_DOUBLE_H

#include "evring.h"

#ifdef __cplusplus
extern "C" {
#endif

/** EVRING_DOUBLE_READERS - most readers attached at once. */
#define EVRING_DOUBLE_READERS	16U

struct evring_double;

/**
 * struct evring_double_opts - what the channel is like.
 * @size: sizeof(struct evring_double_opts) of the caller.
 * @data_size: bytes of the ring, rounded up as for a channel; 0: 256 KiB.
 * @block_size: bytes of a block; 0: 4 KiB.
 * @ncpus: CPUs, at most 1024; 0: 2.
 * @clock: enum evring_clock, but not EVRING_CLOCK_CYCLES.
 * @flags: EVRING_CREATE_PARTITIONED or 0.
 */
struct evring_double_opts {
	size_t size;
	uint64_t data_size;
	uint32_t block_size;
	uint32_t ncpus;
	uint32_t clock;
	uint32_t flags;
};

/**
 * struct evring_double_reservation - room for a record.
 * @payload: where its payload goes, all of it.
 *
 * The other fields are private.
 */
struct evring_double_reservation {
	void *payload;
	uint64_t pos;
	uint64_t next;
	uint32_t cpu;
};

/**
 * evring_double_create() - make a channel.
 * @name: its name.
 * @opts: or NULL.
 *
 * Return: the channel, or NULL with errno.
 */
struct evring_double *evring_double_create(const char *name,
					   const struct evring_double_opts *opts);

/** evring_double_destroy() - the end of it. Close its readers first. */
void evring_double_destroy(struct evring_double *d);

/** evring_double_fd() - the memfd; hand it to another process, or copy it to a file. */
int evring_double_fd(const struct evring_double *d);

/** evring_double_path() - a path for evring_open() in this process and its children. */
const char *evring_double_path(const struct evring_double *d);

/** evring_double_map() - the mapping, read-only, for evring_attach(). @len: its bytes. */
const void *evring_double_map(const struct evring_double *d, size_t *len);

/**
 * evring_double_attach() - in place of evring_open().
 * @d: the channel.
 * @r: the reader; close it by evring_close().
 * @opts: or NULL.
 *
 * Return: 0, or as evring_open(); -EMFILE: EVRING_DOUBLE_READERS there are.
 */
int evring_double_attach(struct evring_double *d, struct evring *r,
			 const struct evring_opts *opts);

/**
 * evring_double_emit() - one record.
 * @d: the channel.
 * @cpu: the CPU that emits it.
 * @type: type of the event, such as EVRING_TYPE_USER.
 * @payload: its bytes.
 * @len: how many.
 *
 * Return: 0; or after counting the drop: -E2BIG, -ENOBUFS (readers that gate have not
 * acknowledged enough), -EROFS (frozen).
 */
int evring_double_emit(struct evring_double *d, uint32_t cpu, uint32_t type, const void *payload,
		       uint32_t len);

/**
 * evring_double_reserve() - room for one record, to be filled in place.
 *
 * Ends by evring_double_commit() or evring_double_discard(); the last one reserved on a CPU
 * ends first. Return: as evring_double_emit().
 */
int evring_double_reserve(struct evring_double *d, uint32_t cpu, uint32_t type, uint32_t len,
			  struct evring_double_reservation *rsv);

/** evring_double_commit() - the record is written. */
void evring_double_commit(struct evring_double *d, struct evring_double_reservation *rsv);

/** evring_double_discard() - the record is not wanted; it counts as discarded. */
void evring_double_discard(struct evring_double *d, struct evring_double_reservation *rsv);

/** evring_double_set_time() - time stamp of what is emitted from now on; 0: the clock's. */
void evring_double_set_time(uint64_t time);

/** evring_double_freeze() - as evring_freeze(). */
void evring_double_freeze(struct evring_double *d);

/** evring_double_thaw() - as evring_thaw(). */
void evring_double_thaw(struct evring_double *d);

/** evring_double_remove() - the channel is removed: readers get -ENODEV at its end. */
void evring_double_remove(struct evring_double *d);

/** evring_double_evict() - as if the deadline had passed for @r: it does not gate any more. */
void evring_double_evict(struct evring_double *d, const struct evring *r);

/** evring_double_accepted() - records that @cpu has stored. */
uint64_t evring_double_accepted(struct evring_double *d, uint32_t cpu);

/** evring_double_dropped() - records that @cpu has dropped. */
uint64_t evring_double_dropped(struct evring_double *d, uint32_t cpu);

#ifdef __cplusplus
}
#endif
#endif /* EVRING_DOUBLE_H */

#if defined(EVRING_DOUBLE_IMPLEMENTATION) && !defined(EVRING_DOUBLE_IMPLEMENTED)
#define EVRING_DOUBLE_IMPLEMENTED

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

/* The header and the core each have a function of this name; time is ours to set. */
#define evring_close evring_core_close
#define evring_clock_read evring_machine_clock_
#define evring_clock_monotonic evring_machine_monotonic_
#include "ring.h"
#undef evring_clock_read
#undef evring_clock_monotonic

static u64 evring_double_time_;

static inline u64 evring_clock_read(u32 clock)
{
	u64 set = __atomic_load_n(&evring_double_time_, __ATOMIC_RELAXED);

	return set && clock != EVRING_CLOCK_NONE ? set : evring_machine_clock_(clock);
}

static inline u64 evring_clock_monotonic(void)
{
	return evring_clock_read(EVRING_CLOCK_MONOTONIC);
}

#include "ring.c"
#undef evring_close

_Thread_local u32 evring_user_cpu;

#ifndef F_ADD_SEALS
#define F_ADD_SEALS	1033
#define F_SEAL_SEAL	1
#define F_SEAL_SHRINK	2
#define F_SEAL_GROW	4
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE	16
#endif

#define EVRING_DOUBLE_CPUS	1024U
#define EVRING_DOUBLE_PAGE	4096U

/**
 * struct evring_double_reader - a reader attached.
 * @fd: its eventfd, readable when it has been woken; -1: none.
 * @armed: to be woken.
 * @gating: its acknowledgements count.
 * @evicted: they did.
 * @acked: sequence numbers acknowledged, one for each CPU.
 */
struct evring_double_reader {
	int fd;
	u32 armed;
	bool gating;
	bool evicted;
	u64 *acked;
};

/**
 * struct evring_double - a channel.
 * @lock: held by who changes @readers or stops the producers.
 * @stopping: producers wait before they begin.
 * @depth: for each CPU: how deep in emitting it is.
 * @map: for the producers; @view: for the readers.
 */
struct evring_double {
	struct evring_ring ring;
	struct evring_layout layout;
	pthread_mutex_t lock;
	u32 stopping;
	u32 *depth;
	struct evring_double_reader readers[EVRING_DOUBLE_READERS];
	void *map;
	void *view;
	int fd;
	char path[32];
};

static void evring_double_no_wake_(struct evring_ring *r)
{
	(void)r;
}

static int evring_double_memory_(struct evring_double *d)
{
	size_t size = d->layout.map_size;

	d->fd = (int)syscall(SYS_memfd_create, "evring-double", 3 /* CLOEXEC, ALLOW_SEALING */);
	if (d->fd < 0 || ftruncate(d->fd, (off_t)size))
		return -1;
	d->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd, 0);
	/* From here on only this mapping can be written to. */
	if (d->map == MAP_FAILED ||
	    fcntl(d->fd, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE))
		return -1;
	d->view = mmap(NULL, size, PROT_READ, MAP_SHARED, d->fd, 0);
	if (d->view == MAP_FAILED)
		return -1;
	snprintf(d->path, sizeof(d->path), "/proc/self/fd/%d", d->fd);
	return 0;
}

static int evring_double_init_(struct evring_double *d, const struct evring_double_opts *o)
{
	u32 i;

	d->layout.data_size = o->data_size ? o->data_size : 256U << 10;
	d->layout.block_size = o->block_size ? o->block_size : 4096;
	d->layout.ncpus = o->ncpus ? o->ncpus : 2;
	d->layout.page_size = EVRING_DOUBLE_PAGE;
	errno = EINVAL;
	if (d->layout.ncpus > EVRING_DOUBLE_CPUS || o->clock >= EVRING_CLOCK_CYCLES ||
	    (o->flags & ~EVRING_CREATE_PARTITIONED) || evring_layout_compute(&d->layout))
		return -1;
	d->depth = calloc(d->layout.ncpus, sizeof(*d->depth));
	d->ring.cpus = aligned_alloc(64, d->layout.ncpus * sizeof(*d->ring.cpus));
	d->ring.slots = aligned_alloc(64, d->layout.nblocks * sizeof(*d->ring.slots));
	for (i = 0; i < EVRING_DOUBLE_READERS; i++) {
		d->readers[i].acked = calloc(d->layout.ncpus, sizeof(u64));
		if (!d->readers[i].acked)
			return -1;
	}
	if (!d->depth || !d->ring.cpus || !d->ring.slots || evring_double_memory_(d))
		return -1;
	memset(d->ring.cpus, 0, d->layout.ncpus * sizeof(*d->ring.cpus));
	memset(d->ring.slots, 0, d->layout.nblocks * sizeof(*d->ring.slots));
	d->ring.wake = evring_double_no_wake_;
	d->ring.clock = o->clock;
	d->ring.partitioned = o->flags & EVRING_CREATE_PARTITIONED;
	evring_ring_init(&d->ring, d->map, &d->layout);
	if (d->ring.partitioned)
		d->ring.control->features |= EVRING_FEATURE_PARTITIONED;
	return 0;
}

struct evring_double *evring_double_create(const char *name, const struct evring_double_opts *opts)
{
	struct evring_double_opts o = { .size = sizeof(o) };
	/* What producers share is on cache lines of its own. */
	struct evring_double *d = aligned_alloc(_Alignof(struct evring_double), sizeof(*d));
	int error;
	u32 i;

	if (!d)
		return NULL;
	memset(d, 0, sizeof(*d));
	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	d->fd = -1;
	d->map = MAP_FAILED;
	d->view = MAP_FAILED;
	pthread_mutex_init(&d->lock, NULL);
	for (i = 0; i < EVRING_DOUBLE_READERS; i++)
		d->readers[i].fd = -1;
	if (evring_double_init_(d, &o)) {
		error = errno;
		evring_double_destroy(d);
		errno = error;
		return NULL;
	}
	d->ring.control->created_mono = evring_machine_clock_(EVRING_CLOCK_MONOTONIC);
	d->ring.control->created_real = evring_machine_clock_(EVRING_CLOCK_REALTIME);
	snprintf(d->ring.control->name, sizeof(d->ring.control->name), "%s", name);
	return d;
}

void evring_double_destroy(struct evring_double *d)
{
	u32 i;

	if (d->map != MAP_FAILED)
		munmap(d->map, d->layout.map_size);
	if (d->view != MAP_FAILED)
		munmap(d->view, d->layout.map_size);
	if (d->fd >= 0)
		close(d->fd);
	for (i = 0; i < EVRING_DOUBLE_READERS; i++)
		free(d->readers[i].acked);
	pthread_mutex_destroy(&d->lock);
	free(d->ring.cpus);
	free(d->ring.slots);
	free(d->depth);
	free(d);
}

int evring_double_fd(const struct evring_double *d)
{
	return d->fd;
}

const char *evring_double_path(const struct evring_double *d)
{
	return d->path;
}

const void *evring_double_map(const struct evring_double *d, size_t *len)
{
	*len = d->layout.map_size;
	return d->view;
}

void evring_double_set_time(uint64_t time)
{
	__atomic_store_n(&evring_double_time_, time, __ATOMIC_RELAXED);
}

/* --- producers ---------------------------------------------------------------------- */

/* Only who is not in the middle of emitting is kept waiting: signal handlers go on. */
static void evring_double_enter_(struct evring_double *d, u32 cpu)
{
	evring_user_cpu = cpu;
	while (__atomic_add_fetch(&d->depth[cpu], 1, __ATOMIC_SEQ_CST) == 1 &&
	       __atomic_load_n(&d->stopping, __ATOMIC_SEQ_CST)) {
		__atomic_sub_fetch(&d->depth[cpu], 1, __ATOMIC_SEQ_CST);
		sched_yield();
	}
}

static void evring_double_exit_(struct evring_double *d, u32 cpu)
{
	int error = errno;
	u64 one = 1;
	u32 i;

	__atomic_sub_fetch(&d->depth[cpu], 1, __ATOMIC_SEQ_CST);
	/* What was published, then who waits for it; who arms looks again afterwards. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < EVRING_DOUBLE_READERS; i++)
		if (__atomic_load_n(&d->readers[i].armed, __ATOMIC_RELAXED) &&
		    __atomic_exchange_n(&d->readers[i].armed, 0, __ATOMIC_ACQ_REL) &&
		    write(d->readers[i].fd, &one, sizeof(one)) < 0)
			abort();
	errno = error;
}

static void evring_double_stop_(struct evring_double *d)
{
	u32 cpu;

	__atomic_store_n(&d->stopping, 1, __ATOMIC_SEQ_CST);
	for (cpu = 0; cpu < d->layout.ncpus; cpu++)
		while (__atomic_load_n(&d->depth[cpu], __ATOMIC_SEQ_CST))
			sched_yield();
}

static void evring_double_go_(struct evring_double *d)
{
	__atomic_store_n(&d->stopping, 0, __ATOMIC_SEQ_CST);
}

int evring_double_emit(struct evring_double *d, uint32_t cpu, uint32_t type, const void *payload,
		       uint32_t len)
{
	int err;

	evring_double_enter_(d, cpu);
	err = evring_ring_emit(&d->ring, type, payload, len);
	evring_double_exit_(d, cpu);
	return err;
}

int evring_double_reserve(struct evring_double *d, uint32_t cpu, uint32_t type, uint32_t len,
			  struct evring_double_reservation *rsv)
{
	struct evring_reservation core;
	int err;

	memset(rsv, 0, sizeof(*rsv));
	evring_double_enter_(d, cpu);
	err = evring_ring_reserve(&d->ring, type, len, &core);
	if (err) {
		evring_double_exit_(d, cpu);
		return err;
	}
	rsv->payload = core.payload;
	rsv->pos = core.pos;
	rsv->next = core.next;
	rsv->cpu = cpu;
	return 0;
}

static struct evring_reservation evring_double_core_(const struct evring_double_reservation *rsv)
{
	struct evring_reservation core = { .payload = rsv->payload, .pos = rsv->pos,
					   .next = rsv->next };

	evring_user_cpu = rsv->cpu;
	return core;
}

void evring_double_commit(struct evring_double *d, struct evring_double_reservation *rsv)
{
	struct evring_reservation core = evring_double_core_(rsv);

	evring_ring_commit(&d->ring, &core);
	evring_double_exit_(d, rsv->cpu);
}

void evring_double_discard(struct evring_double *d, struct evring_double_reservation *rsv)
{
	struct evring_reservation core = evring_double_core_(rsv);

	evring_ring_discard(&d->ring, &core);
	evring_double_exit_(d, rsv->cpu);
}

static void evring_double_state_(struct evring_double *d, u32 state)
{
	__atomic_store_n(&d->ring.control->state, state, __ATOMIC_RELEASE);
}

void evring_double_freeze(struct evring_double *d)
{
	u32 cpu;

	pthread_mutex_lock(&d->lock);
	evring_double_stop_(d);
	WRITE_ONCE(d->ring.frozen, 1);
	for (cpu = 0; cpu < d->layout.ncpus; cpu++)
		evring_ring_seal(&d->ring, cpu);
	evring_double_state_(d, d->ring.control->state | EVRING_STATE_FROZEN);
	evring_double_go_(d);
	pthread_mutex_unlock(&d->lock);
}

void evring_double_thaw(struct evring_double *d)
{
	pthread_mutex_lock(&d->lock);
	evring_double_state_(d, d->ring.control->state & ~EVRING_STATE_FROZEN);
	WRITE_ONCE(d->ring.frozen, 0);
	pthread_mutex_unlock(&d->lock);
}

void evring_double_remove(struct evring_double *d)
{
	pthread_mutex_lock(&d->lock);
	evring_double_state_(d, d->ring.control->state | EVRING_STATE_REMOVED);
	pthread_mutex_unlock(&d->lock);
	evring_double_enter_(d, 0);
	evring_double_exit_(d, 0);
}

uint64_t evring_double_accepted(struct evring_double *d, uint32_t cpu)
{
	return evring_ring_head(&d->ring, cpu);
}

uint64_t evring_double_dropped(struct evring_double *d, uint32_t cpu)
{
	return evring_ring_drops(&d->ring, cpu);
}

/* --- readers: what the module's ioctls do --------------------------------------------- */

static struct evring_double_reader *evring_double_reader_(struct evring_double *d, int fd)
{
	u32 i;

	for (i = 0; i < EVRING_DOUBLE_READERS; i++)
		if (d->readers[i].fd == fd)
			return &d->readers[i];
	return NULL;
}

static void evring_double_floor_(struct evring_double *d)
{
	u32 cpu, i;

	for (cpu = 0; cpu < d->layout.ncpus; cpu++) {
		u64 floor = ~0ULL;

		for (i = 0; i < EVRING_DOUBLE_READERS; i++)
			if (d->readers[i].gating && d->readers[i].acked[cpu] < floor)
				floor = d->readers[i].acked[cpu];
		evring_ring_floor(&d->ring, cpu, floor);
	}
}

static int evring_double_gate_(struct evring_double *d, struct evring_double_reader *reader,
			       const struct evring_gate_args *args)
{
	u64 *seqs = (u64 *)(uintptr_t)args->seqs;
	bool leave = args->flags & EVRING_GATE_LEAVE;
	u32 cpu;

	if (leave != reader->gating)
		return leave ? -EINVAL : -EALREADY;
	evring_double_stop_(d);
	reader->gating = !leave;
	reader->evicted = false;
	for (cpu = 0; cpu < d->layout.ncpus && !leave; cpu++) {
		reader->acked[cpu] = evring_ring_head(&d->ring, cpu);
		seqs[cpu] = reader->acked[cpu];
	}
	evring_double_floor_(d);
	evring_double_go_(d);
	return 0;
}

static int evring_double_ack_(struct evring_double *d, struct evring_double_reader *reader,
			      const struct evring_position_args *args)
{
	const u64 *seqs = (const u64 *)(uintptr_t)args->seqs;
	u32 cpu;

	if (!reader->gating) {
		int err = reader->evicted ? -ETIMEDOUT : -EINVAL;

		reader->evicted = false;
		return err;
	}
	for (cpu = 0; cpu < args->ncpus; cpu++)
		if (seqs[cpu] > reader->acked[cpu])
			reader->acked[cpu] = seqs[cpu];
	evring_double_floor_(d);
	return 0;
}

static bool evring_double_more_(struct evring_double *d, const struct evring_position_args *args)
{
	const u64 *seqs = (const u64 *)(uintptr_t)args->seqs;
	u32 cpu;

	for (cpu = 0; cpu < args->ncpus; cpu++)
		if (evring_ring_head(&d->ring, cpu) > seqs[cpu])
			return true;
	return READ_ONCE(d->ring.control->state) & EVRING_STATE_REMOVED;
}

static void evring_double_arm_(struct evring_double *d, struct evring_double_reader *reader,
			       struct evring_position_args *args)
{
	u64 woken;

	while (read(reader->fd, &woken, sizeof(woken)) > 0)
		;
	__atomic_store_n(&reader->armed, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	args->more = evring_double_more_(d, args);
}

static int evring_double_asked_(struct evring_double *d, struct evring_double_reader *reader,
				unsigned long request, void *args)
{
	int err = 0;

	switch (request) {
	case 0:	/* the reader is closed */
		__atomic_store_n(&reader->armed, 0, __ATOMIC_SEQ_CST);
		evring_double_stop_(d);
		reader->fd = -1;
		reader->gating = false;
		evring_double_floor_(d);
		evring_double_go_(d);
		return 0;
	case EVRING_IOC_GATE:
		return evring_double_gate_(d, reader, args);
	case EVRING_IOC_ACK:
		err = evring_double_ack_(d, reader, args);
		/* fall through */
	case EVRING_IOC_POSITION:
		if (!err)
			evring_double_arm_(d, reader, args);
		return err;
	case EVRING_IOC_WATERMARK:
		return ((struct evring_watermark_args *)args)->bytes > d->layout.data_size / 2 ?
		       -ERANGE : 0;
	default:
		return -ENOTTY;
	}
}

static int evring_double_ask_(void *channel, const struct evring *r, unsigned long request,
			      void *args)
{
	bool freezes = request == EVRING_IOC_FREEZE || request == EVRING_IOC_THAW;
	bool writes = freezes || request == EVRING_IOC_GATE;
	struct evring_double *d = channel;
	int err;

	if (writes && !(r->flags & (EVRING_OPT_WRITABLE | EVRING_OPT_LOSSLESS)))
		return -EBADF;
	if (freezes) {
		if (request == EVRING_IOC_FREEZE)
			evring_double_freeze(d);
		else
			evring_double_thaw(d);
		return 0;
	}
	pthread_mutex_lock(&d->lock);
	err = evring_double_asked_(d, evring_double_reader_(d, r->fd), request, args);
	pthread_mutex_unlock(&d->lock);
	return err;
}

void evring_double_evict(struct evring_double *d, const struct evring *r)
{
	struct evring_double_reader *reader;

	pthread_mutex_lock(&d->lock);
	reader = evring_double_reader_(d, r->fd);
	reader->evicted = reader->gating;
	reader->gating = false;
	evring_double_floor_(d);
	pthread_mutex_unlock(&d->lock);
}

int evring_double_attach(struct evring_double *d, struct evring *r, const struct evring_opts *opts)
{
	struct evring_double_reader *reader;
	struct evring_opts o;
	int err;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	r->base = d->view;
	err = evring_opts_(r, opts, &o);
	if (err)
		return err;
	pthread_mutex_lock(&d->lock);
	reader = evring_double_reader_(d, -1);
	if (reader)
		reader->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = reader && reader->fd >= 0 ? 0 : reader ? -errno : -EMFILE;
	r->fd = err ? -1 : reader->fd;
	pthread_mutex_unlock(&d->lock);
	if (err)
		return err;
	r->ask = evring_double_ask_;
	r->channel = d;
	err = evring_setup_(r, d->layout.map_size, &o);
	if (err)
		evring_close(r);
	return err;
}

#endif /* EVRING_DOUBLE_IMPLEMENTATION */
