// SPDX-License-Identifier: GPL-2.0
/* Which CPU does what. */
#include "evbench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *parse_number(const char *text, int *cpu)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || errno || value < 0 || value >= CPU_SETSIZE)
		return NULL;
	*cpu = (int)value;
	return end;
}

/**
 * cpu_parse_list() - "0,2-3" as a set. Returns -1, silently, if it is no such list.
 */
int cpu_parse_list(const char *list, cpu_set_t *set)
{
	int first, last;

	CPU_ZERO(set);
	for (;; list++) {
		list = parse_number(list, &first);
		last = first;
		if (list && *list == '-')
			list = parse_number(list + 1, &last);
		if (!list || last < first)
			return -1;
		for (; first <= last; first++)
			CPU_SET((size_t)first, set);
		if (*list != ',')
			return *list ? -1 : 0;
	}
}

/** cpu_first() - the lowest CPU of @set, or -1. */
int cpu_first(const cpu_set_t *set)
{
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (cpu_in(cpu, set))
			return cpu;
	return -1;
}

/** cpu_format() - @set as a list of numbers. */
void cpu_format(const cpu_set_t *set, char *text, size_t size)
{
	size_t used = 0;
	int cpu;

	text[0] = '\0';
	for (cpu = 0; cpu < CPU_SETSIZE && used < size; cpu++)
		if (cpu_in(cpu, set))
			used += (size_t)snprintf(text + used, size - used, "%s%d",
						 used ? "," : "", cpu);
}

static int choose_consumer(const struct options *opts, const cpu_set_t *allowed)
{
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (cpu_in(cpu, allowed) && !cpu_in(cpu, &opts->producers))
			return cpu;
	return cpu_first(allowed);
}

/**
 * cpu_choose() - fill in the CPUs that the command line left open.
 *
 * The first allowed CPU emits, the next one reads; with a single one both
 * happen there, and a note says so.
 */
int cpu_choose(struct options *opts)
{
	cpu_set_t allowed, both;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return fail("sched_getaffinity: %s", strerror(errno));
	if (!CPU_COUNT(&opts->producers))
		CPU_SET((size_t)cpu_first(&allowed), &opts->producers);
	CPU_AND(&both, &allowed, &opts->producers);
	if (!CPU_EQUAL(&both, &opts->producers))
		return fail("-p names a CPU that this machine does not have, or may not use here");
	if (opts->consumer < 0)
		opts->consumer = choose_consumer(opts, &allowed);
	if (!cpu_in(opts->consumer, &allowed))
		return fail("-c %d: no such CPU, or not allowed here", opts->consumer);
	if (!cpu_apart(opts))
		note("CPU %d both emits and reads: give it more CPUs to measure them side by side",
		     opts->consumer);
	return 0;
}

/** cpu_apart() - do producers and consumer have CPUs of their own? */
bool cpu_apart(const struct options *opts)
{
	return !cpu_in(opts->consumer, &opts->producers);
}

/** cpu_pin() - run the calling thread on @cpu alone, or say that it is not. */
int cpu_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (!sched_setaffinity(0, sizeof(set), &set))
		return 0;
	note("not pinned to CPU %d: %s; figures will scatter more", cpu, strerror(errno));
	return -1;
}
