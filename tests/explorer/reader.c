// SPDX-License-Identifier: GPL-2.0
/*
 * Readers: the real consumer header, every load hooked, on the explored ring; and what
 * readers do, whichever way they read.
 */
#define EVRING_TSAN_ 1
#include "hooks.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/evring.h>

/* Blocks so small that a few records turn the ring. */
#undef EVRING_BLOCK_MIN
#define EVRING_BLOCK_MIN	64U

/* What the header allocates is put back before each run. */
static void *reader_alloc(size_t count, size_t size);
static void reader_free(void *memory);
#define malloc(size)		reader_alloc(1, (size))
#define calloc(count, size)	reader_alloc((count), (size))
#define free(memory)		reader_free(memory)
#include <sys/ioctl.h>
static int reader_ioctl(int fd, unsigned long request, void *args);
#define ioctl(fd, request, args)	reader_ioctl((fd), (request), (args))
#include <evring.h>
#undef ioctl
#undef free
#undef calloc
#undef malloc

/* Where the cursor of the kernel is asked. */
bool ex_core_cursor_next(uint32_t reader, uint32_t cpu, uint32_t room);
void ex_core_cursor_oldest(uint32_t reader, uint32_t cpu);

static struct ex_reader {
	struct evring r;
	uint32_t turn;
	size_t used;
	_Alignas(64) unsigned char heap[4096];
} readers[EX_READERS];

static struct ex_reader *allocating;

static void *reader_alloc(size_t count, size_t size)
{
	void *memory = allocating->heap + allocating->used;

	allocating->used += (count * size + 63) & ~(size_t)63;
	if (allocating->used > sizeof(allocating->heap))
		abort();
	return memory;
}

static void reader_free(void *memory)
{
	(void)memory;
}

/* The header's descriptors: FD and the number of the reader. */
#define FD	100

static int reader_ioctl(int fd, unsigned long request, void *args)
{
	int err = ex_ioctl((uint32_t)(fd - FD), request, args);

	errno = -err;
	return err ? -1 : 0;
}

void ex_reader_setup(uint32_t reader)
{
	struct ex_reader *x = &readers[reader];
	size_t len;
	const void *map = ex_core_map(&len);

	memset(x, 0, sizeof(*x));
	allocating = x;
	if (ex_scenario->kind[reader] == EX_HEADER && evring_attach(&x->r, map, len, NULL))
		abort();
	x->r.fd = FD + (int)reader;
	/* And room for a block of each CPU, which the header asks for when it has records. */
	ex_keep(x, offsetof(struct ex_reader, heap) + x->used +
		   ex_scenario->ncpus * (size_t)ex_scenario->block_size);
}

/* The header skips what was discarded without a word. */
static void skipped(uint32_t reader, uint32_t cpu, uint64_t to)
{
	uint64_t seq;

	for (seq = ex_oracle_seq(reader, cpu); seq < to; seq++)
		ex_oracle_padding(reader, cpu, seq);
}

static bool header_next(uint32_t reader)
{
	struct evring_event ev;
	int ret;

	allocating = &readers[reader];
	ret = evring_next(&readers[reader].r, &ev);
	if (ret < 0)
		ex_fail("corrupt: evring_next() said %d", ret);
	if (!ret)
		return false;
	skipped(reader, ev.cpu, ev.seq);
	if (ev.kind == EVRING_RECORD)
		ex_oracle_got(reader, ev.cpu, ev.seq, ev.time, ev.payload, ev.len);
	else if (ev.kind == EVRING_OVERRUN)
		ex_oracle_lost(reader, ev.cpu, ev.seq, ev.count);
	else
		ex_oracle_dropped(reader, ev.cpu, ev.count);
	return true;
}

/* The kernel's cursor, one CPU after the other; one record at a time if @room is 40. */
static bool cursor_next(uint32_t reader, uint32_t room)
{
	uint32_t i;

	for (i = 0; i < ex_scenario->ncpus; i++) {
		uint32_t cpu = readers[reader].turn;

		if (ex_core_cursor_next(reader, cpu, room))
			return true;
		readers[reader].turn = (cpu + 1) % ex_scenario->ncpus;
	}
	return false;
}

