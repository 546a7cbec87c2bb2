// SPDX-License-Identifier: GPL-2.0
/* evbench: what emitting to an evring channel and reading it cost. */
#include "backend.h"
#include "channel.h"
#include "evbench.h"
#include "peer.h"
#include "recorder.h"

#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool signalled;

/* A progress line stands on the terminal and must be wiped before other text. */
static bool progress_shown;

/* Told in lines, for whoever reads them through a pipe (--progress). */
static bool progress_lines;

static void wipe_progress(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

/** fail() - say on stderr what went wrong; returns -1. */
int fail(const char *format, ...)
{
	va_list args;

	wipe_progress();
	fputs("evbench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -1;
}

/** note() - say on stderr what the user should know. */
void note(const char *format, ...)
{
	va_list args;

	wipe_progress();
	fputs("evbench: note: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/** progress() - tell a user at a terminal what is going on, or one who asked for it. */
void progress(const char *format, ...)
{
	va_list args;

	if (!isatty(STDERR_FILENO) && !progress_lines)
		return;
	wipe_progress();
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (progress_lines)
		fputc('\n', stderr);
	fflush(stderr);
	progress_shown = !progress_lines;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

uint64_t clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_thread(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static void on_signal(int number)
{
	(void)number;
	__atomic_store_n(&signalled, true, __ATOMIC_RELAXED);
}

/** interrupted() - SIGINT or SIGTERM came: clean up and leave. */
bool interrupted(void)
{
	return __atomic_load_n(&signalled, __ATOMIC_RELAXED);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int list(void)
{
	const struct backend *b;
	size_t i;

	for (i = 0; i < backends_count; i++) {
		b = &backends[i];
		printf("%-16s %s\n", b->name, b->description);
	}
	peer_list();
	recorder_list();
	return EXIT_SUCCESS;
}

/* What io_uring has touched comes after emit: see channel_fill(). */
static const struct {
	enum mode mode;
	int (*run)(const struct options *opts, struct report *r);
} modes[] = {
	{ MODE_MEMORY, memory_run },
	{ MODE_FAULTS, faults_run },
	{ MODE_FIRST, first_run },
	{ MODE_HISTORY, history_run },
	{ MODE_EMIT, emit_run },
	{ MODE_CONSUME, consume_run },
	{ MODE_STREAM, stream_run },
	{ MODE_LATENCY, latency_run },
	{ MODE_SOURCE, source_run },
	{ MODE_LOG, log_run },
};

/* Modes that are measured by one producer, by two, by four ... and by all there are. */
#define MODES_BY_PRODUCERS	(MODE_EMIT | MODE_STREAM)

/* The first @n CPUs of @from. */
static void take_cpus(const cpu_set_t *from, unsigned int n, cpu_set_t *to)
{
	int cpu;

	CPU_ZERO(to);
	for (cpu = 0; n; cpu++) {
		if (!cpu_in(cpu, from))
			continue;
		CPU_SET((size_t)cpu, to);
		n--;
	}
}

static int run_mode(size_t i, const struct options *opts, struct report *r)
{
	unsigned int all = (unsigned int)CPU_COUNT(&opts->producers), n = 1;
	struct options one = *opts;
	int err;

	if (!((unsigned int)modes[i].mode & MODES_BY_PRODUCERS)) {
		r->producers = 1;
		return modes[i].run(opts, r);
	}
	for (;; n = 2 * n < all ? 2 * n : all) {
		take_cpus(&opts->producers, n, &one.producers);
		r->producers = n;
		err = modes[i].run(&one, r);
		if (err || n == all)
			return err;
	}
}

/* Run what was asked for. EXIT_SKIPPED if nothing of it can run here. */
static int run_modes(const struct options *opts, struct report *r)
{
	bool any = false;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!(opts->modes & (unsigned int)modes[i].mode))
			continue;
		err = run_mode(i, opts, r);
		if (err == -1)
			return EXIT_FAILURE;
		any |= !err;
	}
	return any ? EXIT_SUCCESS : EXIT_SKIPPED;
}

static int write_results(const struct report *r)
{
	const char *json = r->opts->json;

	if (json && json_write(r, json))
		return EXIT_FAILURE;
	if (!json || strcmp(json, "-"))
		report_print(r, stdout);
	if (fflush(stdout) || ferror(stdout))
		return fail("the results could not be written") ? EXIT_FAILURE : 0;
	return EXIT_SUCCESS;
}

/* The pictures, and the document that they are drawn from. */
static int draw_results(const struct report *r)
{
	char json[PATH_MAX];

	snprintf(json, sizeof(json), "%s/results.json", r->opts->plot);
	if (json_write(r, json) || plot_file(json, r->opts->plot))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
	struct options opts;
	struct report r = { .opts = &opts };
	int status = options_parse(&opts, argc, argv);

	if (status)
		return status;
	progress_lines = opts.progress;
	if (opts.plot && plot_prepare(opts.plot))
		return EXIT_FAILURE;
	if (channel_check() || cpu_choose(&opts))
		return EXIT_FAILURE;
	cpu_pin(opts.consumer);
	catch_signals();
	machine_describe(&r.machine);
	status = run_modes(&opts, &r);
	wipe_progress();
	if (status == EXIT_SUCCESS)
		status = write_results(&r);
	if (status == EXIT_SUCCESS && opts.plot)
		status = draw_results(&r);
	report_free(&r);
	device_unload();
	return status;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return options_usage(stdout), EXIT_SUCCESS;
		if (!strcmp(argv[i], "-V") || !strcmp(argv[i], "--version"))
			return printf("evbench %s\n", EVBENCH_VERSION), EXIT_SUCCESS;
	}
	if (!strcmp(command, "run")) {
		argv[1] = argv[0];
		return run(argc - 1, argv + 1);
	}
	if (!strcmp(command, "compare")) {
		argv[1] = argv[0];
		return compare_run(argc - 1, argv + 1);
	}
	if (!strcmp(command, "plot")) {
		argv[1] = argv[0];
		return plot_run(argc - 1, argv + 1);
	}
	if (!strcmp(command, "list") && argc == 2)
		return list();
	options_usage(stderr);
	return EXIT_USAGE;
}
