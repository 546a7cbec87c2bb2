/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The explorer: runs the real ring core and the real consumer header under every
 * schedule that differs from a default one in a bounded number of places. README.md
 * says what that proves.
 *
 * An *actor* is a virtual CPU that emits, or a reader. A *point* is the moment before
 * an access to shared memory; there, an actor may be preempted, or interrupted by an
 * emit of its own CPU (an *injection*). A *deviation* is a point and what happened
 * there instead of going on; a schedule is a list of them.
 */
#ifndef TESTS_EXPLORER_H
#define TESTS_EXPLORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EX_CPUS		2
#define EX_READERS	2
#define EX_ACTORS	(EX_CPUS + EX_READERS)
#define EX_SLOTS	8
#define EX_INJECTIONS	3
#define EX_STEPS	20000	/* of a run; a run that takes more does not end */
#define EX_DEVIATIONS	16

enum ex_access { EX_LOAD, EX_STORE, EX_SWAP, EX_FENCE, EX_CLOCK };

/* --- scenarios ---------------------------------------------------------------------- */

/* How a reader reads: the consumer header, or the cursor inside the kernel. */
enum ex_reader_kind { EX_NO_READER, EX_HEADER, EX_CURSOR };

/**
 * struct ex_scenario - what runs.
 * @name: its name.
 * @ncpus: virtual CPUs.
 * @nblocks: blocks.
 * @block_size: bytes of one.
 * @warm: what was done before, undisturbed: a digit is a CPU that emits a record; a
 *	letter is done by the first reader, or, in upper case, by the second.
 * @cpu: what each CPU does, a letter for each record; see ex_act_emit().
 * @inject: what an injection does, likewise.
 * @depth: how many injections may be nested.
 * @reader: what each reader does; see ex_act_read().
 * @kind: how each reader reads.
 * @partitioned: each CPU claims from a range of its own.
 * @check: deviations explored by make check; 0: not at all.
 * @full: deviations explored by make check-long.
 */
struct ex_scenario {
	const char *name;
	uint32_t ncpus;
	uint32_t nblocks;
	uint32_t block_size;
	const char *warm;
	const char *cpu[EX_CPUS];
	const char *inject[EX_INJECTIONS];
	uint32_t depth;
	const char *reader[EX_READERS];
	enum ex_reader_kind kind[EX_READERS];
	bool partitioned;
	uint32_t check;
	uint32_t full;
};

extern const struct ex_scenario *ex_scenario;
extern bool ex_plain;	/* leave nothing out */
extern const struct ex_scenario ex_scenarios[];

/* --- scheduling ----------------------------------------------------------------------- */

/* What is done at a point: 0 to 7, switch to that actor; 8 and up, inject. */
#define EX_INJECT	8
#define EX_OPTIONS	(EX_INJECT + EX_INJECTIONS)
#define EX_SWITCHES	0x00ffU
#define EX_FREE		0x8000U	/* the actor goes no further by itself: costs nothing */

struct ex_deviation {
	uint32_t step;
	uint32_t option;
};

/*
 * What a point is about to do, in one word: where, how, and whether more than the point
 * before it lies between the two.
 */
#define EX_PLACES	2048U	/* places in memory, some of which share a number */
#define EX_CLOCK_PLACE	(EX_PLACES - 1)
#define EX_ACCESS_SHIFT	11
#define EX_EVENT	0x8000U	/* something happened since the point before it */

/**
 * struct ex_run - the state of a run.
 * @step: points so far.
 * @stop: the next that is not passed without a look.
 * @menu: what may be done at a point: one bit for each option.
 * @event: EX_EVENT if something has happened since the last point, or 0.
 * @quiet: nothing is explored now; @quiet_steps still are counted.
 * @trace: every point is printed.
 * @memory: the ring; its words have numbers of their own.
 * @mask: the menu of every point of the run.
 * @did: what each does.
 */
