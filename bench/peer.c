// SPDX-License-Identifier: GPL-2.0
/* The table of peers, and what all of them go through. */
#include "peer.h"
#include "kernel/peers.h"
#include "channel.h"
#include "program.h"

#include <stdlib.h>
#include <string.h>

#define PAGE		4096U
#define PAGE_HEADER	32U	/* of a page of records, and more */
#define RECORD_HEADER	24U	/* the most that a peer writes before a record */

/* A way from a producer to a consumer. */
#define EACH		(PEER_EMITS | PEER_READS | PEER_STORES | PEER_STREAMS)

const struct peer peers[] = {
	{
		.name = "loop",
		.description = "floor: the empty loop that the module's peers run in",
		.kind = &floor_kind,
		.id = PEERS_EMPTY,
		.flags = PEER_EMITS,
	},
	{
		.name = "clock",
		.description = "floor: the loop and a time stamp",
		.kind = &floor_kind,
		.id = PEERS_CLOCK,
		.flags = PEER_EMITS,
	},
	{
		.name = "memcpy",
		.description = "floor: time stamp and memcpy() to mapped memory; a sum over it",
		.kind = &floor_kind,
		.id = PEERS_COPY,
		.flags = PEER_EMITS | PEER_READS | PEER_STORES,
	},
	{
		.name = "syscall",
		.description = "floor: a system call that does nothing, for each record",
		.kind = &call_kind,
		.flags = PEER_READS,
	},
	{
		.name = "evring",
		.description = "evring_emit() in the loop of its peers",
		.kind = &evring_kind,
		.id = PEERS_EVRING,
		.flags = PEER_EMITS | PEER_STORES | PEER_HISTORY | PEER_OVERWRITES,
	},
	{
		.name = "evring-cycles",
		.description = "the same with EVRING_CLOCK_CYCLES",
		.kind = &evring_kind,
		.id = PEERS_EVRING,
		.flags = PEER_EMITS | PEER_STORES | PEER_CYCLES,
	},
	{
		.name = "evring-inline",
		.description = "evring_emit_inline(), of a size known at run time",
		.kind = &evring_kind,
		.id = PEERS_EVRING_INLINE,
		.flags = PEER_EMITS | PEER_STORES,
	},
	{
		.name = "evring-fixed",
		.description = "evring_emit_inline(), of a size that the compiler knows",
		.kind = &evring_kind,
		.id = PEERS_EVRING_FIXED,
		.flags = PEER_EMITS | PEER_STORES | PEER_CONSTANT,
	},
	{
		.name = "evring-fixed-cycles",
		.description = "the same with EVRING_CLOCK_CYCLES",
		.kind = &evring_kind,
		.id = PEERS_EVRING_FIXED,
		.flags = PEER_EMITS | PEER_STORES | PEER_CONSTANT | PEER_CYCLES,
	},
	{
		.name = "evring-reserve",
		.description = "evring_reserve(), memcpy(), evring_commit()",
		.kind = &evring_kind,
		.id = PEERS_EVRING_RESERVE,
		.flags = PEER_EMITS | PEER_STORES,
	},
	{
		.name = "relay",
		.description = "relay_write(); its file mapped",
		.kind = &relay_kind,
		.id = PEERS_RELAY,
		.flags = EACH | PEER_WAITS | PEER_HISTORY | PEER_OVERWRITES,
	},
	{
		.name = "ftrace",
		.description = "ring_buffer_lock_reserve(); pages read as from trace_pipe_raw",
		.kind = &ftrace_kind,
		.id = PEERS_FTRACE,
		.flags = EACH | PEER_LEAKS | PEER_HISTORY | PEER_OVERWRITES,
	},
	{
		.name = "kfifo",
		.description = "a kfifo under a spin lock; read() of 64 KiB",
		.kind = &kfifo_kind,
		.id = PEERS_KFIFO,
		.flags = EACH | PEER_HISTORY,
	},
	{
		.name = "bpf-loop",
		.description = "floor: bpf_loop() with an empty callback, taken off those below",
		.kind = &program_kind,
		.id = PROGRAM_EMPTY,
		.flags = PEER_EMITS,
	},
	{
		.name = "bpf-output",
		.description = "bpf_ringbuf_output(); read by libbpf",
		.kind = &program_kind,
		.id = PROGRAM_OUTPUT,
		.flags = EACH | PEER_WAITS,
	},
	{
		.name = "bpf-reserve",
		.description = "bpf_ringbuf_reserve(), a copy, bpf_ringbuf_submit(); read by libbpf",
		.kind = &program_kind,
		.id = PROGRAM_RESERVE,
		.flags = EACH | PEER_WAITS,
	},
	{
		.name = "bpf-reserve-quiet",
		.description = "the same without wake-ups",
		.kind = &program_kind,
		.id = PROGRAM_RESERVE_QUIET,
		.flags = EACH | PEER_HISTORY,
	},
	{
		.name = "bpf-perf",
		.description = "bpf_perf_event_output(), a wake-up each; read by libbpf",
		.kind = &program_kind,
		.id = PROGRAM_PERF,
		.flags = EACH | PEER_WAITS,
	},
	{
		.name = "bpf-perf-quiet",
		.description = "the same, a wake-up each 1024 records",
		.kind = &program_kind,
		.id = PROGRAM_PERF_QUIET,
		.flags = EACH | PEER_HISTORY,
	},
};

