// SPDX-License-Identifier: GPL-2.0
/*
 * evlog --lossless --to, over a channel that is a test double: live URL SPOOL COUNT.
 *
 * A thread emits COUNT records on two CPUs, and each again that was dropped as evlog had not
 * acknowledged enough; then the channel is removed. SPOOL: a folder, or - for none. Printed:
 * for each CPU what it accepted, then what was dropped. Exits as evlog does.
 */
#define _GNU_SOURCE
#define EVRING_DOUBLE_IMPLEMENTATION
#include "evring_double.h"

#include "clock.h"
#include "drain.h"
#include "publish.h"
#include "rig.h"
#include "spool.h"

#include <pthread.h>
#include <stdio.h>

static struct evring_double *channel;
static unsigned long count;

static void *produce(void *unused)
{
	struct {
		struct evring_common common;
		char text[120];
	} event = { .common = { .type = EVRING_TYPE_USER, .pid = 1 } };
	unsigned long i;

	(void)unused;
	for (i = 0; i < count; i++) {
		snprintf(event.text, sizeof(event.text), "number %lu of a long line", i);
		while (evring_double_emit(channel, i & 1, EVRING_TYPE_USER, &event,
					  sizeof(event)))
			usleep(2000);
		/* Not faster than that, so that there is time to break something. */
		if (i % 64 == 63)
			usleep(4000);
	}
	evring_double_remove(channel);
	return NULL;
}

static struct sink_ops ops;
static const struct sink_ops *real;
static unsigned long long taken;

static int count_event(struct sink *sink, const struct event_type *t,
		       const struct evring_event *ev, const struct stamp *stamp)
{
	taken++;
	return real->event(sink, t, ev, stamp);
}

/* What is settled is with the server: LIVE_COUNT is a command that says how much it has. */
static int check_settle(struct sink *sink)
{
	int rc = real->settle(sink);
	unsigned long long stored = 0;
	FILE *f = popen(getenv("LIVE_COUNT"), "r");

	if (!f || fscanf(f, "%llu", &stored) != 1 || stored < taken) {
		fprintf(stderr, "live: %llu settled, %llu stored\n", taken, stored);
		_exit(9);
	}
	pclose(f);
	return rc;
}

static void watch_settle(struct session *s)
{
	real = s->sink->ops;
	ops = *real;
	ops.event = count_event;
	ops.settle = check_settle;
	s->sink->ops = &ops;
}

static void choose(struct session *s, char **argv)
{
	s->opt.to.url = argv[1];
	s->opt.spool = strcmp(argv[2], "-") ? argv[2] : NULL;
	s->opt.spool_size = SPOOL_DEFAULT;
	s->opt.format = sink_format_find("json");
	s->opt.deadline_ns = 1000000;
	s->lossless = true;
}

int main(int argc, char **argv)
{
	struct evring_double_opts opts = { .size = sizeof(opts), .data_size = 256 << 10 };
	static struct session s;
	pthread_t thread;
	int failed, error;

	if (argc != 4)
		return 2;
	count = strtoul(argv[3], NULL, 10);
	channel = evring_double_create("live", &opts);
	choose(&s, argv);
	if (!channel || rig_open(&s, channel, publish_open))
		return 1;
	if (getenv("LIVE_COUNT"))
		watch_settle(&s);
	pthread_create(&thread, NULL, produce, NULL);
	failed = drain_run(&s);
	error = s.sink->ops->close(s.sink);
	pthread_join(thread, NULL);
	printf("%llu %llu %llu\n", (unsigned long long)evring_double_accepted(channel, 0),
	       (unsigned long long)evring_double_accepted(channel, 1),
	       (unsigned long long)evring_double_dropped(channel, 0) +
	       (unsigned long long)evring_double_dropped(channel, 1));
	return failed || error;
}
