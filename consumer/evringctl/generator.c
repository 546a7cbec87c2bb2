// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "generator.h"
#include "message.h"
#include "number.h"
#include "word.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GENERATOR_SIZE_MAX	(128U << 10)	/* largest payload that the generator tries */

static const struct word generator_flags[] = {
	{ "irq", EVRING_GENERATOR_IRQ },
	{ "fixed", EVRING_GENERATOR_FIXED },
	{ "wait", EVRING_GENERATOR_WAIT },
	{ "reserve", EVRING_GENERATOR_RESERVE },
	{ 0 }
};

static bool parse_range(const char *text, __u64 max, __u64 *first, __u64 *last)
{
	char copy[64], *dash;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	dash = strchr(copy, '-');
	if (dash)
		*dash++ = '\0';
	return parse_scaled(copy, 1024, max, first) &&
	       parse_scaled(dash ? dash : copy, 1024, max, last) && *first <= *last;
}

static int parse_cpus(struct evring_generator_args *g, const char *text)
{
	__u64 first, last;

	if (!parse_range(text, EVRING_GENERATOR_CPUS - 1, &first, &last))
		return fail(EXIT_USAGE, "gen: cpus=%s: not CPUs: numbers from 0 to %d, such as 0-1 or 0,4",
			    text, EVRING_GENERATOR_CPUS - 1);
	for (; first <= last; first++)
		g->cpus[first / 64] |= 1ULL << (first % 64);
	return 0;
}

static int parse_sizes(struct evring_generator_args *g, const char *text)
{
	__u64 min, max;

	/* Larger ones than a record can carry are allowed: they are dropped, and counted. */
	if (!parse_range(text, GENERATOR_SIZE_MAX, &min, &max) ||
	    min < sizeof(struct evring_event_generator))
		return fail(EXIT_USAGE, "gen: size=%s: not payload sizes: A or A-B, %zu to %u bytes",
			    text, sizeof(struct evring_event_generator), GENERATOR_SIZE_MAX);
	g->payload_min = (uint32_t)min;
	g->payload_max = (uint32_t)max;
	return 0;
}

static int parse_generator_option(struct evring_generator_args *g, char *option)
{
	static const struct word names[] = {
		{ "count=", 0 }, { "size=", 0 }, { "rate=", 0 }, { "cpus=", 0 },
		{ "irq", 0 }, { "fixed", 0 }, { "reserve", 0 }, { "wait", 0 }, { 0 }
	};
	const struct word *w = find_word(generator_flags, option);

	if (w) {
		g->flags |= (uint32_t)w->value;
		return 0;
	}
	if (!strncmp(option, "size=", 5))
		return parse_sizes(g, option + 5);
	if (!strncmp(option, "cpus=", 5))
		return parse_cpus(g, option + 5);
	/* cpus=0,4: what starts with a digit goes on with the list. */
	if (*option >= '0' && *option <= '9')
		return parse_cpus(g, option);
	if (!strncmp(option, "count=", 6)) {
		if (parse_scaled(option + 6, 1000, INT64_MAX, &g->count) && g->count)
			return 0;
		return fail(EXIT_USAGE, "gen: %s: not a number above 0, such as 1000 or 1M", option);
	}
	if (!strncmp(option, "rate=", 5)) {
		if (parse_scaled(option + 5, 1000, INT64_MAX, &g->rate) && g->rate)
			return 0;
		return fail(EXIT_USAGE, "gen: %s: not events a second: a number above 0, such as 500 or 10K",
			    option);
	}
	fprintf(stderr, "evringctl: gen: %s: no such option\n", option);
	print_near(names, option);
	return EXIT_USAGE;
}

int parse_generator(struct evring_generator_args *g, char *options)
{
	char *option, *rest;
	int rc;

	g->payload_min = 64;
	g->payload_max = 64;
	for (option = strtok_r(options, ",", &rest); option; option = strtok_r(NULL, ",", &rest)) {
		rc = parse_generator_option(g, option);
		if (rc)
			return rc;
	}
	if ((g->flags & EVRING_GENERATOR_WAIT) && !g->count)
		return fail(EXIT_USAGE, "gen: wait would never end: give a count=N");
	return 0;
}
