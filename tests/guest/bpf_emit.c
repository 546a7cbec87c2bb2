// SPDX-License-Identifier: GPL-2.0
/*
 * BPF programs emit by a channel's id: for tracing, of a tracepoint, a kprobe, a perf event, and
 * of the syscall type, which may sleep. As many records as they emitted come, in
 * order, with common fields that the kernel wrote. What cannot be is refused: other types, sizes and ids; what
 * is dropped is told and counted. A channel that is frozen or removed is told from one that records.
 *
 * vm: --smp 2
 */
#include "bpf_harness.h"

#ifdef HAVE_SKELETON
#include "bpf_emit.h"
#include "bpf_emit.skel.h"

#define NAME "bpf_emit"
#define CALLS 1000
#define BLOCK 4096
#define LARGEST (BLOCK - 16)
#define FLAG_HARDIRQ 0x08

static struct bpf_emit *program;

/* --- kinds of program ---------------------------------------------------------------- */

static void calls(long number)
{
	for (int i = 0; i < CALLS; i++)
		syscall(number, 0, 0);
}

/* The event counts this thread's own time. */
static void spin(long unused)
{
	int fd = cpu_clock(-1, 1000000);
	struct bpf_link *link = bpf_program__attach_perf_event(program->progs.on_perf_event, fd);
	uint64_t end = now_ns() + 300000000;

	(void)unused;
	link_must(link, "attach perf_event");
	while (now_ns() < end)
		;
	bpf_link__destroy(link);	/* closes fd, too */
}

static const struct {
	const char *name;
	void (*provoke)(long number);
	long number;
	uint64_t least, most;
} kinds[KINDS] = {
	[TRACING] = { "tp_btf", calls, SYS_getppid, CALLS, CALLS },
	[TRACEPOINT] = { "tracepoint", calls, SYS_getsid, CALLS, CALLS },
	[KPROBE] = { "kprobe", calls, SYS_getpriority, CALLS, CALLS },
	[PERF_EVENT] = { "perf_event", spin, 0, 10, 100000 },
};

static const char *flaw_of(const struct evring_event *ev, enum kind kind, uint64_t number)
{
	const struct numbered *e = ev->payload;

	if (ev->kind != EVRING_RECORD)
		return "something was lost";
	if (ev->type != EVRING_TYPE_BPF + kind || ev->len != sizeof(*e))
		return "its type or size is wrong";
	if (e->common.type != ev->type || e->common.pid != getpid())
		return "its common fields are wrong";
	if (kind == PERF_EVENT && !(e->common.flags & FLAG_HARDIRQ))
		return "it does not say that it was an interrupt";
	return e->number == number ? NULL : "its number is wrong";
}

static void one_kind(struct evring *ring, enum kind kind)
{
	uint64_t n = 0, attempted;
	const char *flaw = NULL;
	struct evring_event ev;
	char what[100];

	kinds[kind].provoke(kinds[kind].number);
	attempted = program->bss->attempted[kind];
	for (; evring_next(ring, &ev) == 1; n++) {
		const char *found = flaw_of(&ev, kind, n);

		flaw = flaw ? flaw : found;
	}
	snprintf(what, sizeof(what), "%s: it runs as often as it shall", kinds[kind].name);
	ok(attempted >= kinds[kind].least && attempted <= kinds[kind].most, what, "%llu times",
	   (unsigned long long)attempted);
	snprintf(what, sizeof(what), "%s: each record comes", kinds[kind].name);
	ok(n == attempted && !program->bss->refused[kind], what, "%llu of %llu, %llu refused",
	   (unsigned long long)n, (unsigned long long)attempted,
	   (unsigned long long)program->bss->refused[kind]);
	snprintf(what, sizeof(what), "%s: whole and in order", kinds[kind].name);
	ok(!flaw, what, "%s", flaw);
}

static void every_kind(void)
{
	struct evring ring;
	int kind;

	ring_open(&ring, NAME, NULL);
	pin(0);
	for (kind = 0; kind < KINDS; kind++)
		one_kind(&ring, (enum kind)kind);
	evring_close(&ring);
}

/* --- what is refused ------------------------------------------------------------------- */

static int32_t run(struct order order)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &order, .ctx_size_in = sizeof(order));

	order.answer = -EBADMSG;	/* no program said so */
	program_must(bpf_prog_test_run_opts(bpf_program__fd(program->progs.on_demand), &opts),
		     "run the program");
	return order.answer;
}

static int32_t emit(uint32_t id, uint32_t type, uint32_t size)
{
	return run((struct order){ .id = id, .type = type, .size = size });
}

static bool recording(uint32_t id)
{
	return run((struct order){ .id = id, .ask = 1 });
}

static void ok_emit(uint32_t id, uint32_t type, uint32_t size, int want, const char *what)
{
	int32_t got = emit(id, type, size);

	ok(got == -want, what, "got %d, expected %d", got, -want);
}

