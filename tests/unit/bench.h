/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of evbench's parts share: checks that are printed, evbench's fail() and note(),
 * which a test may look at, and records as its peers emit them. To be included before the parts,
 * for their _GNU_SOURCE.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include "../../bench/evbench.h"

#include <stdarg.h>
#include <string.h>

static int failures;
static char warnings[4096];	/* of fail() and note(), one behind the other */

static inline void check(const char *name, bool ok)
{
	printf("%s %s\n", ok ? "ok" : "not ok", name);
	failures += !ok;
}

static inline void say(const char *format, va_list args)
{
	size_t used = strlen(warnings);

	vsnprintf(warnings + used, sizeof(warnings) - used, format, args);
	fprintf(stderr, "%s\n", warnings + used);
}

int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return -1;
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

/* Make record number @number with @payload bytes of payload at @at; returns its own bytes. */
static inline uint32_t make_record(void *at, uint32_t payload, uint32_t number)
{
	struct evring_record record = { .type = EVRING_TYPE_GENERATOR };
	struct evring_event_generator event = { .number = number };
	char *body = (char *)at + sizeof(record);

	record.size = (uint16_t)(sizeof(record) + payload);
	memset(body, 0, payload);
	memcpy(body, &event, sizeof(event));
	event.sum = evring_generator_sum(body, payload);
	memcpy(body, &event, sizeof(event));
	memcpy(at, &record, sizeof(record));
	return record.size;
}

#endif /* TESTS_BENCH_H */
