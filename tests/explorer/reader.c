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
#include <evring.h>
#undef free
#undef calloc
#undef malloc

/* Where the cursor of the kernel is asked. */
bool ex_core_cursor_next(uint32_t reader, uint32_t cpu, uint32_t room);

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

void ex_reader_setup(uint32_t reader)
{
	struct ex_reader *x = &readers[reader];
	size_t len;
	const void *map = ex_core_map(&len);

	memset(x, 0, sizeof(*x));
	allocating = x;
	if (ex_scenario->kind[reader] == EX_HEADER && evring_attach(&x->r, map, len, NULL))
		abort();
	ex_keep(x, offsetof(struct ex_reader, heap) + x->used);
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
	int ret = evring_next(&readers[reader].r, &ev);

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

static void acknowledge(uint32_t reader)
{
	uint32_t cpu;

	for (cpu = 0; cpu < ex_scenario->ncpus; cpu++)
		ex_core_ack(cpu, ex_oracle_seq(reader, cpu));
}

/* 'n' takes what comes next, 'd' all there is, 'a' acknowledges what it has. */
void ex_reader_act(uint32_t reader, char what)
{
	switch (what) {
	case 'n':
		next(reader, true);
		break;
	case 'a':
		acknowledge(reader);
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
	if (ex_scenario->gating && !reader)
		acknowledge(reader);
}