static bool next(uint32_t reader, bool one)
{
	if (ex_scenario->kind[reader] == EX_CURSOR)
		return cursor_next(reader, one ? 40 : 512);
	return header_next(reader);
}

static void must(int err, const char *what)
{
	if (err)
		ex_fail("error: %s says %d", what, err);
}

/* The kernel's cursor gates as read() does: it tells where it stands. */
static void cursor_call(uint32_t reader, unsigned long request, uint32_t flags)
{
	__u64 seqs[EX_CPUS];
	struct evring_position_args ack = { .size = sizeof(ack), .ncpus = ex_scenario->ncpus,
					    .seqs = (uint64_t)(uintptr_t)seqs };
	struct evring_gate_args gate = { .size = sizeof(gate), .ncpus = ex_scenario->ncpus,
					 .seqs = (uint64_t)(uintptr_t)seqs, .flags = flags };
	uint32_t cpu;

	for (cpu = 0; cpu < EX_CPUS; cpu++)
		seqs[cpu] = ex_oracle_seq(reader, cpu);
	must(ex_ioctl(reader, request, request == EVRING_IOC_ACK ? (void *)&ack : (void *)&gate),
	     "the gate");
}

static void join(uint32_t reader)
{
	if (ex_scenario->kind[reader] == EX_HEADER)
		must(evring_gate(&readers[reader].r), "evring_gate()");
	else
		cursor_call(reader, EVRING_IOC_GATE, 0);
}

static void leave(uint32_t reader)
{
	if (ex_scenario->kind[reader] == EX_HEADER)
		must(evring_ungate(&readers[reader].r), "evring_ungate()");
	else
		cursor_call(reader, EVRING_IOC_GATE, EVRING_GATE_LEAVE);
}

static void acknowledge(uint32_t reader)
{
	if (ex_scenario->kind[reader] == EX_HEADER)
		must(evring_ack(&readers[reader].r), "evring_ack()");
	else
		cursor_call(reader, EVRING_IOC_ACK, 0);
}

static void seek(uint32_t reader)
{
	struct evring *r = &readers[reader].r;
	uint32_t cpu;

	ex_oracle_seek(reader);
	if (ex_scenario->kind[reader] == EX_HEADER)
		must(evring_seek(r, EVRING_SEEK_OLDEST, 0), "evring_seek()");
	for (cpu = 0; cpu < ex_scenario->ncpus; cpu++)
		if (ex_scenario->kind[reader] == EX_HEADER)
			ex_oracle_sought(reader, cpu, r->cursors[cpu].seq, r->cursors[cpu].drops);
		else
			ex_core_cursor_oldest(reader, cpu);
}

/*
 * 's' seeks the oldest record, 'n' takes what comes next, 'd' all there is, 'a' acknowledges what it has, 'j' joins as a
 * gating reader, 'l' leaves, 'f' freezes, 't' thaws.
 */
void ex_reader_act(uint32_t reader, char what)
{
	switch (what) {
	case 's':
		seek(reader);
		break;
	case 'n':
		next(reader, true);
		break;
	case 'a':
		acknowledge(reader);
		break;
	case 'j':
		join(reader);
		break;
	case 'l':
		leave(reader);
		break;
	case 'f':
		must(evring_freeze(&readers[reader].r), "evring_freeze()");
		break;
	case 't':
		must(evring_thaw(&readers[reader].r), "evring_thaw()");
		break;
	default:
		while (next(reader, false))
			;
	}
}

/* The producers are quiet: read to the end. Nothing must be missing in the accounts. */
void ex_reader_end(uint32_t reader)
{
	uint32_t cpu, left = 1000;

	while (next(reader, false))
		if (!--left)
			ex_fail("termination: a reader finds ever more in a quiet ring");
	if (ex_scenario->kind[reader] == EX_HEADER)
		for (cpu = 0; cpu < ex_scenario->ncpus; cpu++)
			skipped(reader, cpu, readers[reader].r.cursors[cpu].seq);
	ex_oracle_complete(reader, ex_scenario->kind[reader] == EX_HEADER ? "header" : "cursor");
}