struct ex_run {
	uint32_t step;
	uint32_t stop;
	uint32_t menu;
	uint32_t event;
	uint32_t quiet_steps;
	bool quiet;
	bool trace;
	uintptr_t memory;
	uint16_t mask[EX_STEPS + 1];
	uint16_t did[EX_STEPS + 1];
};

extern struct ex_run ex_run;

struct ex_result {
	bool ok;
	bool capped;
	uint32_t bound;
	uint64_t runs;
	uint64_t steps;
};

void ex_stop(uint32_t step, enum ex_access access, const volatile void *p, const char *func,
	     int line);
void ex_event(void);
void ex_yield(void);
void ex_lock(uint32_t *locked);
void ex_unlock(uint32_t *locked);
void ex_grace_period(void);
void ex_interrupt_all(void);
void ex_attempt_over(void);
uint32_t ex_actor(void);
struct ex_result ex_explore(uint32_t bound, uint64_t cap);
bool ex_replay(const char *schedule);
_Noreturn void ex_fail(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));
void ex_trace_value(uint64_t value);

/* Memory that is put back before each run. */
void ex_keep(void *memory, size_t size);
void ex_save(void);
void ex_restore(void);

/* --- the ring and what happens in it ---------------------------------------------------- */

void ex_core_setup(const struct ex_scenario *s);
void ex_core_emit(uint32_t cpu, char what);
int ex_ioctl(uint32_t reader, unsigned long request, void *args);
void ex_interrupted(uint32_t cpu);
const void *ex_core_map(size_t *len);
bool ex_core_is_pub(uint32_t place);
const char *ex_core_name(const volatile void *p, char *buf, size_t len);

void ex_reader_setup(uint32_t reader);
void ex_reader_act(uint32_t reader, char what);
void ex_reader_end(uint32_t reader);

/* --- what must hold ----------------------------------------------------------------------- */

/* Before a word of memory changes; the stores of the core come through here. */
void ex_oracle_store(const volatile void *p, uint64_t value);
void ex_oracle_swap(const volatile void *p, uint64_t old, uint64_t value);
uint64_t ex_oracle_clock(void);

void ex_oracle_setup(void);
void ex_oracle_attempt(uint32_t cpu, char what);
void ex_oracle_committed(uint32_t cpu, bool discarded);
void ex_oracle_result(uint32_t cpu, int err);
uint32_t ex_oracle_attempts(uint32_t cpu);
uint64_t ex_oracle_seq(uint32_t reader, uint32_t cpu);
uint32_t ex_oracle_section(uint32_t cpu);
void ex_oracle_quiet(void);

/* Sequence numbers are by CPU, as the ioctls have them. */
void ex_oracle_gate(uint32_t reader, bool leave);
void ex_oracle_gated(uint32_t reader, const void *seqs);
void ex_oracle_acked(uint32_t reader, const void *seqs);
void ex_oracle_ack_over(uint32_t reader);
void ex_oracle_frozen(bool frozen);

void ex_oracle_seek(uint32_t reader);
void ex_oracle_sought(uint32_t reader, uint32_t cpu, uint64_t seq, uint64_t drops);
void ex_oracle_got(uint32_t reader, uint32_t cpu, uint64_t seq, uint64_t time, const void *payload,
		   uint32_t len);
void ex_oracle_padding(uint32_t reader, uint32_t cpu, uint64_t seq);
void ex_oracle_lost(uint32_t reader, uint32_t cpu, uint64_t seq, uint64_t count);
void ex_oracle_dropped(uint32_t reader, uint32_t cpu, uint64_t count);
void ex_oracle_complete(uint32_t reader, const char *who);

/* The payload of the @n-th attempt of @cpu. Returns its bytes. */
uint32_t ex_payload(uint32_t cpu, uint32_t n, char what, uint8_t *bytes);

#endif /* TESTS_EXPLORER_H */