static void sizes(uint32_t id)
{
	ok_emit(id, EVRING_TYPE_BPF, 0, EINVAL, "no bytes are refused");
	ok_emit(id, EVRING_TYPE_BPF, 7, EINVAL, "so are too few for the common fields");
	ok_emit(id, EVRING_TYPE_BPF, 8, 0, "the common fields alone will do");
	ok_emit(id, EVRING_TYPE_BPF, LARGEST, 0, "so will a whole block");
	ok_emit(id, EVRING_TYPE_BPF, LARGEST + 1, E2BIG, "more than a block is refused");
	ok_emit(id, EVRING_TYPE_BPF, PAYLOAD_ROOM, E2BIG, "much more, too");
}

static void types(uint32_t id)
{
	static const uint32_t others[] = {
		0, 1, 300, 0x7fff, EVRING_TYPE_PADDING, EVRING_TYPE_OVERRUN, EVRING_TYPE_DROPPED,
		EVRING_TYPE_RUN, EVRING_TYPE_GENERATOR, EVRING_TYPE_USER, EVRING_TYPE_FORK,
		EVRING_TYPE_SYS_EXIT, EVRING_TYPE_DYNAMIC - 1, 0x10000, 0x10000 + EVRING_TYPE_BPF,
		UINT32_MAX,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (emit(id, others[i], 16) != -EINVAL)
			break;
	ok(i == ARRAY_SIZE(others), "types of evring's own, of tracefs and what are no types are refused",
	   "%#x was not", others[i % ARRAY_SIZE(others)]);
	ok_emit(id, EVRING_TYPE_DYNAMIC, 16, 0, "a type that a module may have registered will do");
	ok_emit(id, 0xffff, 16, 0, "so will the last there is");
}

static void ids(uint32_t id)
{
	static const uint32_t others[] = { 0, 1000000, INT32_MAX, UINT32_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (emit(others[i], EVRING_TYPE_BPF, 16) != -ENOENT || recording(others[i]))
			break;
	ok(i == ARRAY_SIZE(others), "ids of no channel are told", "%u was not", others[i % ARRAY_SIZE(others)]);
	ok(recording(id), "a channel records", "it says no");
}

static void frozen(int fd, uint32_t id)
{
	struct evring_freeze_args args = { .size = sizeof(args) };

	must(ioctl(fd, EVRING_IOC_FREEZE, &args), "FREEZE");
	ok_emit(id, EVRING_TYPE_BPF, 16, EROFS, "a frozen channel takes nothing");
	ok(!recording(id), "it does not record", "it says that it does");
	must(ioctl(fd, EVRING_IOC_THAW, &args), "THAW");
	ok_emit(id, EVRING_TYPE_BPF, 16, 0, "once it is thawed it does");
	ok(recording(id), "and says so", "it says no");
}

static void full(uint32_t id)
{
	struct evring_opts opts = { .size = sizeof(opts), .flags = EVRING_OPT_LOSSLESS };
	struct evring ring;
	int32_t err = 0;

	ring_open(&ring, NAME, &opts);
	for (int i = 0; !err && i < 10000; i++)
		err = emit(id, EVRING_TYPE_BPF, LARGEST);
	ok(err == -ENOBUFS, "a lossless reader that is behind fills it", "got %d", err);
	evring_close(&ring);
}

static void removed(int fd, uint32_t id)
{
	int again;

	must(channel_remove(NAME), "REMOVE");
	ok_emit(id, EVRING_TYPE_BPF, 16, ENOENT, "a removed channel is no more, though it is open");
	ok(!recording(id), "nor does it record", "it says that it does");
	channel_create(NAME, 64 << 10, BLOCK);
	again = channel_open(NAME, O_RDONLY);
	ok(channel_info(again).id != id, "another of its name has another id", "%u twice", id);
	close(again);
	close(fd);
}

static void refusals(void)
{
	int fd = channel_open(NAME, O_RDWR);
	uint32_t id = channel_info(fd).id;
	struct evring_channel_stats before = channel_stats(fd), after;

	sizes(id);
	types(id);
	ids(id);
	frozen(fd, id);
	after = channel_stats(fd);
	ok_equal(after.accepted - before.accepted, 5, "what was taken is counted");
	ok_equal(after.dropped[EVRING_DROP_TOO_LARGE] - before.dropped[EVRING_DROP_TOO_LARGE], 2,
		 "so is what was too large");
	ok_equal(after.dropped[EVRING_DROP_FROZEN] - before.dropped[EVRING_DROP_FROZEN], 1,
		 "and what came while it was frozen");
	full(id);
	removed(fd, id);
}

int main(void)
{
	int fd;

	need_bpf();
	channel_create(NAME, 1 << 20, BLOCK);
	program = bpf_emit__open_and_load();
	program_must(program ? 0 : -errno, "load the programs");
	fd = channel_open(NAME, O_RDONLY);
	program->bss->channel = channel_info(fd).id;
	program->bss->process = (uint32_t)getpid();
	close(fd);
	program_must(bpf_emit__attach(program), "attach them");
	every_kind();
	refusals();
	bpf_emit__destroy(program);
	return result();
}

#else

int main(void)
{
	return without_skeleton();
}

#endif
