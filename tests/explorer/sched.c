// SPDX-License-Identifier: GPL-2.0
/*
 * Schedules: actors as coroutines, runs from the start, and depth-first search over
 * the deviations from the default schedule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "explorer.h"

#define STACK_SIZE	(64U << 10)
#define REGIONS_MAX	8

enum { RUN_ENDED = 1, RUN_FAILED = 2 };

/*
 * An actor. @resume: where it goes on; @top: where it starts anew. */
struct actor {
	jmp_buf resume;
	jmp_buf top;
	bool exists;
	bool done;
	bool interrupted;
	bool serving;
	const uint32_t *wants;
	bool waits;
	uint32_t sections[EX_CPUS];
	uint32_t depth;
	_Alignas(16) unsigned char stack[STACK_SIZE];
};

/* What is done from the moment that an actor is stopped until it goes on. */
struct footprint {
	uint64_t loads[EX_PLACES / 64];
	uint64_t stores[EX_PLACES / 64];
	bool publishes;
};

struct region {
	void *memory;
	void *copy;
	size_t size;
};

struct ex_run ex_run;
bool ex_plain;
const struct ex_scenario *ex_scenario;
extern _Thread_local uint32_t evring_user_cpu;
_Thread_local uint32_t evring_user_cpu;

static struct actor actors[EX_ACTORS];
static uint32_t current;
static jmp_buf outside;
static ucontext_t outside_context;
static struct region regions[REGIONS_MAX];
static uint32_t nregions;

static struct ex_deviation schedule[EX_DEVIATIONS];
static uint32_t schedule_len;
static uint32_t schedule_next;
static uint32_t resumed[EX_DEVIATIONS];	/* the steps at which the actors went on */
static struct footprint *feet[EX_DEVIATIONS];
static char failure[512];
static uint64_t nruns, nsteps, nsteps_max;

/* --- memory --------------------------------------------------------------------------- */

void ex_keep(void *memory, size_t size)
{
	if (nregions == REGIONS_MAX)
		abort();
	regions[nregions++] = (struct region){ memory, malloc(size), size };
}

void ex_save(void)
{
	uint32_t i;

	for (i = 0; i < nregions; i++)
		memcpy(regions[i].copy, regions[i].memory, regions[i].size);
}

void ex_restore(void)
{
	uint32_t i;

	for (i = 0; i < nregions; i++)
		memcpy(regions[i].memory, regions[i].copy, regions[i].size);
}

/* --- actors --------------------------------------------------------------------------- */

uint32_t ex_actor(void)
{
	return current;
}

static bool is_cpu(uint32_t actor)
{
	return actor < EX_CPUS;
}

static const char *actor_name(uint32_t actor, char *buf, size_t len)
{
	snprintf(buf, len, "%s%u", is_cpu(actor) ? "cpu" : "reader",
		 is_cpu(actor) ? actor : actor - EX_CPUS);
	return buf;
}

static bool in_grace_period(const struct actor *a)
{
	uint32_t cpu;

	for (cpu = 0; cpu < EX_CPUS; cpu++)
		if (actors[cpu].interrupted || actors[cpu].serving ||
		    (a->sections[cpu] && ex_oracle_section(cpu) == a->sections[cpu]))
			return true;
	return false;
}

static bool can_go_on(const struct actor *a)
{
	if (!a->exists || (a->done && !a->interrupted && !a->serving))
		return false;
	if (a->wants && *a->wants)
		return false;
	return !a->waits || !in_grace_period(a);
}

/* Something has happened that is no access, and that matters to others. */
void ex_event(void)
{
	ex_run.event = EX_EVENT;
}

/* The actors that can go on, but for the current one. */
static uint32_t others(void)
{
	uint32_t i, mask = 0;

	for (i = 0; i < EX_ACTORS; i++)
		if (i != current && can_go_on(&actors[i]))
			mask |= 1U << i;
	return mask;
}

static void make_menu(void)
{
	uint32_t kind;

	ex_run.menu = others();
	ex_run.event = EX_EVENT;
	if (!is_cpu(current) || actors[current].depth >= ex_scenario->depth)
		return;
	for (kind = 0; kind < EX_INJECTIONS && ex_scenario->inject[kind]; kind++)
		ex_run.menu |= 1U << (EX_INJECT + kind);
}