const size_t peers_count = ARRAY_SIZE(peers);

/** peer_find() - number of the peer called @name, or -1. */
int peer_find(const char *name)
{
	return name_find(name, &peers[0].name, sizeof(peers[0]), peers_count);
}

/** peer_takes() - can it emit @payload bytes at all? */
bool peer_takes(const struct peer *p, uint32_t payload)
{
	if (!(p->flags & PEER_CONSTANT))
		return true;
	return payload == 16 || payload == 64 || payload == 256 || payload == 1024;
}

/**
 * peer_records() - how many records each of @cpus CPUs shall emit in a run.
 *
 * All peers the same, and as many as fit into the one that wastes most: the ring of
 * tracefs, which breaks no record at the end of a page. Some drop when they are full.
 */
uint64_t peer_records(const struct options *opts, uint32_t payload, unsigned int cpus)
{
	uint32_t stride = record_stride(payload) + RECORD_HEADER;
	uint32_t page = stride > PAGE - PAGE_HEADER ? opts->block : PAGE;
	uint64_t fit = opts->ring / page * ((page - PAGE_HEADER) / stride) / 16 * 15 / cpus;

	return opts->records && opts->records < fit ? opts->records : fit;
}

/** peer_open() - make the buffer; peer_close() it, also after a failure. */
int peer_open(struct peer_buffer *b, const struct peer *p, const struct options *opts,
	      uint32_t payload, bool overwrite)
{
	memset(b, 0, sizeof(*b));
	b->peer = p;
	b->opts = opts;
	b->payload = payload;
	b->overwrite = overwrite;
	return p->kind->open(b);
}

/** peer_close() - the end of it. */
void peer_close(struct peer_buffer *b)
{
	b->peer->kind->close(b);
}

/** peer_emit() - emit a burst; every record of it must have been accepted or dropped. */
int peer_emit(struct peer_buffer *b, const struct peer_burst *burst, struct peer_result *res)
{
	unsigned int cpus = (unsigned int)CPU_COUNT(burst->cpus);
	uint64_t attempted = burst->count * cpus;

	b->last = burst->count;
	b->last_cpus = cpus;
	if (b->peer->kind->emit(b, burst, res))
		return -1;
	if (interrupted())
		return fail("interrupted");
	if (res->stored + res->dropped != attempted)
		return fail("%s: %llu accepted + %llu dropped != %llu", b->peer->name,
			    (unsigned long long)res->stored, (unsigned long long)res->dropped,
			    (unsigned long long)attempted);
	return b->peer->kind->flush ? b->peer->kind->flush(b) : 0;
}

