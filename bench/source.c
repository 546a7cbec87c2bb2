// SPDX-License-Identifier: GPL-2.0
/*
 * What an event of the kernel's costs whom it happens to, recorded in several ways.
 *
 * The event is a system call, getppid(), in a loop; its cost is what the loop takes longer
 * than without a recorder. evring's sources stand beside perf's own ring, set up as perf
 * record does, the ring of tracefs, which trace-cmd reads, and a BPF program that hands time,
 * thread and number of the call over as bpftrace does, by a perf buffer or a BPF ring buffer.
 * Nobody reads meanwhile, and every ring has room for the whole run.
 */
#include "channel.h"
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS		20000U
#define INSTANCE	TRACEFS "/instances/evbench"
#define PERF_PAGES	2048U	/* of data; a power of two */
#define TRACEFS_KIB	"8192"
#define SETTLE_US	300000
#define BPF_RING	(8U << 20)
#define BPF_EVENT	24	/* bytes that the BPF program hands over */

#if defined(__x86_64__)
#define GETPPID		"__x64_sys_getppid"
#elif defined(__aarch64__)
#define GETPPID		"__arm64_sys_getppid"
#else
#define GETPPID		"sys_getppid"
#endif

/** enum recorder - who records. */
enum recorder {
	EVRING_DIRECT,	/* evring, direct probe */
	EVRING_COUNTER,	/* evring, perf counter */
	PERF_RING,	/* perf's ring, as perf record */
	TRACEFS_RING,	/* tracefs's ring, as trace-cmd record */
	BPF_PERF,	/* a BPF program, by a perf buffer */
	BPF_RINGBUF,	/* a BPF program, by a BPF ring buffer */
};

static const struct way {
	const char *event;
	const char *recorder;
	enum recorder kind;
} ways[] = {
	{ "raw_syscalls/sys_enter", "evring fast:", EVRING_DIRECT },
	{ "raw_syscalls/sys_enter", "evring", EVRING_COUNTER },
	{ "raw_syscalls/sys_enter", "perf", PERF_RING },
	{ "raw_syscalls/sys_enter", "tracefs", TRACEFS_RING },
	{ "raw_syscalls/sys_enter", "BPF perf buf", BPF_PERF },
	{ "raw_syscalls/sys_enter", "BPF ring buf", BPF_RINGBUF },
	{ "evbench/getppid", "evring", EVRING_COUNTER },
	{ "evbench/getppid", "perf", PERF_RING },
	{ "evbench/getppid", "tracefs", TRACEFS_RING },
};

#define NWAYS	(ARRAY_SIZE(ways))

/**
 * struct recording - a recorder at work.
 * @ch: the channel, of evring's.
 * @source: evring's source.
 * @counter: descriptor of perf's counter, or -1.
 * @ring: perf's ring, or MAP_FAILED.
 * @map: the BPF program's map, or -1.
 * @program: the BPF program, or -1.
 * @link: what attaches it, or -1.
 * @produced: the BPF ring buffer's page with its producer's position, or MAP_FAILED.
 * @page: bytes of a page.
 */
struct recording {
	const struct way *way;
	struct channel *ch;
	uint32_t source;
	int counter;
	struct perf_event_mmap_page *ring;
	int map;
	int program;
	int link;
	uint64_t *produced;
	size_t page;
};

/* --- recorders ----------------------------------------------------------------------- */

static int evring_start(struct recording *rec)
{
	struct evring_attach_args args = {
		.size = sizeof(args), .kind = EVRING_SOURCE_PROBE,
		.probe.events = EVRING_PROBE_SYS_ENTER,
	};

	if (rec->way->kind == EVRING_COUNTER)
		return channel_record(rec->ch, rec->way->event, &rec->source);
	return channel_attach(rec->ch, &args, rec->way->event, &rec->source);
}

