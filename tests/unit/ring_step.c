// SPDX-License-Identifier: GPL-2.0
/* variants: plain */
/* timeout: 300 */
/*
 * Interrupts at every instruction. The processor steps through an emit one instruction at
 * a time (the trap flag of x86); between each two of them an observer reads all there
 * is, and between two of them other writers break in: a few records, a block turned, the
 * whole ring turned; and others into those.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "rig.h"

#define BLOCK		4096U
#define RING		(1U << 16)
#define LEN		16U	/* 128 records in a block, 2048 in the ring */
#define IN_BLOCK	128U
#define TRAP_FLAG	0x100
#define LEVELS		3

#if defined(__x86_64__)
#include <ucontext.h>

static struct rig rig;
static struct evring observer;
static u32 attempted;
static u64 seen;		/* sequence number that the observer expects next */
static u64 told;		/* records and losses that it got */

static u32 level;
static u32 steps[LEVELS];	/* instructions stepped through at this level */
static u32 target[LEVELS];	/* break in after so many */
static u32 intruders[LEVELS];	/* with so many records */
static bool reached[LEVELS];
static u32 gap;			/* a second one, so many instructions after the first; 0: none */
static u32 seconds;		/* with so many records */

static void observe(struct evring *r)
{
	struct evring_event ev;
	u32 number;

	while (evring_next(r, &ev) == 1) {
		told += ev.count;
		if (ev.kind == EVRING_DROPPED)
			continue;
		CHECK_EQ(ev.seq, seen);
		seen = ev.seq + ev.count;
		if (ev.kind == EVRING_RECORD)
			CHECK(rig_whole(ev.payload, ev.len, 0, &number));
	}
}

static void step_on(void)
{
	__asm__ volatile("sub $128, %%rsp; pushfq; orq %0, (%%rsp); popfq; lea 128(%%rsp), %%rsp"
			 : : "i" (TRAP_FLAG) : "memory", "cc");
}

static void step_off(void)
{
	__asm__ volatile("sub $128, %%rsp; pushfq; andq %0, (%%rsp); popfq; lea 128(%%rsp), %%rsp"
			 : : "i" (~TRAP_FLAG) : "memory", "cc");
}

/* Emit a record, stepping, with what breaks in at this level. */
static void emit_stepping(void)
{
	u64 payload[LEN / 8];

	rig_fill(payload, LEN, 0, attempted++);
	steps[level] = 0;
	reached[level] = false;
	step_on();
	evring_ring_emit(&rig.ring, EVRING_TYPE_GENERATOR, payload, LEN);
	step_off();
}

/* An instruction has been executed. */
static void on_step(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	u32 i;

	(void)sig;
	(void)info;
	observe(&observer);
	if (steps[level]++ != target[level])
		return;
	if (reached[level]) { /* by the first; this is the second */
		for (i = 0; i < seconds; i++)
			rig_emit(&rig, 0, LEN, attempted++);
		gap = 0;
	}
	if (!gap) /* the rest of this writer need not be stepped through */
		uc->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	if (reached[level])
		return;
	reached[level] = true;
	target[level] += gap;
	level++;
	for (i = 0; i < intruders[level - 1]; i++) {
		if (i == intruders[level - 1] / 2 && level < LEVELS && intruders[level])
			emit_stepping();
		else
			rig_emit(&rig, 0, LEN, attempted++);
	}
	level--;
}

static void begin(u32 before)
{
	memset(rig.map, 0, rig.layout.map_size);
	memset(rig.ring.cpus, 0, sizeof(*rig.ring.cpus));
	memset(rig.ring.slots, 0, rig.layout.nblocks * sizeof(*rig.ring.slots));
	evring_ring_init(&rig.ring, rig.map, &rig.layout);
	rig_attach(&rig, &observer, EVRING_SEEK_OLDEST, 0);
	rig_time = 1; /* reading the machine's clock is no step of interest */
	level = 0;
	seen = 0;
	told = 0;
	attempted = before;
	rig_emit_many(&rig, 0, LEN, 0, before);
}

/* One who comes late sees all there is, up to the newest record. */
static void observe_late(void)
{
	u64 seen_before = seen, told_before = told;
	struct evring late;

	rig_attach(&rig, &late, EVRING_SEEK_OLDEST, 0);
	seen = late.cursors[0].seq;
	observe(&late);
	CHECK_EQ(seen + evring_ring_drops(&rig.ring, 0), attempted);
	evring_close(&late);
	seen = seen_before;
	told = told_before;
}

