/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the ring core and of the consumer header stand on: the core
 * itself, a ring between two guard pages, records that tell whether they are whole, a
 * clock that a test may set, and checks that are printed.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <evring.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

/* The header and the core each have a function of this name. */
#define evring_close evring_core_close
#define evring_clock_read evring_machine_clock
#define evring_clock_monotonic evring_machine_monotonic
#include "../../module/ring.h"
#undef evring_clock_read
#undef evring_clock_monotonic

/* The time that records get; 0: the machine's. */
static u64 rig_time;

static inline u64 evring_clock_read(u32 clock)
{
	return rig_time ? rig_time : evring_machine_clock(clock);
}

static inline u64 evring_clock_monotonic(void)
{
	return evring_clock_read(EVRING_CLOCK_MONOTONIC);
}

#include "../../module/ring.c"
#undef evring_close

_Thread_local u32 evring_user_cpu;

/* --- checks ----------------------------------------------------------------------- */

static int rig_failures;	/* tests that failed */
static bool rig_failed;		/* this one has */

static inline void rig_fail(const char *file, int line, const char *what)
{
	if (!rig_failed)
		printf("# %s:%d: %s\n", file, line, what);
	rig_failed = true;
}

static inline void rig_differ(const char *file, int line, const char *what, u64 got, u64 want)
{
	if (!rig_failed)
		printf("# %s:%d: %s is %llu, not %llu\n", file, line, what,
		       (unsigned long long)got, (unsigned long long)want);
	rig_failed = true;
}

#define CHECK(cond) \
	do { if (!(cond)) rig_fail(__FILE__, __LINE__, #cond); } while (0)
#define CHECK_EQ(got, want) \
	do { \
		u64 rig_got_ = (u64)(got), rig_want_ = (u64)(want); \
		if (rig_got_ != rig_want_) \
			rig_differ(__FILE__, __LINE__, #got, rig_got_, rig_want_); \
	} while (0)

/* Run one test and print how it went. */
static inline void rig_run(const char *name, void (*test)(void))
{
	rig_failed = false;
	rig_time = 0;
	evring_user_cpu = 0;
	test();
	printf("%s %s\n", rig_failed ? "not ok" : "ok", name);
	fflush(stdout);
	rig_failures += rig_failed;
}

#define RUN(test) rig_run(#test, test)

/* --- a ring ----------------------------------------------------------------------- */

/**
 * struct rig - a ring and the memory that it is in.
 * @ring: the ring.
 * @layout: where what is.
 * @map: the mapping, with a page that cannot be read before and after it.
 * @guarded: those pages and the mapping.
 * @guarded_size: bytes of that.
 */
struct rig {
	struct evring_ring ring;
	struct evring_layout layout;
	unsigned char *map;
	void *guarded;
	size_t guarded_size;
};

static inline void rig_no_wake(struct evring_ring *r)
{
	(void)r;
}

/* @size bytes that end at a page that cannot be read, and start after another. */
static inline unsigned char *rig_guarded(size_t size, void **all, size_t *all_size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t body = (size + page - 1) / page * page;
	unsigned char *base;

	*all_size = body + 2 * page;
	base = mmap(NULL, *all_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED || mprotect(base + page, body, PROT_READ | PROT_WRITE)) {
		perror("mmap");
		exit(1);
	}
	*all = base;
	return base + page + (body - size);
}

/* A ring of @data_size bytes in blocks of @block_size for @ncpus CPUs. */
static inline void rig_make(struct rig *rig, u64 data_size, u32 block_size, u32 ncpus)
{
	memset(rig, 0, sizeof(*rig));
	rig->layout.data_size = data_size;
	rig->layout.block_size = block_size;
	rig->layout.page_size = 4096;
	rig->layout.ncpus = ncpus;
	if (evring_layout_compute(&rig->layout)) {
		puts("not ok rig: no such layout");
		exit(1);
	}
	rig->map = rig_guarded(rig->layout.map_size, &rig->guarded, &rig->guarded_size);
	rig->ring.cpus = aligned_alloc(64, ncpus * sizeof(*rig->ring.cpus));
	rig->ring.slots = aligned_alloc(64, rig->layout.nblocks * sizeof(*rig->ring.slots));
	rig->ring.wake = rig_no_wake;
	if (!rig->ring.cpus || !rig->ring.slots)
		abort();
	memset(rig->ring.cpus, 0, ncpus * sizeof(*rig->ring.cpus));
	memset(rig->ring.slots, 0, rig->layout.nblocks * sizeof(*rig->ring.slots));
	evring_ring_init(&rig->ring, rig->map, &rig->layout);
}

static inline void rig_free(struct rig *rig)
{
	munmap(rig->guarded, rig->guarded_size);
	free(rig->ring.cpus);
	free(rig->ring.slots);
}

static inline void rig_attach(struct rig *rig, struct evring *reader, u32 start, u32 flags)
{
	struct evring_opts opts = { .size = sizeof(opts), .start = start, .flags = flags };
	int err = evring_attach(reader, rig->map, rig->layout.map_size, &opts);

	if (err) {
		printf("not ok rig: attach: %s\n", evring_explain(err));
		exit(1);
	}
}

/* --- records that tell whether they are whole -------------------------------------- */

#define RIG_PAYLOAD_MIN	((u32)sizeof(struct evring_event_generator))

/* Fill @payload, of @len bytes, as record @number of @cpu. */
static inline void rig_fill(void *payload, u32 len, u32 cpu, u32 number)
{
	struct evring_event_generator head = { .number = number };
	u8 *bytes = payload;
	u32 i;

	head.common.type = EVRING_TYPE_GENERATOR;
	head.common.pid = (s32)cpu;
	memcpy(bytes, &head, sizeof(head));
	for (i = sizeof(head); i < len; i++)
		bytes[i] = evring_generator_fill(cpu, number, i - (u32)sizeof(head));
	head.sum = evring_generator_sum(bytes, len);
	memcpy(bytes, &head, sizeof(head));
}

/* Is it a whole record of @cpu? Tells its @number. */
static inline bool rig_whole(const void *payload, u32 len, u32 cpu, u32 *number)
{
	struct evring_event_generator head;

	*number = 0;
	if (len < sizeof(head))
		return false;
	memcpy(&head, payload, sizeof(head));
	*number = head.number;
	return head.common.pid == (s32)cpu && head.sum == evring_generator_sum(payload, len);
}

/* Emit record @number of @len bytes of payload on @cpu. */
static inline int rig_emit(struct rig *rig, u32 cpu, u32 len, u32 number)
{
	u64 payload[EVRING_BLOCK_MAX / 8];

	rig_fill(payload, len, cpu, number);
	evring_user_cpu = cpu;
	return evring_ring_emit(&rig->ring, EVRING_TYPE_GENERATOR, payload, len);
}

/* Emit @count records of @len bytes on @cpu, numbered from @first. */
static inline void rig_emit_many(struct rig *rig, u32 cpu, u32 len, u32 first, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		rig_emit(rig, cpu, len, first + i);
}

/* What @cpu has accepted; nothing may be going on there. */
static inline u64 rig_accepted(struct rig *rig, u32 cpu)
{
	return evring_ring_head(&rig->ring, cpu);
}

#endif /* TESTS_RIG_H */