static int perf_open(struct recording *rec, struct perf_event_attr *attr, int cpu)
{
	rec->counter = (int)syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (rec->counter < 0)
		return fail("perf_event_open of %s: %s", rec->way->event, strerror(errno));
	rec->ring = mmap(NULL, (PERF_PAGES + 1) * rec->page, PROT_READ | PROT_WRITE, MAP_SHARED,
			 rec->counter, 0);
	if (rec->ring == MAP_FAILED)
		return fail("perf's ring of %s: %s", rec->way->event, strerror(errno));
	return 0;
}

static int perf_start(struct recording *rec, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = tracefs_event_id(rec->way->event),
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW,
	};

	return perf_open(rec, &attr, cpu);
}

static int tracefs_start(struct recording *rec)
{
	char path[160];
	int err = mkdir(INSTANCE, 0700) && errno != EEXIST ? -errno : 0;

	snprintf(path, sizeof(path), INSTANCE "/events/%s/enable", rec->way->event);
	if (!err)
		err = tracefs_put(INSTANCE "/buffer_size_kb", TRACEFS_KIB);
	if (!err)
		err = tracefs_put(path, "1");
	return err ? fail("%s: %s", path, strerror(-err)) : 0;
}

/* --- a BPF program ------------------------------------------------------------------- */

/* The few instructions that the program is made of. */
#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV(d, s)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOV_IMM(d, i)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LOAD(d, s, o)	INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STORE(d, s, o)	INSN(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define MAP(d, fd)	INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), \
			INSN(0, 0, 0, 0, 0)
#define CALL(f)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT()		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int bpf_load(struct recording *rec)
{
	const struct bpf_insn output[] = {
		/* perf_event_output(ctx, map, BPF_F_CURRENT_CPU, event, BPF_EVENT) */
		MOV(BPF_REG_1, BPF_REG_6), MAP(BPF_REG_2, rec->map),
		INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, -1),
		MOV(BPF_REG_4, BPF_REG_10), ADD_IMM(BPF_REG_4, -BPF_EVENT),
		MOV_IMM(BPF_REG_5, BPF_EVENT), CALL(BPF_FUNC_perf_event_output),
		MOV_IMM(BPF_REG_0, 0), EXIT(),
	}, ringbuf[] = {
		/* ringbuf_output(map, event, BPF_EVENT, 0) */
		MAP(BPF_REG_1, rec->map), MOV(BPF_REG_2, BPF_REG_10), ADD_IMM(BPF_REG_2, -BPF_EVENT),
		MOV_IMM(BPF_REG_3, BPF_EVENT), MOV_IMM(BPF_REG_4, 0), CALL(BPF_FUNC_ringbuf_output),
		MOV_IMM(BPF_REG_0, 0), EXIT(),
	};
	/* The event: time, thread, number of the call. */
	struct bpf_insn program[32] = {
		MOV(BPF_REG_6, BPF_REG_1),
		CALL(BPF_FUNC_ktime_get_ns), STORE(BPF_REG_10, BPF_REG_0, -24),
		CALL(BPF_FUNC_get_current_pid_tgid), STORE(BPF_REG_10, BPF_REG_0, -16),
		LOAD(BPF_REG_0, BPF_REG_6, 8), STORE(BPF_REG_10, BPF_REG_0, -8),
	};
	bool perf = rec->way->kind == BPF_PERF;
	union bpf_attr attr;

	memcpy(&program[7], perf ? output : ringbuf, perf ? sizeof(output) : sizeof(ringbuf));
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	attr.insns = (uintptr_t)program;
	attr.insn_cnt = 7 + (uint32_t)(perf ? ARRAY_SIZE(output) : ARRAY_SIZE(ringbuf));
	attr.license = (uintptr_t)"GPL";
	rec->program = bpf(BPF_PROG_LOAD, &attr);
	return rec->program < 0 ? fail("the BPF program: %s", strerror(errno)) : 0;
}

static int bpf_attach(struct recording *rec)
{
	union bpf_attr attr = { .raw_tracepoint = {
		.name = (uintptr_t)"sys_enter", .prog_fd = (uint32_t)rec->program } };

	rec->link = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	return rec->link < 0 ? fail("attaching the BPF program: %s", strerror(errno)) : 0;
}

