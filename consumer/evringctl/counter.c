// SPDX-License-Identifier: GPL-2.0
#include "counter.h"
#include "message.h"
#include "number.h"
#include "word.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CLOCK_HZ		99		/* not in step with what happens at 100 Hz */
#define HARDWARE_PERIOD		1000000
#define HZ_MAX			100000		/* perf's clocks go no faster */

static const struct word software[] = {
	{ "cpu-clock", PERF_COUNT_SW_CPU_CLOCK },
	{ "task-clock", PERF_COUNT_SW_TASK_CLOCK },
	{ "page-faults", PERF_COUNT_SW_PAGE_FAULTS },
	{ "context-switches", PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "minor-faults", PERF_COUNT_SW_PAGE_FAULTS_MIN },
	{ "major-faults", PERF_COUNT_SW_PAGE_FAULTS_MAJ },
	{ "alignment-faults", PERF_COUNT_SW_ALIGNMENT_FAULTS },
	{ "emulation-faults", PERF_COUNT_SW_EMULATION_FAULTS },
	{ "cgroup-switches", PERF_COUNT_SW_CGROUP_SWITCHES },
	{ 0 }
};

static const struct word hardware[] = {
	{ "cycles", PERF_COUNT_HW_CPU_CYCLES },
	{ "instructions", PERF_COUNT_HW_INSTRUCTIONS },
	{ "cache-references", PERF_COUNT_HW_CACHE_REFERENCES },
	{ "cache-misses", PERF_COUNT_HW_CACHE_MISSES },
	{ "branches", PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "branch-misses", PERF_COUNT_HW_BRANCH_MISSES },
	{ "bus-cycles", PERF_COUNT_HW_BUS_CYCLES },
	{ "stalled-cycles-frontend", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
	{ "stalled-cycles-backend", PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
	{ "ref-cycles", PERF_COUNT_HW_REF_CPU_CYCLES },
	{ 0 }
};

static bool is_clock(const struct evring_perf_args *perf)
{
	return perf->type == PERF_TYPE_SOFTWARE && (perf->config == PERF_COUNT_SW_CPU_CLOCK ||
						    perf->config == PERF_COUNT_SW_TASK_CLOCK);
}

static void default_period(struct evring_perf_args *perf)
{
	perf->period = 1;
	if (perf->type == PERF_TYPE_HARDWARE)
		perf->period = HARDWARE_PERIOD;
	if (is_clock(perf)) {
		perf->period = CLOCK_HZ;
		perf->flags |= EVRING_PERF_FREQUENCY;
	}
}

/* N or Nhz; true if it is one. */
static bool parse_period(struct evring_perf_args *perf, char *text)
{
	size_t n = strlen(text);
	bool hz = n > 2 && !strcasecmp(text + n - 2, "hz");

	if (hz) {
		text[n - 2] = '\0';
		perf->flags |= EVRING_PERF_FREQUENCY;
	}
	return parse_scaled(text, 1000, hz ? HZ_MAX : INT64_MAX, &perf->period) && perf->period;
}

int parse_counter(struct evring_perf_args *perf, __u32 type, const char *event, char *text)
{
	const struct word *words = type == PERF_TYPE_SOFTWARE ? software : hardware;
	const struct word *w;
	char *period = strchr(text, '@');

	if (period)
		*period++ = '\0';
	w = find_word(words, text);
	if (!w) {
		fprintf(stderr, "evringctl: %s: no such counter\n", event);
		print_near(words, text);
		return EXIT_USAGE;
	}
	perf->type = type;
	perf->config = w->value;
	if (!period)
		default_period(perf);
	else if (!parse_period(perf, period))
		return fail(EXIT_USAGE, "%s: not a period: after @ a number, or one up to %d with hz, such as @1000 or @99hz",
			    event, HZ_MAX);
	return 0;
}
