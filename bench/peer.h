/* SPDX-License-Identifier: GPL-2.0 */
/* evring's peers: other ways to hand records to user space. */
#ifndef EVBENCH_PEER_H
#define EVBENCH_PEER_H

#include "backend.h"
#include "evbench.h"

#include <string.h>
#include <unistd.h>

struct peer;
struct peer_buffer;

/** PEER_EMITS - it has a producer whose cost is measured. */
#define PEER_EMITS	(1U << 0)
/** PEER_READS - it has a consumer whose cost is measured. */
#define PEER_READS	(1U << 1)
/** PEER_STORES - what it emits can be read back, so that every record can be checked. */
#define PEER_STORES	(1U << 2)
/** PEER_CONSTANT - emits sizes that the compiler knows: see peer_takes(). */
#define PEER_CONSTANT	(1U << 3)
/** PEER_CYCLES - stamps by EVRING_CLOCK_CYCLES. */
#define PEER_CYCLES	(1U << 4)
/** PEER_STREAMS - can be read while it is emitted to. */
#define PEER_STREAMS	(1U << 5)
/** PEER_WAITS - its reader can sleep until there is something. */
#define PEER_WAITS	(1U << 6)
/** PEER_LEAKS - may lose records without telling when it is read while it is emitted to. */
#define PEER_LEAKS	(1U << 7)
/** PEER_HISTORY - its buffer's memory is known: one of those that use buffers of a kind. */
#define PEER_HISTORY	(1U << 8)
/** PEER_OVERWRITES - keeps the newest records when it is full, if it is opened so. */
#define PEER_OVERWRITES	(1U << 9)

/** PEER_SKIPPED - an error: it cannot do that, but others can. */
#define PEER_SKIPPED	(-EXIT_SKIPPED)

/**
 * struct peer_burst - what shall be emitted.
 * @count: records for each CPU.
 * @first: number of the first one (of the module's peers).
 * @cpus: the CPUs.
 * @varied: each record has a number and a checksum of its own.
 * @beside: a reader is at work beside it: what is wanted is the records, not their cost.
 */
struct peer_burst {
	uint64_t count;
	uint32_t first;
	const cpu_set_t *cpus;
	bool varied;
	bool beside;
};

/**
 * struct peer_result - what came of it.
 * @elapsed_ns: the longest time that a CPU took.
 * @stored: records accepted.
 * @dropped: records that were not.
 * @sum: sum of record_word() of those accepted.
 */
struct peer_result {
	uint64_t elapsed_ns;
	uint64_t stored;
	uint64_t dropped;
	uint64_t sum;
};

/**
 * struct peer_kind - what peers of a kind have in common.
 * @missing: why it cannot run on this machine, or NULL if it can.
 * @open: make the buffer; close() follows also after a failure. PEER_SKIPPED: this peer
 *	cannot do it, and why was said.
 * @emit: emit, and wait for the end of it.
 * @read: read until it is empty. @check: every record's checksum as well.
 * @wait: sleep until there is something to read, at most @ms milliseconds (PEER_WAITS).
 * @flush: emitting has ended: let the reader have what is there; may be NULL.
 * @memory: kernel memory that the buffer takes, of one CPU if each has one (PEER_HISTORY).
 * @close: free it.
 */
struct peer_kind {
	const char *(*missing)(const struct peer *p);
	int (*open)(struct peer_buffer *b);
	int (*emit)(struct peer_buffer *b, const struct peer_burst *burst, struct peer_result *res);
	int (*read)(struct peer_buffer *b, struct tally *t, bool check);
	int (*wait)(struct peer_buffer *b, int ms);
	int (*flush)(struct peer_buffer *b);
	int (*memory)(const struct peer_buffer *b, uint64_t *bytes);
	void (*close)(struct peer_buffer *b);
};

/**
 * struct peer - a way to hand records over.
 * @name: for -b and the tables.
 * @description: for evbench list.
 * @id: enum peers_backend_id, or the kind's own number.
 * @flags: PEER_*.
 */
struct peer {
	const char *name;
	const char *description;
	const struct peer_kind *kind;
	uint32_t id;
	unsigned int flags;
};

/**
 * struct peer_buffer - a peer's buffer, and what reads it.
 * @payload: bytes of payload of each record.
 * @overwrite: when full, the oldest record goes, not the newest.
 * @last: what was emitted last.
 * @last_cpus: by so many CPUs.
 * @data: the kind's own.
 */
struct peer_buffer {
	const struct peer *peer;
	const struct options *opts;
	uint32_t payload;
	bool overwrite;
	uint64_t last;
	unsigned int last_cpus;
	void *data;
};

extern const struct peer peers[];
extern const size_t peers_count;