static int bpf_perf_map(struct recording *rec, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_period = 1, .sample_type = PERF_SAMPLE_RAW,
	};
	uint32_t key = (uint32_t)cpu, value;
	union bpf_attr update;

	if (perf_open(rec, &attr, cpu))
		return -1;
	value = (uint32_t)rec->counter;
	memset(&update, 0, sizeof(update));
	update.map_fd = (uint32_t)rec->map;
	update.key = (uintptr_t)&key;
	update.value = (uintptr_t)&value;
	return bpf(BPF_MAP_UPDATE_ELEM, &update) ? fail("the BPF perf buffer: %s", strerror(errno)) : 0;
}

static int bpf_ring_map(struct recording *rec)
{
	rec->produced = mmap(NULL, rec->page, PROT_READ, MAP_SHARED, rec->map, (off_t)rec->page);
	return rec->produced == MAP_FAILED ? fail("the BPF ring buffer: %s", strerror(errno)) : 0;
}

static int bpf_start(struct recording *rec, int cpu)
{
	bool perf = rec->way->kind == BPF_PERF;
	union bpf_attr attr = { .map_type = perf ? BPF_MAP_TYPE_PERF_EVENT_ARRAY : BPF_MAP_TYPE_RINGBUF,
				.key_size = perf ? 4 : 0, .value_size = perf ? 4 : 0,
				.max_entries = perf ? (uint32_t)cpu + 1 : BPF_RING };

	rec->map = bpf(BPF_MAP_CREATE, &attr);
	if (rec->map < 0)
		return fail("a BPF map: %s", strerror(errno));
	if (perf ? bpf_perf_map(rec, cpu) : bpf_ring_map(rec))
		return -1;
	return bpf_load(rec) || bpf_attach(rec) ? -1 : 0;
}

/* --- any recorder ------------------------------------------------------------------- */

static int recording_start(struct recording *rec, int cpu)
{
	switch (rec->way->kind) {
	case PERF_RING:
		return perf_start(rec, cpu);
	case TRACEFS_RING:
		return tracefs_start(rec);
	case BPF_PERF:
	case BPF_RINGBUF:
		return bpf_start(rec, cpu);
	default:
		return evring_start(rec);
	}
}

static void recording_stop(struct recording *rec)
{
	char path[160];

	if (rec->source)
		channel_stop(rec->ch, rec->source);
	if (rec->link >= 0)
		close(rec->link);
	if (rec->program >= 0)
		close(rec->program);
	if (rec->produced != MAP_FAILED)
		munmap(rec->produced, rec->page);
	if (rec->map >= 0)
		close(rec->map);
	if (rec->ring != MAP_FAILED)
		munmap(rec->ring, (PERF_PAGES + 1) * rec->page);
	if (rec->counter >= 0)
		close(rec->counter);
	if (rec->way->kind == TRACEFS_RING) {
		snprintf(path, sizeof(path), INSTANCE "/events/%s/enable", rec->way->event);
		tracefs_put(path, "0");
		rmdir(INSTANCE);
	}
}

/* Events that tracefs has of @cpu and those that it lost; -1: it does not say. */
static int tracefs_count(int cpu, uint64_t *entries)
{
	char path[128], line[128];
	uint64_t overrun = 1;
	FILE *in;

	snprintf(path, sizeof(path), INSTANCE "/per_cpu/cpu%d/stats", cpu);
	in = fopen(path, "re");
	*entries = 0;
	while (in && fgets(line, sizeof(line), in)) {
		if (!strncmp(line, "entries: ", 9))
			*entries = strtoull(line + 9, NULL, 10);
		if (!strncmp(line, "overrun: ", 9))
			overrun = strtoull(line + 9, NULL, 10);
	}
	if (in)
		fclose(in);
	return overrun ? -1 : 0;
}

