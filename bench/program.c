// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that are BPF programs: by a BPF ring buffer and by a perf buffer, read by libbpf.
 *
 * A program runs in bpf_loop(), which BPF_PROG_TEST_RUN starts on the CPU of the thread
 * that asks for it. What the loop takes with an empty callback is taken off.
 */
#include "peer.h"
#include "program.h"

#include <errno.h>

#ifdef HAVE_SKELETON
#include "bpf/emission.h"
#include "channel.h"
#include "emission.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define RING_PAGES		3U	/* of a BPF ring buffer: its head and two positions */
#define PERF_PAGES		1U	/* of a perf buffer: its positions */
#define PERF_EVENTS_QUIET	1024U	/* records to a wake-up */

struct program_data;

/**
 * struct producer - a thread that has a program run on its CPU.
 * @data: whose.
 * @program: descriptor of the program.
 * @burst: what shall be emitted.
 * @start: all are there.
 * @index: its number, and its entry in emitters[].
 * @cpu: its CPU.
 * @err: 0, or -errno.
 */
struct producer {
	struct program_data *data;
	int program;
	const struct peer_burst *burst;
	pthread_barrier_t *start;
	unsigned int index;
	int cpu;
	int err;
	pthread_t thread;
};

/**
 * struct program_data - a loaded program, its buffer and its reader.
 * @skel: programs and maps.
 * @ring: reader of a BPF ring buffer, or NULL.
 * @perf: reader of a perf buffer, or NULL.
 * @payload: bytes of payload.
 * @check: look at all of a record.
 * @tally: what was read.
 * @err: a record was not what it should be.
 */
struct program_data {
	struct emission *skel;
	struct ring_buffer *ring;
	struct perf_buffer *perf;
	uint32_t payload;
	bool check;
	struct tally tally;
	int err;
};

static struct bpf_program *program_of(const struct emission *skel, uint32_t id)
{
	switch (id) {
	case PROGRAM_OUTPUT:
		return skel->progs.emit_output;
	case PROGRAM_RESERVE:
	case PROGRAM_RESERVE_QUIET:
		return skel->progs.emit_reserve;
	case PROGRAM_PERF:
	case PROGRAM_PERF_QUIET:
		return skel->progs.emit_perf;
	default:
		return skel->progs.emit_empty;
	}
}

static bool is_perf(uint32_t id)
{
	return id == PROGRAM_PERF || id == PROGRAM_PERF_QUIET;
}

static bool is_quiet(uint32_t id)
{
	return id == PROGRAM_RESERVE_QUIET || id == PROGRAM_PERF_QUIET;
}

/* --- loading --------------------------------------------------------------------------- */

/* The program that is asked for, and the empty one beside it. */
static int load(struct emission *skel, uint32_t id, uint32_t payload, uint64_t bytes)
{
	struct bpf_program *wanted = program_of(skel, id), *each;
	bool ring = id != PROGRAM_EMPTY && !is_perf(id);

	bpf_object__for_each_program(each, skel->obj)
		bpf_program__set_autoload(each, each == wanted || each == skel->progs.emit_empty);
	bpf_map__set_autocreate(skel->maps.buffer, is_perf(id));
	bpf_map__set_autocreate(skel->maps.ring, ring);
	if (ring)
		bpf_map__set_max_entries(skel->maps.ring, (uint32_t)bytes);
	skel->rodata->payload = payload;
	skel->rodata->flags = is_quiet(id) ? BPF_RB_NO_WAKEUP : 0;
	return emission__load(skel);
}

