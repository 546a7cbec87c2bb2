/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Perf counters as sources: what the tests of them have in common. The channel is NAME, which the
 * including file defines.
 */
#ifndef EVRING_TESTS_GUEST_COUNTER_H
#define EVRING_TESTS_GUEST_COUNTER_H

#include "tally.h"
#include <linux/perf_event.h>

#define TRACEFS "/sys/kernel/tracing"

/** event_id() - the number of "SYSTEM/EVENT" in tracefs. */
HARNESS uint64_t event_id(const char *event)
{
	char path[200], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), TRACEFS "/events/%s/id", event);
	fd = (int)must(open(path, O_RDONLY | O_CLOEXEC), event);
	must(read(fd, text, sizeof(text) - 1), event);
	close(fd);
	return strtoull(text, NULL, 10);
}

/** count() - attach a counter to NAME: its number as a source, or -1 with errno. */
HARNESS int count(struct evring_perf_args perf)
{
	struct evring_attach_args args = { .kind = EVRING_SOURCE_PERF, .perf = perf };

	return attach(NAME, &args);
}

/**
 * count_tracepoint() - count every time that "SYSTEM/EVENT" happens.
 * @pid: in this process only, unless it is 0.
 * @filter: "INSTANCE/SYSTEM/EVENT", or NULL.
 */
HARNESS int count_tracepoint(const char *event, int32_t pid, const char *filter)
{
	return count((struct evring_perf_args){
		.type = PERF_TYPE_TRACEPOINT, .config = event_id(event), .period = 1, .pid = pid,
		.filter = (uintptr_t)filter, .filter_size = filter ? (uint32_t)strlen(filter) + 1 : 0,
	});
}

/** must_count() - count_tracepoint() without a filter, which does not fail. */
HARNESS void must_count(const char *event, int32_t pid)
{
	must(count_tracepoint(event, pid, NULL), event);
}

/** kprobe() - "p:GROUP/EVENT FUNCTION" makes a kprobe of tracefs, "-:GROUP/EVENT" ends it. */
HARNESS void kprobe(const char *line)
{
	must(file_put(TRACEFS "/kprobe_events", line), line);
}

#endif /* EVRING_TESTS_GUEST_COUNTER_H */