static void resume(uint32_t actor)
{
	current = actor;
	evring_user_cpu = is_cpu(actor) ? actor : 0;
	make_menu();
	_longjmp(actors[actor].resume, 1);
}

static void serve_interrupt(void);

static void switch_to(uint32_t actor)
{
	if (!_setjmp(actors[current].resume))
		resume(actor);
	serve_interrupt();
}

/* An interrupt from another CPU, as soon as this one runs. */
static void serve_interrupt(void)
{
	struct actor *a = &actors[current];

	if (!a->interrupted)
		return;
	a->interrupted = false;
	a->serving = true;
	a->depth++;
	make_menu();
	ex_interrupted(current);
	a->depth--;
	a->serving = false;
	make_menu();
}

static void inject(uint32_t kind)
{
	uint32_t cpu = current;
	const char *what;

	actors[cpu].depth++;
	make_menu();
	for (what = ex_scenario->inject[kind]; *what; what++)
		ex_core_emit(cpu, *what);
	actors[cpu].depth--;
	make_menu();
}

static void act(void)
{
	const char *what;

	if (is_cpu(current)) {
		for (what = ex_scenario->cpu[current]; *what; what++)
			ex_core_emit(current, *what);
		return;
	}
	for (what = ex_scenario->reader[current - EX_CPUS]; *what; what++) {
		if (*what == 'y')
			ex_yield();
		else
			ex_reader_act(current - EX_CPUS, *what);
	}
}

/* --- points ----------------------------------------------------------------------------- */

static void next_stop(void)
{
	ex_run.stop = schedule_next < schedule_len ? schedule[schedule_next].step : EX_STEPS;
	if (ex_run.trace)
		ex_run.stop = 0;
}

/* The option that the schedule has for this point; -1: none, go on. */
static int planned(uint32_t step)
{
	if (schedule_next == schedule_len || schedule[schedule_next].step != step)
		return -1;
	return (int)schedule[schedule_next++].option;
}

/*
 * The current actor goes no further, or not yet: any other may be next, and none of
 * that is a deviation that counts. The one with the least number is the default; if
 * there is none, the current one.
 */
static uint32_t choose(uint32_t mask)
{
	uint32_t step = ex_run.step++;
	uint32_t first = (uint32_t)__builtin_ctz(mask);
	int option;

	if (step >= EX_STEPS)
		ex_fail("termination: more than %u steps", EX_STEPS);
	ex_run.mask[step] = (uint16_t)(EX_FREE | (mask & ~(1U << first)));
	ex_run.did[step] = EX_EVENT | EX_FENCE << EX_ACCESS_SHIFT;
	option = planned(step);
	next_stop();
	if (option < 0)
		return first;
	if (ex_run.trace)
		printf("#   %u: switch to actor %d\n", step, option);
	return (uint32_t)option;
}

void ex_yield(void)
{
	uint32_t mask = others();

	if (mask)
		switch_to(choose(mask));
}

/* --- waiting ---------------------------------------------------------------------------- */

/* The current actor cannot go on until others have. */
static void block(void)
{
	uint32_t mask;

	while (!can_go_on(&actors[current])) {
		mask = others();
		if (!mask)
			ex_fail("termination: deadlock");
		switch_to(choose(mask));
	}
}

void ex_lock(uint32_t *locked)
{
	if (*locked && !ex_run.quiet) {
		actors[current].wants = locked;
		block();
		actors[current].wants = NULL;
	}
	if (*locked)
		ex_fail("lock: taken twice");
	*locked = 1;
	make_menu();
}

void ex_unlock(uint32_t *locked)
{
	if (!*locked)
		ex_fail("lock: not taken");
	*locked = 0;
	make_menu();
}

static void wait_grace_period(void)
{
	if (ex_run.quiet)
		return;
	actors[current].waits = true;
	block();
	actors[current].waits = false;
}

/*
 * Until whoever was emitting, or was interrupted, at this moment is done with that, and
 * perhaps for longer.
 */
void ex_grace_period(void)
{
	uint32_t cpu;

	for (cpu = 0; cpu < EX_CPUS; cpu++)
		actors[current].sections[cpu] = ex_oracle_section(cpu);
	wait_grace_period();
	if (!ex_run.quiet)
		switch_to(choose(others() | 1U << current));
}