/** peer_compare() - is what was read what was accepted? */
int peer_compare(const struct peer_buffer *b, const struct tally *t, const struct peer_result *res)
{
	if (t->records == res->stored && t->sum == res->sum)
		return 0;
	return fail("%s, %u-byte payload: %llu records read, sum %llx; %llu accepted, sum %llx",
		    b->peer->name, b->payload, (unsigned long long)t->records,
		    (unsigned long long)t->sum, (unsigned long long)res->stored,
		    (unsigned long long)res->sum);
}

/**
 * peer_verify() - emit records that all differ, read them back and look at every byte.
 *
 * Nothing may be lost, as all of them fit.
 */
int peer_verify(struct peer_buffer *b, const cpu_set_t *cpus)
{
	struct peer_burst burst = {
		.count = peer_records(b->opts, b->payload, (unsigned int)CPU_COUNT(cpus)),
		.cpus = cpus,
		.varied = true,
	};
	struct tally before = { 0 }, t = { 0 };
	struct peer_result res;

	if (!(b->peer->flags & PEER_STORES))
		return 0;
	if (b->peer->kind->read(b, &before, false) || peer_emit(b, &burst, &res) ||
	    b->peer->kind->read(b, &t, true))
		return -1;
	if (res.dropped)
		return fail("%s: %llu records were dropped though there was room", b->peer->name,
			    (unsigned long long)res.dropped);
	return peer_compare(b, &t, &res);
}

/** peers_verify() - peer_verify() @n of them, before they are measured in @mode. */
int peers_verify(struct peer_buffer *all, int n, const char *mode, const cpu_set_t *cpus)
{
	int i, err = 0;

	for (i = 0; i < n && !err; i++) {
		progress("%s: %u bytes, checking %s", mode, all[i].payload, all[i].peer->name);
		err = peer_verify(&all[i], cpus);
	}
	return err;
}

/** peers_close() - close @n of them, and the list. */
void peers_close(struct peer_buffer *all, int n)
{
	while (n > 0)
		peer_close(&all[--n]);
	free(all);
}

static bool wanted(const struct options *opts, size_t i, uint32_t payload, unsigned int flags)
{
	return opts->peers & 1U << i && peers[i].flags & flags && peer_takes(&peers[i], payload);
}

/* Why is what was asked for left out? Once is enough. */
static bool missing(const struct peer *p)
{
	static const char *said;
	const char *why = p->kind->missing ? p->kind->missing(p) : NULL;

	if (why && why != said)
		note("%s and the like: left out: %s", p->name, why);
	if (why)
		said = why;
	return why;
}

/**
 * peers_open() - open each peer asked for that does one of @flags and can do it here.
 *
 * Returns how many, or -1.
 */
int peers_open(struct peer_buffer **all, const struct options *opts, uint32_t payload,
	       unsigned int flags, bool overwrite)
{
	struct peer_buffer *list = calloc(peers_count, sizeof(*list));
	int n = 0, err = 0;
	size_t i;

	if (!list)
		return fail("no memory");
	for (i = 0; i < peers_count && !err; i++) {
		if (!wanted(opts, i, payload, flags) || missing(&peers[i]))
			continue;
		err = peer_open(&list[n++], &peers[i], opts, payload, overwrite);
		if (err != PEER_SKIPPED)
			continue;
		peer_close(&list[--n]);
		err = 0;
	}
	if (err) {
		peers_close(list, n);
		return -1;
	}
	*all = list;
	return n;
}

/** peer_list() - the peers, and whether they can run here. */
void peer_list(void)
{
	const struct peer *p;
	const char *why;

	for (p = peers; p < peers + peers_count; p++) {
		why = p->kind->missing ? p->kind->missing(p) : NULL;
		printf("%-16s %s%s%s\n", p->name, p->description, why ? "; not here: " : "",
		       why ? why : "");
	}
}