/* How many events were recorded since it started; -1 if some were not. */
static int recording_count(const struct recording *rec, int cpu, uint64_t *count)
{
	uint64_t head;

	switch (rec->way->kind) {
	case PERF_RING:
		head = __atomic_load_n(&rec->ring->data_head, __ATOMIC_ACQUIRE);
		if (read(rec->counter, count, sizeof(*count)) != sizeof(*count))
			return -1;
		/* A ring that nobody reads keeps all of it, or is full. */
		return head + 4096 < PERF_PAGES * rec->page ? 0 : -1;
	case TRACEFS_RING:
		return tracefs_count(cpu, count);
	case BPF_PERF:
		/* Each has a header of 8 bytes, its size in 4, and rounding. */
		head = __atomic_load_n(&rec->ring->data_head, __ATOMIC_ACQUIRE);
		*count = head / (8 + 4 + BPF_EVENT + 4);
		return head + 4096 < PERF_PAGES * rec->page ? 0 : -1;
	case BPF_RINGBUF:
		head = __atomic_load_n(rec->produced, __ATOMIC_ACQUIRE);
		*count = head / (8 + BPF_EVENT);
		return head + 4096 < BPF_RING ? 0 : -1;
	default:
		return channel_total(rec->ch, count);
	}
}

/* --- the loop ------------------------------------------------------------------------ */

static uint64_t call(uint64_t n)
{
	uint64_t start = clock_now();

	while (n--)
		syscall(SYS_getppid);
	return clock_now() - start;
}

/* One run with the recorder and one without. */
static int measure_once(const struct options *opts, struct channel *ch, const struct way *way,
			struct sample *s)
{
	struct recording rec = {
		.way = way, .ch = ch, .counter = -1, .ring = MAP_FAILED, .map = -1, .program = -1,
		.link = -1, .produced = MAP_FAILED,
		.page = (size_t)sysconf(_SC_PAGESIZE),
	};
	uint64_t n = options_records(opts, CALLS), without = call(n), before = 0, after = 0, with = 0;
	int err = recording_start(&rec, opts->consumer);

	/* The kernel makes a kprobe faster a moment after it is set. */
	usleep(SETTLE_US);
	if (!err)
		err = recording_count(&rec, opts->consumer, &before);
	if (!err) {
		with = call(n);
		err = recording_count(&rec, opts->consumer, &after);
		if (err || after - before < n)
			err = fail("%s by %s: %llu of %llu events were recorded: fewer --records",
				   way->event, way->recorder,
				   (unsigned long long)(after - before), (unsigned long long)n);
	}
	recording_stop(&rec);
	s->elapsed_ns = with > without ? with - without : 0;
	s->records = n;
	return err ? -1 : interrupted() ? fail("interrupted") : 0;
}

static int measure(const struct options *opts, struct channel *ch, struct report *r)
{
	size_t first = r->nresults, i;
	struct sample s = { 0 };
	unsigned int run;

	for (i = 0; i < NWAYS; i++)
		if (!report_add(r, MODE_SOURCE, ways[i].event, ways[i].recorder, 0))
			return -1;
	for (run = 0; run < opts->warmup + opts->repeats; run++) {
		for (i = 0; i < NWAYS; i++) {
			progress("source: run %u, %s by %s", run + 1, ways[i].event, ways[i].recorder);
			if (measure_once(opts, ch, &ways[i], &s))
				return -1;
			if (run >= opts->warmup)
				report_sample(r, first + i, &s);
		}
	}
	return 0;
}

/** source_run() - what an event of the kernel's costs, recorded in several ways. */
int source_run(const struct options *opts, struct report *r)
{
	struct channel ch;
	int err;

	if (!tracefs_event_id("raw_syscalls/sys_enter")) {
		note("source: no tracepoints to be seen: mount -t tracefs nodev " TRACEFS);
		return EXIT_SKIPPED;
	}
	if (tracefs_put(TRACEFS "/kprobe_events", "p:evbench/getppid " GETPPID "\n")) {
		note("source: this kernel takes no kprobe on " GETPPID);
		return EXIT_SKIPPED;
	}
	err = channel_make(&ch, opts, 0);
	if (!err)
		err = measure(opts, &ch, r);
	channel_remove(&ch);
	tracefs_put(TRACEFS "/kprobe_events", "-:evbench/getppid\n");
	return err;
}