extern const struct peer_kind floor_kind;
extern const struct peer_kind call_kind;
extern const struct peer_kind evring_kind;
extern const struct peer_kind relay_kind;
extern const struct peer_kind ftrace_kind;
extern const struct peer_kind kfifo_kind;
extern const struct peer_kind program_kind;

int peer_find(const char *name);
bool peer_takes(const struct peer *p, uint32_t payload);
uint64_t peer_records(const struct options *opts, uint32_t payload, unsigned int cpus);
int peer_open(struct peer_buffer *b, const struct peer *p, const struct options *opts,
	      uint32_t payload, bool overwrite);
void peer_close(struct peer_buffer *b);
int peer_emit(struct peer_buffer *b, const struct peer_burst *burst, struct peer_result *res);
int peer_compare(const struct peer_buffer *b, const struct tally *t,
		 const struct peer_result *res);
int peer_verify(struct peer_buffer *b, const cpu_set_t *cpus);
void peer_list(void);

/* The sessions of a mode: every peer asked for that has one of @flags and takes @payload. */
int peers_open(struct peer_buffer **all, const struct options *opts, uint32_t payload,
	       unsigned int flags, bool overwrite);
void peers_close(struct peer_buffer *all, int n);
int peers_verify(struct peer_buffer *all, int n, const char *mode, const cpu_set_t *cpus);
int peers_emit(const struct options *opts, uint32_t payload, struct report *r);
int peers_consume(const struct options *opts, uint32_t payload, struct report *r);
int peers_stream(const struct options *opts, uint32_t payload, struct report *r);

/* device.c: the module of the peers. */
const char *device_missing(const struct peer *p);
int device_open(const struct peer_buffer *b, const char *name);
int device_emit(int fd, const struct peer_burst *burst, struct peer_result *res);
void device_unload(void);

/** DEVICE_ROOM - bytes that a read() of the module's may return. */
#define DEVICE_ROOM	(64U << 10)

/**
 * struct device_reader - a session of the module's whose records are had by read().
 * @fd: the session.
 * @room: where read() copies to.
 */
struct device_reader {
	int fd;
	void *room;
};

int device_reader_open(struct peer_buffer *b);
void device_reader_close(struct peer_buffer *b);
int device_reader_emit(struct peer_buffer *b, const struct peer_burst *burst,
		       struct peer_result *res);

/** peer_pages() - pages of @bytes of records. */
static inline uint64_t peer_pages(uint64_t bytes)
{
	return bytes / (uint64_t)sysconf(_SC_PAGESIZE);
}

/** peer_memory() - bytes of @pages pages and of @words pointers, or numbers, beside them. */
static inline uint64_t peer_memory(uint64_t pages, uint64_t words)
{
	return pages * (uint64_t)sysconf(_SC_PAGESIZE) + words * sizeof(void *);
}

/** peer_check() - is the record @at, aligned to 4 bytes, what was emitted? -1 if not, and it is said. */
static inline int peer_check(const void *at, uint32_t payload)
{
	const void *body = (const char *)at + sizeof(struct evring_record);
	struct evring_event_generator event;
	struct evring_record record;

	memcpy(&record, at, sizeof(record));
	memcpy(&event, body, sizeof(event));
	if (record.size == sizeof(record) + payload && record.type == EVRING_TYPE_GENERATOR &&
	    evring_generator_sum(body, payload) == event.sum)
		return 0;
	return fail("a record of type %#x, %u bytes, number %u is not what was emitted",
		    record.type, record.size, event.number);
}

/**
 * peer_take() - count the record @at, and sum its word.
 * @check: look at all of it as well.
 *
 * Returns -1, having said why, if it is not what was emitted.
 */
static inline __attribute__((always_inline)) int
peer_take(const void *at, uint32_t payload, struct tally *t, bool check)
{
	if (check && peer_check(at, payload))
		return -1;
	t->records++;
	t->sum += record_word((const char *)at + sizeof(struct evring_record));
	return 0;
}

static inline __attribute__((always_inline)) int
peer_walk_(const char *at, size_t len, uint32_t payload, struct tally *t, bool check)
{
	const char *end = at + len;
	const struct evring_record *record;

	while (at < end) {
		record = (const void *)at;
		if (peer_take(record, payload, t, check))
			return -1;
		at += (record->size + 7U) & ~7U;
	}
	return 0;
}

/**
 * peer_walk() - peer_take() all records, one behind the other, in @len bytes from @at on.
 *
 * Returns -1 as it does. The loop that is timed asks for no check in each round.
 */
static inline int peer_walk(const char *at, size_t len, uint32_t payload, struct tally *t,
			    bool check)
{
	return check ? peer_walk_(at, len, payload, t, true) :
		       peer_walk_(at, len, payload, t, false);
}

#endif /* EVBENCH_PEER_H */
