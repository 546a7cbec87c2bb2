/* SPDX-License-Identifier: GPL-2.0 */
/* What a backend is, and the one loop that all of them are measured in. */
#ifndef PEERS_BACKEND_H
#define PEERS_BACKEND_H

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <uapi/linux/evring.h>
#include "peers.h"

struct peers_backend;

/**
 * struct peers_session - an open descriptor.
 * @lock: one SETUP or read at a time.
 * @running: one RUN at a time.
 * @setup: what was asked for.
 * @backend: NULL until it was set up.
 * @data: the backend's own.
 */
struct peers_session {
	struct mutex lock;	/* SETUP and read */
	struct mutex running;	/* RUN and FLUSH */
	struct peers_setup setup;
	const struct peers_backend *backend;
	void *data;
};

/**
 * struct peers_producer - a thread that emits on one CPU.
 * @session: where to.
 * @ring: what the emit function works on.
 * @record: the record: header, payload, rounded up to 8 bytes.
 * @len: bytes of payload.
 * @cpu: its CPU.
 * @index: its number among the threads of the run.
 * @total: how many they are.
 */
struct peers_producer {
	struct peers_session *session;
	void *ring;
	struct evring_record *record;
	u32 len;
	unsigned int cpu;
	unsigned int index;
	unsigned int total;
};

/**
 * struct peers_backend - a way to hand records over.
 * @open: make what @setup asks for, as @data.
 * @close: the end of it.
 * @attach: set @ring of a producer that is about to start; NULL: it is @data. What it
 *	makes is freed by detach().
 * @detach: the producer has ended.
 * @loop: emit the producer's record @n times; returns how many were not accepted.
 * @read: for user space, or NULL.
 * @mmap: the same.
 */
struct peers_backend {
	int (*open)(struct peers_session *s);
	void (*close)(struct peers_session *s);
	int (*attach)(struct peers_session *s, struct peers_producer *p);
	void (*detach)(struct peers_producer *p);
	u32 (*loop)(struct peers_producer *p, u32 n);
	ssize_t (*read)(struct peers_session *s, char __user *to, size_t room);
	int (*mmap)(struct peers_session *s, struct vm_area_struct *vma);
};

extern const struct peers_backend peers_empty;
extern const struct peers_backend peers_clock;
extern const struct peers_backend peers_copy;
extern const struct peers_backend peers_evring;
extern const struct peers_backend peers_evring_reserve;
extern const struct peers_backend peers_evring_inline;
extern const struct peers_backend peers_evring_fixed;
extern const struct peers_backend peers_relay;
extern const struct peers_backend peers_ftrace;
extern const struct peers_backend peers_kfifo;
extern const struct peers_backend peers_tracing;

int peers_run(struct peers_session *s, struct peers_run *run);
int peers_relay_look(struct peers_session *s, struct peers_relay *look);
void peers_relay_flush(struct peers_session *s);
int peers_relay_init(void);
void peers_relay_exit(void);

/* Bytes that a record with @len bytes of payload takes. */
static inline u32 peers_stride(u32 len)
{
	return ALIGN((u32)sizeof(struct evring_record) + len, 8);
}

/* The one clock. */
static __always_inline u64 peers_now(void)
{
	return ktime_get_mono_fast_ns();
}

/*
 * The one loop. @emit is a constant wherever this is called, so that its code stands in the
 * loop itself; it returns whether the record was accepted. The barrier keeps the compiler
 * from doing once what is asked for @n times.
 */
static __always_inline u32 peers_loop(struct peers_producer *p, u32 n, u32 len,
				      bool (*emit)(void *ring, struct evring_record *record,
						   u32 len))
{
	struct evring_record *record = p->record;
	void *ring = p->ring;
	u32 failed = 0;

	while (n--) {
		failed += !emit(ring, record, len);
		barrier();
	}
	return failed;
}

#endif /* PEERS_BACKEND_H */