/* Afterwards all is well: nothing is stuck, and what there is adds up. */
static void end(void)
{
	u32 i, busy = 0;

	observe(&observer);
	CHECK_EQ(told, attempted);
	observe_late();
	for (i = 0; i < 3 * IN_BLOCK; i++)
		rig_emit(&rig, 0, LEN, attempted++);
	observe(&observer);
	CHECK_EQ(told, attempted);
	CHECK_EQ(seen + evring_ring_drops(&rig.ring, 0), attempted);
	for (i = 0; i < rig.layout.nblocks; i++)
		busy += rig.ring.slots[i].state & EVRING_SLOT_BUSY;
	CHECK_EQ(busy, 1);
	evring_close(&observer);
	observe_late();
}

static const u32 befores[] = { 0, 5, IN_BLOCK, 17 * IN_BLOCK };
static const u32 counts[] = { 1, IN_BLOCK, 3 * IN_BLOCK + 7, 17 * IN_BLOCK, 16 * IN_BLOCK };

#define COUNT(array)	((u32)(sizeof(array) / sizeof(*(array))))

static void report(u32 before)
{
	if (rig_failed)
		printf("# before %u, intruders %u at %u, then %u at %u\n", before, intruders[0],
		       target[0], intruders[1], target[1]);
}

static void one_breaks_in_at_each_instruction(void)
{
	u32 b, c;

	memset(intruders, 0, sizeof(intruders));
	for (b = 0; b < COUNT(befores); b++)
		for (c = 0; c < COUNT(counts) && !rig_failed; c++) {
			/* They take turns; where a block is turned, two at each place. */
			u32 stride = befores[b] == IN_BLOCK ? COUNT(counts) / 2 : COUNT(counts);

			intruders[0] = counts[c];
			for (target[0] = c % stride; !rig_failed; target[0] += stride) {
				begin(befores[b]);
				emit_stepping();
				end();
				report(befores[b]);
				if (!reached[0])
					break;
			}
			CHECK(target[0] > 40);
		}
}

/* And another into that one; not at each, but at strides that have no common factor. */
static void two_break_in(void)
{
	static const u32 inner[] = { 1, 2 * IN_BLOCK, 18 * IN_BLOCK };
	u32 b, c, i;

	memset(intruders, 0, sizeof(intruders));
	for (b = 0; b < COUNT(befores); b++)
		for (c = 0; c < 4; c++)
			for (i = 0; i < COUNT(inner) && !rig_failed; i++) {
				bool more = true;

				intruders[0] = counts[c];
				intruders[1] = inner[i];
				target[1] = b;
				for (target[0] = c; more && !rig_failed; target[0] += 23) {
					begin(befores[b]);
					emit_stepping();
					end();
					report(befores[b]);
					more = reached[0];
					target[1] = (target[1] + 11) % 257;
				}
			}
}

/*
 * One after the other into the same emit: into its end, where the first makes it go round
 * again and the second finds it there.
 */
static void another_breaks_in_afterwards(void)
{
	static const u32 afters[] = { 1, IN_BLOCK, 3 * IN_BLOCK };
	u32 total, after, distance, back;

	memset(intruders, 0, sizeof(intruders));
	target[0] = ~0U;
	begin(5);
	emit_stepping();
	end();
	total = steps[0];
	intruders[0] = 1;
	for (after = 0; after < COUNT(afters); after++)
		for (back = 1; back < 40; back++)
			for (distance = 1 + back % 2; distance < 24 && !rig_failed; distance += 2) {
				seconds = afters[after];
				gap = distance;
				target[0] = total - back;
				begin(5);
				emit_stepping();
				end();
				report(5);
				gap = 0;
			}
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGTRAP, &sa, NULL);
	rig_make(&rig, RING, BLOCK, 1);
	RUN(one_breaks_in_at_each_instruction);
	RUN(two_break_in);
	RUN(another_breaks_in_afterwards);
	return rig_failures != 0;
}
#else
int main(void)
{
	puts("the processor's trap flag is not known here");
	return 77;
}
#endif