/* Have all CPUs run ex_interrupted(), and wait until they have. */
void ex_interrupt_all(void)
{
	uint32_t cpu;

	for (cpu = 0; cpu < EX_CPUS; cpu++) {
		actors[cpu].interrupted = actors[cpu].exists;
		actors[current].sections[cpu] = 0;
	}
	wait_grace_period();
}

/* An attempt has returned: a grace period may be over. */
void ex_attempt_over(void)
{
	if (!ex_run.quiet)
		make_menu();
}

static const char *const access_names[] = { "load", "store", "swap", "fence", "clock" };

static void trace_point(uint32_t step, enum ex_access access, const volatile void *p,
			const char *func, int line)
{
	char who[24], place[48];

	printf("\n#   %u %s/%u %s:%d %s %s", step, actor_name(current, who, sizeof(who)),
	       actors[current].depth, func, line, access_names[access],
	       p ? ex_core_name(p, place, sizeof(place)) : "");
}

void ex_trace_value(uint64_t value)
{
	if (ex_run.quiet)
		return;
	printf(" = %#llx", (unsigned long long)value);
}

static void take(uint32_t option)
{
	if (ex_run.trace)
		printf("\n#   ---- %s %u", option >= EX_INJECT ? "inject" : "switch to actor",
		       option >= EX_INJECT ? option - EX_INJECT : option);
	if (option >= EX_INJECT)
		inject(option - EX_INJECT);
	else
		switch_to(option);
}

/* A point that is not just passed: go on only when nothing more happens before it. */
void ex_stop(uint32_t step, enum ex_access access, const volatile void *p, const char *func,
	     int line)
{
	uint32_t menu = ex_run.mask[step];
	bool shared = access != EX_FENCE;
	uint32_t index, from = step;
	int option;

	for (;;) {
		if (step >= EX_STEPS)
			ex_fail("termination: more than %u steps, in %s:%d", EX_STEPS, func, line);
		option = planned(step);
		next_stop();
		if (option < 0)
			break;
		if (!(menu & 1U << option))
			ex_fail("explorer: step %u has no option %d", step, option);
		index = schedule_next - 1;
		take((uint32_t)option);
		step = ex_run.step++;
		resumed[index] = step;
		menu = ex_run.menu;
		/* To be preempted twice at one place is to be preempted once. */
		if (!shared || option < EX_INJECT)
			menu &= ~EX_SWITCHES;
		if (step > EX_STEPS)
			continue;
		ex_run.mask[step] = (uint16_t)menu;
		ex_run.did[step] = ex_run.did[from] | EX_EVENT;
		ex_run.event = 0;
	}
	if (ex_run.trace)
		trace_point(step, access, p, func, line);
}

/* --- a run -------------------------------------------------------------------------------- */

static void finish(void)
{
	uint32_t mask;

	actors[current].done = true;
	for (;;) {
		mask = others();
		if (!mask)
			_longjmp(outside, RUN_ENDED);
		switch_to(choose(mask)); /* and comes back if it is interrupted */
	}
}

static void actor_main(void)
{
	if (!_setjmp(actors[current].top))
		setcontext(&outside_context);
	serve_interrupt();
	act();
	finish();
}

/* Have each coroutine wait at its top. */
static void make_actor(uint32_t actor)
{
	static volatile bool made;
	ucontext_t context;

	getcontext(&context);
	context.uc_stack.ss_sp = actors[actor].stack;
	context.uc_stack.ss_size = STACK_SIZE;
	context.uc_link = NULL;
	makecontext(&context, actor_main, 0);
	current = actor;
	made = false;
	getcontext(&outside_context);
	if (made)
		return;
	made = true;
	setcontext(&context);
}

static void make_actors(void)
{
	static bool made;
	uint32_t i;

	for (i = 0; i < EX_ACTORS && !made; i++)
		make_actor(i);
	made = true;
}

_Noreturn void ex_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(failure, sizeof(failure), fmt, args);
	va_end(args);
	_longjmp(outside, RUN_FAILED);
}