/* libbpf is silent: why a program cannot be loaded is said in our own words. */
static int silence(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!getenv("EVBENCH_LIBBPF") || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

/* Can this kernel load them at all? */
static const char *program_missing(const struct peer *p)
{
	static char why[120];
	static bool tried;
	struct emission *skel;
	int err = -ENOMEM;

	(void)p;
	if (tried)
		return why[0] ? why : NULL;
	tried = true;
	libbpf_set_print(silence);
	skel = emission__open();
	if (skel)
		err = load(skel, PROGRAM_EMPTY, 64, 0);
	if (err)
		snprintf(why, sizeof(why), "their BPF programs cannot be loaded: %s", strerror(-err));
	emission__destroy(skel);
	return why[0] ? why : NULL;
}

/* --- reading --------------------------------------------------------------------------- */

static int on_ring(void *ctx, void *record, size_t size)
{
	struct program_data *d = ctx;

	(void)size;
	return peer_take(record, d->payload, &d->tally, false);
}

static int on_ring_checked(void *ctx, void *record, size_t size)
{
	struct program_data *d = ctx;

	(void)size;
	d->err |= peer_take(record, d->payload, &d->tally, true);
	return 0;
}

static void on_perf(void *ctx, int cpu, void *record, __u32 size)
{
	struct program_data *d = ctx;

	(void)cpu;
	(void)size;
	if (__builtin_expect(d->check, 0))
		d->err |= peer_take(record, d->payload, &d->tally, true);
	else
		peer_take(record, d->payload, &d->tally, false);
}

/* The program counts them too, each of them, when they happen. */
static void on_lost(void *ctx, int cpu, __u64 count)
{
	(void)ctx;
	(void)cpu;
	(void)count;
}

/* The same for a buffer whose counters we describe ourselves. */
static enum bpf_perf_event_ret on_event(void *ctx, int cpu, struct perf_event_header *header)
{
	const struct { struct perf_event_header header; __u32 size; char data[]; } *sample =
		(const void *)header;

	if (header->type == PERF_RECORD_SAMPLE)
		on_perf(ctx, cpu, (void *)sample->data, sample->size);
	return LIBBPF_PERF_EVENT_CONT;
}

/* libbpf's own way wakes the reader with every record. */
static struct perf_buffer *open_perf(struct program_data *d, uint32_t id, size_t pages)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_BPF_OUTPUT, .sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1, .wakeup_events = PERF_EVENTS_QUIET,
	};
	int map = bpf_map__fd(d->skel->maps.buffer);

	if (is_quiet(id))
		return perf_buffer__new_raw(map, pages, &attr, on_event, d, NULL);
	return perf_buffer__new(map, pages, on_perf, on_lost, d, NULL);
}

static int open_reader(struct peer_buffer *b)
{
	struct program_data *d = b->data;

	if (b->peer->id == PROGRAM_EMPTY)
		return 0;
	if (is_perf(b->peer->id))
		d->perf = open_perf(d, b->peer->id,
				    b->opts->ring / (size_t)sysconf(_SC_PAGESIZE));
	else
		d->ring = ring_buffer__new(bpf_map__fd(d->skel->maps.ring), on_ring, d, NULL);
	return d->ring || d->perf ? 0 : fail("%s: the reader: %s", b->peer->name, strerror(errno));
}

/* A reader of the ring calls back one function or another, not one that must choose. */
static int consume_ring(struct program_data *d)
{
	struct ring_buffer *checking;
	int got;

	if (!d->check)
		return ring_buffer__consume(d->ring);
	checking = ring_buffer__new(bpf_map__fd(d->skel->maps.ring), on_ring_checked, d, NULL);
	if (!checking)
		return -errno;
	got = ring_buffer__consume(checking);
	ring_buffer__free(checking);
	return got;
}

static int program_read(struct peer_buffer *b, struct tally *t, bool check)
{
	struct program_data *d = b->data;
	int err;

	memset(&d->tally, 0, sizeof(d->tally));
	d->err = 0;
	d->check = check;
	err = d->perf ? perf_buffer__consume(d->perf) : consume_ring(d);
	if (err < 0)
		return fail("%s: %s", b->peer->name, strerror(-err));
	t->records += d->tally.records;
	t->sum += d->tally.sum;
	return d->err;
}

static int program_wait(struct peer_buffer *b, int ms)
{
	struct program_data *d = b->data;
	int epoll = d->perf ? perf_buffer__epoll_fd(d->perf) : ring_buffer__epoll_fd(d->ring);
	struct epoll_event events[EMISSION_CPUS];

	if (epoll_wait(epoll, events, EMISSION_CPUS, ms) < 0 && errno != EINTR)
		return fail("%s: epoll_wait: %s", b->peer->name, strerror(errno));
	return 0;
}

/* --- emitting --------------------------------------------------------------------------- */

static void fill(struct emitter *e, uint32_t payload, unsigned int cpu)
{
	struct evring_event_generator *event = (void *)e->payload;
	uint32_t i;

	memset(e, 0, sizeof(*e));
	e->record.type = EVRING_TYPE_GENERATOR;
	e->record.size = (uint16_t)(sizeof(e->record) + payload);
	event->common.type = EVRING_TYPE_GENERATOR;
	event->common.pid = (int)getpid();
	for (i = 0; i < payload - sizeof(*event); i++)
		e->payload[sizeof(*event) + i] = evring_generator_fill(cpu, 0, i);
	event->sum = evring_generator_sum(event, payload);
}

static void *produce(void *arg)
{
	struct producer *p = arg;
	struct emission_args args = { .producer = p->index, .varied = p->burst->varied };
	uint64_t left = p->burst->count;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &args, .ctx_size_in = sizeof(args));

	cpu_pin(p->cpu);
	fill(&p->data->skel->bss->emitters[p->index], p->data->payload, (unsigned int)p->cpu);
	pthread_barrier_wait(p->start);
	for (; left && !p->err; left -= args.count) {
		args.count = left < EMISSION_CHUNK ? left : EMISSION_CHUNK;
		p->err = bpf_prog_test_run_opts(p->program, &opts);
	}
	return NULL;
}

