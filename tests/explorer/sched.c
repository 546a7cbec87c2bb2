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

/* An actor. @resume: where it goes on; @top: where it starts anew. */
struct actor {
	jmp_buf resume;
	jmp_buf top;
	bool exists;
	bool done;
	uint32_t depth;
	_Alignas(16) unsigned char stack[STACK_SIZE];
};

struct region {
	void *memory;
	void *copy;
	size_t size;
};

struct ex_run ex_run;
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
static char failure[512];
static uint64_t nruns, nsteps;

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

/* The actors that can go on, but for the current one. */
static uint32_t others(void)
{
	uint32_t i, mask = 0;

	for (i = 0; i < EX_ACTORS; i++)
		if (i != current && actors[i].exists && !actors[i].done)
			mask |= 1U << i;
	return mask;
}

static void make_menu(void)
{
	uint32_t kind;

	ex_run.menu = others();
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

static void switch_to(uint32_t actor)
{
	if (!_setjmp(actors[current].resume))
		resume(actor);
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
		take((uint32_t)option);
		step = ex_run.step++;
		menu = menu & EX_SWITCHES ? ex_run.menu : ex_run.menu & ~EX_SWITCHES;
		if (step <= EX_STEPS)
			ex_run.mask[step] = (uint16_t)menu;
	}
	if (ex_run.trace)
		trace_point(step, access, p, func, line);
}

/* --- a run -------------------------------------------------------------------------------- */

static void finish(void)
{
	uint32_t mask;

	actors[current].done = true;
	mask = others();
	if (!mask)
		_longjmp(outside, RUN_ENDED);
	resume(choose(mask));
}

static void actor_main(void)
{
	if (!_setjmp(actors[current].top))
		setcontext(&outside_context);
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
		actors[i].depth = 0;
		memcpy(&actors[i].resume, &actors[i].top, sizeof(jmp_buf));
		mask |= (uint32_t)actors[i].exists << i;
	}
	schedule_next = 0;
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

/* --- the search --------------------------------------------------------------------------- */

static bool explore(uint32_t from, uint32_t left);

static bool explore_child(uint32_t step, uint32_t option, uint32_t left)
{
	bool ok;

	if (schedule_len == EX_DEVIATIONS)
		abort();
	schedule[schedule_len++] = (struct ex_deviation){ step, option };
	ok = explore(step + 1, left);
	if (ok)
		schedule_len--;
	return ok;
}

static bool explore_point(uint32_t step, uint32_t mask, uint32_t left)
{
	uint32_t cost = mask & EX_FREE ? 0 : 1;

	for (mask &= ~EX_FREE; mask; mask &= mask - 1)
		if (!explore_child(step, (uint32_t)__builtin_ctz(mask), left - cost))
			return false;
	return true;
}

/* All schedules that go on from the present one, with deviations from step @from on. */
static bool explore(uint32_t from, uint32_t left)
{
	uint32_t i, n;
	uint16_t *mask;
	bool ok = true;

	if (!run())
		return false;
	n = ex_run.step - from;
	mask = malloc(n * sizeof(*mask) + 1);
	memcpy(mask, ex_run.mask + from, n * sizeof(*mask));
	for (i = 0; i < n && ok; i++)
		if (mask[i] && (left || mask[i] & EX_FREE))
			ok = explore_point(from + i, mask[i], left);
	free(mask);
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

static void prepare(void)
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
	if (_setjmp(outside)) {
		print_failure();
		exit(1);
	}
	for (what = ex_scenario->warm; *what; what++) {
		if (*what >= '0' && *what <= '9') {
			evring_user_cpu = (uint32_t)(*what - '0');
			current = evring_user_cpu;
			ex_core_emit(current, 'e');
		} else {
			ex_reader_act((uint32_t)(*what - 'A'), 'd');
		}
	}
	ex_save();
}

bool ex_explore(uint32_t bound, uint64_t *runs, uint64_t *steps)
{
	bool ok;
	uint32_t b;

	nruns = 0;
	nsteps = 0;
	prepare();
	/* By number of deviations, so that the first that fails has the fewest. */
	for (b = 0, ok = true; b <= bound && ok; b++) {
		schedule_len = 0;
		ok = explore(0, b);
	}
	if (!ok)
		print_failure();
	*runs = nruns;
	*steps = nsteps;
	return ok;
}

bool ex_replay(const char *text)
{
	bool ok;

	prepare();
	schedule_len = 0;
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