static void start(void)
{
	uint32_t i, mask = 0;

	for (i = 0; i < EX_ACTORS; i++) {
		actors[i].exists = is_cpu(i) ? ex_scenario->cpu[i] != NULL :
					       ex_scenario->reader[i - EX_CPUS] != NULL;
		actors[i].done = !actors[i].exists;
		actors[i].interrupted = false;
		actors[i].serving = false;
		actors[i].wants = NULL;
		actors[i].waits = false;
		actors[i].depth = 0;
		memcpy(&actors[i].resume, &actors[i].top, sizeof(jmp_buf));
		mask |= (uint32_t)actors[i].exists << i;
	}
	schedule_next = 0;
	memset(resumed, 0, sizeof(resumed));
	ex_run.step = 0;
	next_stop();
	current = EX_ACTORS;
	resume(choose(mask));
}

/* What the run left must be right; then readers read on and tell all the truth. */
static void settle(void)
{
	uint32_t i;

	ex_run.quiet = true;
	ex_run.quiet_steps = 0;
	ex_oracle_quiet();
	for (i = 0; i < EX_READERS; i++)
		if (ex_scenario->kind[i])
			ex_reader_end(i);
}

/* Run the schedule. False: something did not hold, see failure. */
static bool run(void)
{
	int how;

	ex_restore();
	ex_run.quiet = false;
	how = _setjmp(outside);
	if (!how)
		start();
	nsteps += ex_run.step;
	if (how == RUN_ENDED) {
		nruns++;
		settle();
	}
	ex_run.quiet = true;
	return how != RUN_FAILED;
}

/* --- footprints ----------------------------------------------------------------------------- */

/*
 * To stop an actor before its access, or right after it, comes to the same if nothing that
 * happens until it goes on has to do with that access: the one is found with as many
 * deviations as the other. So of points in a row, with nothing but such accesses between
 * them, only the first is tried. What may happen is gathered from all runs of the subtree.
 */
static void footprint_add(struct footprint *f, uint32_t did)
{
	uint32_t access = (did & ~EX_EVENT) >> EX_ACCESS_SHIFT;
	uint32_t place = did % EX_PLACES;
	uint64_t bit = 1ULL << place % 64;

	if (access == EX_FENCE)
		return;
	if (access == EX_LOAD) {
		f->loads[place / 64] |= bit;
		return;
	}
	f->stores[place / 64] |= bit;
	f->publishes |= ex_core_is_pub(place);
}

static bool footprint_touches(const struct footprint *f, uint32_t did, bool injection)
{
	uint32_t access = (did & ~EX_EVENT) >> EX_ACCESS_SHIFT;
	uint32_t place = did % EX_PLACES;
	uint64_t bit = 1ULL << place % 64;

	/* Behind a fence, the core may look at pub with a load that is not hooked. */
	if (access == EX_FENCE)
		return injection && f->publishes;
	if (f->stores[place / 64] & bit)
		return true;
	return access != EX_LOAD && (f->loads[place / 64] & bit || ex_core_is_pub(place));
}

static void footprints_gather(void)
{
	uint32_t i, step;

	for (i = 0; i < schedule_len; i++)
		for (step = schedule[i].step; feet[i] && step < resumed[i]; step++)
			footprint_add(feet[i], ex_run.did[step]);
}

/* --- the search --------------------------------------------------------------------------- */

static bool explore(uint32_t from, uint32_t left);

static bool explore_child(uint32_t step, uint32_t option, uint32_t left, struct footprint *f)
{
	bool ok;

	if (schedule_len == EX_DEVIATIONS)
		abort();
	if (f)
		memset(f, 0, sizeof(*f));
	feet[schedule_len] = f;
	schedule[schedule_len++] = (struct ex_deviation){ step, option };
	ok = explore(step + 1, left);
	if (ok)
		schedule_len--;
	return ok;
}

/* The options of a point but for those @known to be tried already. */
static bool explore_point(uint32_t step, uint32_t mask, uint32_t left, struct footprint *f)
{
	bool ok = true;

	for (; mask && ok; mask &= mask - 1) {
		uint32_t option = (uint32_t)__builtin_ctz(mask);

		ok = f ? explore_child(step, option, left - 1, &f[option]) :
			 explore_child(step, option, left, NULL);
	}
	return ok;
}

/* Of the options in @known, those for which the point that did @did makes no difference. */
static uint32_t still_known(const struct footprint *f, uint32_t known, uint32_t did)
{
	uint32_t mask, option;

	for (mask = known; mask; mask &= mask - 1) {
		option = (uint32_t)__builtin_ctz(mask);
		if (footprint_touches(&f[option], did, option >= EX_INJECT))
			known &= ~(1U << option);
	}
	return known;
}