/* The threads, one for each CPU, and the end of them. */
static int produce_all(struct producer *all, unsigned int n)
{
	pthread_barrier_t start;
	unsigned int i, started;
	int err = 0;

	pthread_barrier_init(&start, NULL, n);
	for (started = 0; started < n; started++) {
		all[started].start = &start;
		err = pthread_create(&all[started].thread, NULL, produce, &all[started]);
		if (err)
			break;
	}
	/* Those that wait for one that will not come would wait for ever. */
	if (err) {
		fail("no thread to emit: %s", strerror(err));
		exit(EXIT_FAILURE);
	}
	for (i = 0; i < n; i++) {
		pthread_join(all[i].thread, NULL);
		err = all[i].err ? all[i].err : err;
	}
	pthread_barrier_destroy(&start);
	return err ? fail("running a BPF program: %s", strerror(-err)) : 0;
}

static int run_program(struct program_data *d, struct bpf_program *program,
		       const struct peer_burst *burst, struct peer_result *res)
{
	struct producer all[EMISSION_CPUS];
	unsigned int n = 0, i;
	int cpu;

	if (CPU_COUNT(burst->cpus) > (int)EMISSION_CPUS)
		return fail("BPF programs: on %u CPUs at most", EMISSION_CPUS);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!cpu_in(cpu, burst->cpus))
			continue;
		all[n] = (struct producer){
			.data = d, .program = bpf_program__fd(program), .burst = burst,
			.index = n, .cpu = cpu,
		};
		n++;
	}
	if (produce_all(all, n))
		return -1;
	memset(res, 0, sizeof(*res));
	for (i = 0; i < n; i++) {
		const struct emitter *e = &d->skel->bss->emitters[i];

		if (e->elapsed_ns > res->elapsed_ns)
			res->elapsed_ns = e->elapsed_ns;
		res->stored += e->stored;
		res->dropped += burst->count - e->stored;
		res->sum += e->sum;
	}
	return 0;
}

/* The program, and before it the loop without anything in it. */
static int program_emit(struct peer_buffer *b, const struct peer_burst *burst,
			struct peer_result *res)
{
	struct program_data *d = b->data;
	struct peer_result empty = { 0 };

	if (b->peer->id != PROGRAM_EMPTY && !burst->varied && !burst->beside &&
	    run_program(d, d->skel->progs.emit_empty, burst, &empty))
		return -1;
	if (run_program(d, program_of(d->skel, b->peer->id), burst, res))
		return -1;
	res->elapsed_ns -= empty.elapsed_ns < res->elapsed_ns ? empty.elapsed_ns : res->elapsed_ns;
	return 0;
}

/* --- the whole --------------------------------------------------------------------------- */

static int program_open(struct peer_buffer *b)
{
	struct program_data *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return fail("no memory");
	b->data = d;
	d->payload = b->payload;
	if (b->payload > EMISSION_PAYLOAD) {
		note("%s: skipped for %u bytes: too large for it", b->peer->name, b->payload);
		return PEER_SKIPPED;
	}
	d->skel = emission__open();
	if (!d->skel)
		return fail("%s: %s", b->peer->name, strerror(errno));
	err = load(d->skel, b->peer->id, b->payload, b->opts->ring);
	if (err)
		return fail("%s: loading the BPF program: %s", b->peer->name, strerror(-err));
	return open_reader(b);
}

/* A BPF ring buffer maps its records twice; a perf buffer is one CPU's. */
static int program_memory(const struct peer_buffer *b, uint64_t *bytes)
{
	uint64_t pages = peer_pages(b->opts->ring);

	if (is_perf(b->peer->id))
		*bytes = peer_memory(PERF_PAGES + pages, pages);
	else
		*bytes = peer_memory(RING_PAGES + pages, RING_PAGES + 2 * pages);
	return 0;
}

static void program_close(struct peer_buffer *b)
{
	struct program_data *d = b->data;

	if (!d)
		return;
	ring_buffer__free(d->ring);
	perf_buffer__free(d->perf);
	emission__destroy(d->skel);
	free(d);
}

const struct peer_kind program_kind = {
	.missing = program_missing,
	.open = program_open,
	.emit = program_emit,
	.read = program_read,
	.wait = program_wait,
	.memory = program_memory,
	.close = program_close,
};

#else

static const char *program_missing(const struct peer *p)
{
	(void)p;
	return "evbench was built without clang, bpftool or libbpf: packaging/deps bpf, and make";
}

const struct peer_kind program_kind = {
	.missing = program_missing,
};

#endif
