// SPDX-License-Identifier: GPL-2.0
/*
 * BPF programs that hand over what the generator emits: a kprobe on the function of
 * evring's generator that emits, with a BPF ring buffer or a perf buffer, read by libbpf.
 */
#include "evbench.h"
#include "tap.h"

#ifdef HAVE_SKELETON
#include "bpf/tap.h"
#include "tapping.skel.h"

#include <asm/ptrace.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The function of evring's generator that is given a payload as its second argument. */
#define GENERATOR	"generator_emit"

#if defined(__x86_64__)
#define SECOND_ARGUMENT	offsetof(struct pt_regs, rsi)
#elif defined(__aarch64__)
#define SECOND_ARGUMENT	offsetof(struct user_pt_regs, regs[1])
#endif

#define PERF_PAGES	256U	/* for each CPU */

/**
 * struct tap - a program at the generator, its buffer and its reader.
 * @skel: program and map.
 * @ring: reader of a BPF ring buffer, or NULL.
 * @perf: reader of a perf buffer, or NULL.
 * @fn: who gets the records.
 * @ctx: for @fn.
 * @lost: records that perf says were lost.
 * @err: @fn said -1.
 */
struct tap {
	struct tapping *skel;
	struct ring_buffer *ring;
	struct perf_buffer *perf;
	tap_fn fn;
	void *ctx;
	uint64_t lost;
	int err;
};

static int pass_on(struct tap *t, const void *data)
{
	const struct tap_record *r = data;

	if (!t->err)
		t->err = t->fn(t->ctx, r->payload, sizeof(r->payload), r->time);
	return t->err;
}

static int take_ring(void *ctx, void *data, size_t size)
{
	(void)size;
	return pass_on(ctx, data);
}

static void take_perf(void *ctx, int cpu, void *data, __u32 size)
{
	(void)cpu;
	(void)size;
	pass_on(ctx, data);
}

static void lose_perf(void *ctx, int cpu, __u64 count)
{
	struct tap *t = ctx;

	(void)cpu;
	t->lost += count;
}

/* libbpf is silent: why a program cannot be had is said in our own words. */
static int be_silent(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!getenv("EVBENCH_LIBBPF") || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

/* The program and its map, at the generator. NULL: errno tells. */
static struct tapping *load(bool perf)
{
	struct tapping *skel = tapping__open();
	struct bpf_program *program;
	struct bpf_link *link = NULL;

	if (!skel)
		return NULL;
#ifdef SECOND_ARGUMENT
	skel->rodata->second_argument = SECOND_ARGUMENT;
#endif
	program = perf ? skel->progs.tap_perf : skel->progs.tap_ring;
	bpf_program__set_autoload(skel->progs.tap_ring, !perf);
	bpf_program__set_autoload(skel->progs.tap_perf, perf);
	bpf_map__set_autocreate(skel->maps.ring, !perf);
	bpf_map__set_autocreate(skel->maps.buffer, perf);
	if (!tapping__load(skel))
		link = bpf_program__attach_kprobe(program, false, GENERATOR);
	if (link) {
		*(perf ? &skel->links.tap_perf : &skel->links.tap_ring) = link;
		return skel;
	}
	tapping__destroy(skel);
	return NULL;
}

/** tap_missing() - why this machine cannot do it, or NULL. */
const char *tap_missing(void)
{
#ifdef SECOND_ARGUMENT
	static char why[120];
	struct tapping *skel;

	libbpf_set_print(be_silent);
	skel = load(false);
	if (!skel)
		snprintf(why, sizeof(why), "no BPF program can be put at the generator: %s",
			 strerror(errno));
	tapping__destroy(skel);
	return why[0] ? why : NULL;
#else
	return "where this machine has a function's second argument is not known";
#endif
}

/** tap_open() - from now on @fn gets what generators emit to any channel. NULL: why was said. */
struct tap *tap_open(bool perf, tap_fn fn, void *ctx)
{
	struct tap *t = calloc(1, sizeof(*t));

	if (!t) {
		fail("no memory");
		return NULL;
	}
	t->fn = fn;
	t->ctx = ctx;
	t->skel = load(perf);
	if (t->skel && perf)
		t->perf = perf_buffer__new(bpf_map__fd(t->skel->maps.buffer), PERF_PAGES, take_perf,
					   lose_perf, t, NULL);
	else if (t->skel)
		t->ring = ring_buffer__new(bpf_map__fd(t->skel->maps.ring), take_ring, t, NULL);
	if (t->perf || t->ring)
		return t;
	fail("a BPF program at the generator: %s", strerror(errno));
	tap_close(t);
	return NULL;
}

/** tap_poll() - sleep by epoll until there is something, at most @ms; pass all of it on. */
int tap_poll(struct tap *t, int ms)
{
	int got = t->perf ? perf_buffer__poll(t->perf, ms) : ring_buffer__poll(t->ring, ms);

	if (t->err || (got < 0 && got != -EINTR))
		return t->err ? -1 : fail("libbpf: %s", strerror(-got));
	return 0;
}

/** tap_lost() - records that perf says were lost; the BPF ring buffer tells of none. */
uint64_t tap_lost(const struct tap *t)
{
	return t->lost;
}

/** tap_close() - take the program away. */
void tap_close(struct tap *t)
{
	perf_buffer__free(t->perf);
	ring_buffer__free(t->ring);
	tapping__destroy(t->skel);
	free(t);
}

#else

const char *tap_missing(void)
{
	return "evbench was built without clang, bpftool or libbpf-dev; run packaging/deps bpf";
}

struct tap *tap_open(bool perf, tap_fn fn, void *ctx)
{
	(void)perf;
	(void)fn;
	(void)ctx;
	return NULL;
}

int tap_poll(struct tap *t, int ms)
{
	(void)t;
	(void)ms;
	return -1;
}

uint64_t tap_lost(const struct tap *t)
{
	(void)t;
	return 0;
}

void tap_close(struct tap *t)
{
	(void)t;
}

#endif /* HAVE_SKELETON */