/* The points of a run from step @from on; @n of them, with @mask and @did. */
static bool explore_points(uint32_t from, uint32_t n, const uint16_t *mask, const uint16_t *did,
			   uint32_t left)
{
	struct footprint f[EX_OPTIONS];
	uint32_t i, known = 0;
	bool ok = true;

	for (i = 0; i < n && ok; i++) {
		if (did[i] & EX_EVENT || ex_plain)
			known = 0;
		if (mask[i] & EX_FREE) {
			ok = explore_point(from + i, mask[i] & ~EX_FREE, left, NULL);
		} else if (left) {
			ok = explore_point(from + i, mask[i] & ~known, left, f);
			known = still_known(f, known | mask[i], did[i]);
		}
	}
	return ok;
}

static bool capped(void)
{
	return nsteps_max && nsteps >= nsteps_max;
}

/* All schedules that go on from the present one, with deviations from step @from on. */
static bool explore(uint32_t from, uint32_t left)
{
	uint32_t n;
	uint16_t *copy;
	bool ok;

	if (capped())
		return true;
	if (!run())
		return false;
	footprints_gather();
	n = ex_run.step - from;
	copy = malloc(2 * n * sizeof(*copy) + 1);
	memcpy(copy, ex_run.mask + from, n * sizeof(*copy));
	memcpy(copy + n, ex_run.did + from, n * sizeof(*copy));
	ok = explore_points(from, n, copy, copy + n, left);
	free(copy);
	return ok;
}

static void print_failure(void)
{
	uint32_t i;

	printf("# %s\n#   schedule:", failure);
	for (i = 0; i < schedule_len; i++)
		printf(" %u:%u", schedule[i].step, schedule[i].option);
	printf("\n");
}

/* Make the ring, and do what was done before. False: that broke something already. */
static bool prepare(void)
{
	const char *what;
	uint32_t i;

	make_actors();
	while (nregions)
		free(regions[--nregions].copy);
	ex_run.quiet = true;
	ex_run.quiet_steps = 0;
	ex_core_setup(ex_scenario);
	ex_oracle_setup();
	for (i = 0; i < EX_READERS; i++)
		ex_reader_setup(i);
	schedule_len = 0;
	if (_setjmp(outside))
		return false;
	for (what = ex_scenario->warm; *what; what++) {
		if (*what >= '0' && *what <= '9') {
			evring_user_cpu = (uint32_t)(*what - '0');
			current = evring_user_cpu;
			ex_core_emit(current, 'e');
		} else {
			current = EX_CPUS + !(*what & 0x20);
			ex_reader_act(current - EX_CPUS, *what | 0x20);
		}
	}
	ex_save();
	return true;
}

/*
 * Explore up to @bound deviations; @cap: no more than so many steps, 0: any number. What is
 * counted are the schedules of the largest bound that was come to.
 */
struct ex_result ex_explore(uint32_t bound, uint64_t cap)
{
	bool ok = prepare();
	uint32_t b;

	nsteps_max = cap;
	nruns = 0;
	nsteps = 0;
	/* By number of deviations, so that the first that fails has the fewest. */
	for (b = 0; b <= bound && ok && !capped(); b++) {
		nruns = 0;
		nsteps = 0;
		schedule_len = 0;
		ok = explore(0, b);
	}
	if (!ok)
		print_failure();
	return (struct ex_result){ .ok = ok, .capped = ok && capped(), .bound = b ? b - 1 : 0,
				   .runs = nruns, .steps = nsteps };
}

bool ex_replay(const char *text)
{
	bool ok;

	if (!prepare()) {
		print_failure();
		return false;
	}
	while (*text && schedule_len < EX_DEVIATIONS) {
		struct ex_deviation *d = &schedule[schedule_len++];
		char *end;

		d->step = (uint32_t)strtoul(text, &end, 10);
		d->option = (uint32_t)strtoul(end + 1, &end, 10);
		for (text = end; *text == ' '; text++)
			;
	}
	ex_run.trace = true;
	ok = run();
	printf("\n");
	ex_run.trace = false;
	if (!ok)
		print_failure();
	return ok;
}
