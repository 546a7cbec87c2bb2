// SPDX-License-Identifier: GPL-2.0
/*
 * evlog: streams the events of an evring channel to where they are wanted.
 *
 * A source (source.c) is drained (drain.c) into a sink (sink.h). After it has been asked to
 * end, it still hands on what had been emitted by that moment.
 */
#define _GNU_SOURCE
#include "clock.h"
#include "convert.h"
#include "drain.h"
#include "notify.h"
#include "options.h"
#include "plan.h"
#include "publish.h"
#include "pull.h"
#include "session.h"
#include "signals.h"
#include "sink.h"
#include "source.h"
#include "top.h"
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything that the options and the channel decide before the first event. */
static int prepare(struct session *s)
{
	const struct options *opt = &s->opt;

	s->end_ns = UINT64_MAX;
	s->started = clock_ns(CLOCK_MONOTONIC);
	s->stop_at = opt->duration_ns ? s->started + opt->duration_ns : 0;
	if (opt->output && !opt->quiet && isatty(STDERR_FILENO))
		s->progress_at = s->started + DRAIN_PROGRESS_NS;
	s->follow = !s->image && (opt->follow == FOLLOW_YES ||
				  (opt->follow == FOLLOW_DEFAULT && !opt->last_ns));
	s->started_wall = time(NULL);
	s->trouble.policy = opt->on_error;
	s->trouble.name = opt->output;
	s->trouble.pause = drain_pause;
	s->trouble.ctx = s;
	s->cpus = calloc(s->control->ncpus, sizeof(*s->cpus));
	if (!s->cpus) {
		fprintf(stderr, "evlog: no memory to count what comes\n");
		return EXIT_FAILURE;
	}
	if (!s->follow && !s->image)
		drain_end(s);
	return 0;
}

static void summarize(const struct session *s)
{
	double seconds = (double)(clock_ns(CLOCK_MONOTONIC) - s->started) / 1e9;

	if (s->opt.quiet)
		return;
	if (s->progress_at)
		fputs("\r\033[K", stderr);
	if (s->removed)
		fprintf(stderr, "evlog: %s was removed\n", s->path);
	fprintf(stderr, "evlog: %llu events, %llu lost (%llu overrun, %llu dropped",
		(unsigned long long)s->events, (unsigned long long)session_lost(s),
		(unsigned long long)s->overrun, (unsigned long long)s->dropped);
	if (s->opt.on_error == ON_ERROR_DROP)
		fprintf(stderr, ", %llu unwritten", (unsigned long long)s->unwritten);
	fprintf(stderr, "), %.0f events/s, %llu bytes written, %.3f s\n",
		seconds > 0 ? (double)s->events / seconds : 0.0,
		(unsigned long long)s->sink->written, seconds);
}

/* Ends the output, tells how it went, and makes the exit status of it all. */
static int finish(struct session *s, int failed)
{
	int error;

	notify_stopping();
	error = s->sink->ops->close(s->sink);
	if (s->opt.metrics && metrics_write(s))
		failed = 1;
	if (error == -EPIPE && !s->opt.output) {
		signals_raise_pipe();
		return EXIT_FAILURE;
	}
	summarize(s);
	if (error)
		s->sink->ops->explain(s->sink, error);
	if (error || failed || s->damaged)
		return EXIT_FAILURE;
	return s->opt.fail_on_loss && session_lost(s) ? EXIT_LOSS : EXIT_SUCCESS;
}

/* Where a standard file is closed, writing to it must fail, not go to what is opened next. */
static void hold_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Where metrics cannot be written at the start they never could: that is no way to run. */
static int start_reports(struct session *s)
{
	if (notify_open() || s->opt.metrics)
		s->report_at = s->started + METRICS_NS;
	if (s->opt.metrics && metrics_write(s))
		return -1;
	notify_ready();
	return 0;
}

/* Drains the source into a sink. Return: the status to exit by. */
static int run(struct session *s)
{
	int status, rc;

	s->sink = s->opt.to.url ? publish_open(s) : s->opt.format->open(s);
	if (!s->sink)
		return EXIT_FAILURE;
	/* One more has got a number, if only by this start. */
	rc = s->opt.output ? rotation_keep(s->opt.output, &s->opt.rotation) : 0;
	if (rc)
		fprintf(stderr, "evlog: %s: files that do not have to be kept cannot be removed: %s\n",
			s->opt.output, strerror(-rc));
	s->archive = archive_start(s->opt.output, &s->opt.rotation);
	if (s->follow && (s->opt.output || s->opt.to.url))
		signals_reopen();
	status = finish(s, start_reports(s) || drain_run(s));
	s->sink->ops->free(s->sink);
	return status;
}

/* What evlog does that is called without a command. */
static int stream(int argc, char **argv)
{
	static struct session s;
	int status = options_parse(&s.opt, argc, argv);

	if (status >= 0)
		return status;
	status = EXIT_FAILURE;
	hold_standard_files();
	s.stop_fd = signals_open();
	if (s.stop_fd < 0) {
		fprintf(stderr, "evlog: cannot take signals: %s\n", strerror(-s.stop_fd));
		return status;
	}
	status = source_open(&s);
	if (status)
		return status;
	status = prepare(&s);
	if (!status)
		status = s.opt.dry_run ? plan_tell(&s) : run(&s);
	free(s.cpus);
	source_close(&s);
	/* The ring is not kept waiting for that. */
	archive_end(s.archive);
	return status;
}

static int convert(int argc, char **argv)
{
	int status = convert_arguments(&argc, &argv);

	return status ? status : stream(argc, argv);
}

/* Commands of their own: words in the place of a channel. One that is called so has a path. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "convert", convert },
	{ "verify", verify_main },
	{ "top", top_main },
	{ "pull", pull_main },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc > 1 && !strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return stream(argc, argv);
}
