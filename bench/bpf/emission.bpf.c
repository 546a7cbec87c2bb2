// SPDX-License-Identifier: GPL-2.0
/*
 * BPF programs that emit records in a loop of the kernel's, bpf_loop(): by a BPF ring buffer
 * and by a perf buffer; and one that does nothing, for what the loop itself takes.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "buffers.h"
#include "emission.h"

/* Known when the programs are loaded, so that they are constants to the verifier. */
const volatile __u32 payload = 64;	/* bytes */
const volatile __u64 flags;		/* of the BPF ring buffer's calls */

struct emitter emitters[EMISSION_CPUS];

/**
 * struct loop - what a callback is given.
 * @ctx: the program's context.
 * @producer: number of the producer.
 * @failed: records that were not accepted.
 */
struct loop {
	void *ctx;
	__u32 producer;
	__u32 failed;
};

static __always_inline struct emitter *emitter_of(__u64 producer)
{
	return &emitters[producer & (EMISSION_CPUS - 1)];
}

static __always_inline __u32 stride(void)
{
	return (sizeof(struct evring_record) + payload + 7) & ~7U;
}

/* --- callbacks: one record each ------------------------------------------------------ */

static long empty_one(__u32 i, struct loop *l)
{
	return 0;
}

static long output_one(__u32 i, struct loop *l)
{
	struct emitter *e = emitter_of(l->producer);

	e->record.time = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(&ring, &e->record, stride(), flags))
		l->failed++;
	return 0;
}

/* The sizes of the tables as a program would write them that knows its event's; others in a loop. */
static __always_inline void copy(__u64 *to, const __u64 *from, __u32 bytes)
{
	__u32 i;

	if (bytes == 32) {
		__builtin_memcpy(to, from, 32);
	} else if (bytes == 80) {
		__builtin_memcpy(to, from, 80);
	} else if (bytes == 272) {
		__builtin_memcpy(to, from, 272);
	} else if (bytes == 1040) {
		__builtin_memcpy(to, from, 520);
		__builtin_memcpy(to + 65, from + 65, 520);
	} else {
		for (i = 0; i < bytes / 8; i++) {
			to[i] = from[i];
			/* Or the compiler would call memcpy(), which there is not. */
			asm volatile("" : "+r"(i));
		}
	}
}

static long reserve_one(__u32 i, struct loop *l)
{
	struct emitter *e = emitter_of(l->producer);
	__u64 *to = bpf_ringbuf_reserve(&ring, stride(), 0);

	if (!to) {
		l->failed++;
		return 0;
	}
	e->record.time = bpf_ktime_get_ns();
	copy(to, (const __u64 *)&e->record, stride());
	bpf_ringbuf_submit(to, flags);
	return 0;
}

static long perf_one(__u32 i, struct loop *l)
{
	struct emitter *e = emitter_of(l->producer);

	e->record.time = bpf_ktime_get_ns();
	if (bpf_perf_event_output(l->ctx, &buffer, BPF_F_CURRENT_CPU, &e->record, stride()))
		l->failed++;
	return 0;
}

/* --- the loops --------------------------------------------------------------------------- */

static __always_inline __u64 word_of(const struct emitter *e)
{
	const struct evring_event_generator *event = (const void *)e->payload;

	return event->number | (__u64)event->sum << 32;
}

static __always_inline void emit_equal(struct emitter *e, struct loop *l, __u32 count, void *one)
{
	__u64 begin = bpf_ktime_get_ns();

	bpf_loop(count, one, l, 0);
	e->elapsed_ns += bpf_ktime_get_ns() - begin;
	e->stored += count - l->failed;
	e->sum += (count - l->failed) * word_of(e);
}

/* Number and checksum of a record, and then the same loop, once. */
static __always_inline long vary_one(struct loop *l, void *one)
{
	struct emitter *e = emitter_of(l->producer);
	struct evring_event_generator *event = (void *)e->payload;

	event->sum = evring_generator_sum(event, payload);
	l->failed = 0;
	bpf_loop(1, one, l, 0);
	if (!l->failed) {
		e->stored++;
		e->sum += word_of(e);
	}
	event->number++;
	return 0;
}

#define PROGRAM(name)								\
static long name##_varied(__u32 i, struct loop *l)				\
{										\
	return vary_one(l, name##_one);						\
}										\
										\
SEC("raw_tp")									\
int emit_##name(struct bpf_raw_tracepoint_args *ctx)				\
{										\
	struct loop l = { .ctx = ctx, .producer = (__u32)ctx->args[0] };	\
										\
	if (ctx->args[2])							\
		bpf_loop((__u32)ctx->args[1], name##_varied, &l, 0);		\
	else									\
		emit_equal(emitter_of(l.producer), &l, (__u32)ctx->args[1],	\
			   name##_one);						\
	return 0;								\
}

PROGRAM(empty)
PROGRAM(output)
PROGRAM(reserve)
PROGRAM(perf)

char _license[] SEC("license") = "GPL";
