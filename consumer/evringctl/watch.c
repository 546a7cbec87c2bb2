// SPDX-License-Identifier: GPL-2.0
/* watch: what a channel does, a line every so often. */
#define _GNU_SOURCE
#include "channel.h"
#include "command.h"
#include "report.h"
#include "signals.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What --watch tells as so much a second. */
static const char *const counted[] = { "accepted", "dropped", "wakeups", "positions", "faults" };

#define NCOUNTED	(sizeof(counted) / sizeof(counted[0]))

/* How much each grew in a second. */
static void work_out_rates(const struct evring_channel_stats *now,
			   const struct evring_channel_stats *before, double seconds, double *rates)
{
	rates[0] = (double)(now->accepted - before->accepted) / seconds;
	rates[1] = (double)(dropped_in_all(now) - dropped_in_all(before)) / seconds;
	rates[2] = (double)(now->wakeups - before->wakeups) / seconds;
	rates[3] = (double)(now->positions - before->positions) / seconds;
	rates[4] = (double)(now->faults - before->faults) / seconds;
}

static void watch_text(const struct evring_info *info, const struct evring_channel_stats *now,
		       const double *rates, unsigned int line)
{
	size_t i;

	/* Again now and then, so that a screen shows it. */
	if (line % 20 == 0) {
		for (i = 0; i < NCOUNTED; i++)
			printf("%12s/s", counted[i]);
		printf(" %8s %8s %s\n", "readers", "sources", "state");
	}
	for (i = 0; i < NCOUNTED; i++)
		printf("%14.0f", rates[i]);
	printf(" %8u %8u %s\n", now->readers, now->sources, state_of(info->state));
}

static void watch_json(const struct evring_info *info, const struct evring_channel_stats *now,
		       const double *rates, double seconds)
{
	struct report r = { .json = true };
	char name[32];
	size_t i;

	report_string(&r, "name", info->name);
	report_string(&r, "state", state_of(info->state));
	report_name(&r, "seconds");
	printf("%.6f", seconds);
	for (i = 0; i < NCOUNTED; i++) {
		snprintf(name, sizeof(name), "%s_per_second", counted[i]);
		report_name(&r, name);
		printf("%.3f", rates[i]);
	}
	report_stats(&r, now);
	puts("}");
}

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000U + (__u64)ts.tv_nsec;
}

/* False: a signal came. */
static bool sleep_until(__u64 ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / 1000000000U),
			       .tv_nsec = (long)(ns % 1000000000U) };

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return !stopped;
}

/* Until a signal comes, the channel is removed, or nobody takes the lines any more. */
static int watch(int fd, const char *name, __u64 every, bool json)
{
	struct evring_channel_stats before, now;
	struct evring_info info = { 0 };
	int error = ask(fd, &info, &before);
	__u64 last = now_ns(), next = last, this;
	double rates[NCOUNTED], seconds;
	unsigned int line;

	for (line = 0; !error; line++) {
		/* After having been stopped, not all that was missed at once. */
		do {
			next += every;
		} while (next <= last);
		if (!sleep_until(next))
			return 0;
		error = ask(fd, &info, &now);
		if (error || info.state & EVRING_STATE_REMOVED)
			break;
		this = now_ns();
		seconds = (double)(this - last) / 1e9;
		work_out_rates(&now, &before, seconds, rates);
		if (json)
			watch_json(&info, &now, rates, seconds);
		else
			watch_text(&info, &now, rates, line);
		if (fflush(stdout))
			return EXIT_FAILURE;
		before = now;
		last = this;
	}
	if (error && error != ENODEV)
		return refused_channel(name, &info, error);
	fprintf(stderr, "evringctl: %s was removed\n", name);
	return 0;
}

int watch_stat(char **argv, const struct options *o)
{
	struct evring_info none = { 0 };
	__u64 every = o->watch_ns ? o->watch_ns : 1000000000U;
	int fd, rc;

	/* stat NAME --watch 5 is meant well, too. */
	if (argv[1]) {
		rc = parse_watch(argv[1], &every);
		if (rc)
			return rc;
	}
	fd = open_to_ask(argv[0]);
	if (fd < 0)
		return refused_channel(argv[0], &none, errno);
	catch_signals();
	rc = watch(fd, argv[0], every, o->given & TAKES_JSON);
	close(fd);
	return rc;
}
