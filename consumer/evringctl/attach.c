// SPDX-License-Identifier: GPL-2.0
/* attach: sources that feed events into a channel. */
#define _GNU_SOURCE
#include "channel.h"
#include "command.h"
#include "leftover.h"
#include "message.h"
#include "number.h"
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SOURCES_MAX	16U	/* sources that one attach can make */

/**
 * struct attachment - what one attach does.
 * @control: descriptor of the control device.
 * @lease: descriptor of the lease, as long as there are events of tracefs to come; or -1.
 * @filter: --filter.
 * @n: sources.
 * @attached: how many of them are attached, the first ones.
 * @sources: the sources.
 */
struct attachment {
	int control;
	int lease;
	struct filter filter;
	unsigned int n;
	unsigned int attached;
	struct source sources[SOURCES_MAX];
};

/* May --pid and --filter stand with this source? */
static int check_options(const struct source *s, const struct options *o)
{
	if (o->given & TAKES_PID && !is_counted(s))
		return fail(EXIT_USAGE, "%s: --pid is for what perf counts: tracepoints, probes, software: and hardware:",
			    s->event);
	if (o->given & TAKES_FILTER && !s->system)
		return fail(EXIT_USAGE, "%s: --filter is for what tracefs describes: tracepoints (SYSTEM:NAME), kprobes and uprobes",
			    s->event);
	return 0;
}

/* Return: exit status. */
static int parse_events(struct attachment *a, char **events, const struct options *o)
{
	unsigned int i;
	int rc = 0;

	for (; *events && !rc; events++)
		rc = parse_event(a->sources, &a->n, SOURCES_MAX, *events);
	for (i = 0; i < a->n && !rc; i++) {
		rc = check_options(&a->sources[i], o);
		if (o->given & TAKES_PID)
			a->sources[i].args.perf.pid = o->pid;
	}
	return rc;
}

/* How many sources, from the first, there are up to the last that needs tracefs. */
static unsigned int traced(const struct attachment *a)
{
	unsigned int n = a->n;

	while (n && !a->sources[n - 1].system)
		n--;
	return n;
}

static void drop_lease(struct attachment *a)
{
	if (a->lease >= 0)
		close(a->lease);
	a->lease = -1;
}

static int attach_one(struct attachment *a, struct source *s, const char *channel)
{
	int rc = s->system ? find_event(s, &a->filter) : 0;

	if (rc)
		return rc;
	copy_name(s->args.name, channel);
	return ioctl(a->control, EVRING_IOC_ATTACH, &s->args) ? refused_source(s, errno) : 0;
}

static int attach_all(struct attachment *a, const char *channel)
{
	unsigned int leased = traced(a);
	int rc = 0;

	if (leased) {
		a->lease = take_lease();
		if (a->lease < 0)
			return fail(EXIT_FAILURE, "/run/evringctl.lock: %s: run as root",
				    strerror(errno));
		sweep_leased();
	}
	while (a->attached < a->n) {
		/* What is attached is held by the kernel; others need not wait for a generator. */
		if (a->attached == leased)
			drop_lease(a);
		rc = attach_one(a, &a->sources[a->attached], channel);
		if (rc)
			break;
		a->attached++;
	}
	return rc;
}

static void print_source(const struct evring_attach_args *a)
{
	const struct evring_generator_args *g = &a->generator;

	/* A source that was waited for is gone. */
	if (a->kind == EVRING_SOURCE_GENERATOR && g->flags & EVRING_GENERATOR_WAIT)
		printf("accepted=%llu dropped=%llu seconds=%.6f\n",
		       (unsigned long long)g->emitted, (unsigned long long)g->failed,
		       (double)g->elapsed_ns / 1e9);
	else
		printf("%u\n", a->id);
}

static void detach_again(int fd, const struct evring_attach_args *a)
{
	struct evring_detach_args args = { .size = sizeof(args), .id = a->id };

	copy_name(args.name, a->name);
	if (ioctl(fd, EVRING_IOC_DETACH, &args) && errno != ENOENT)
		fail(EXIT_FAILURE, "%s: source %u stays attached: %s", a->name, a->id,
		     strerror(errno));
}

/* Leave nothing behind, of tracefs's neither. */
static void undo(struct attachment *a)
{
	while (a->attached)
		detach_again(a->control, &a->sources[--a->attached].args);
	if (a->lease >= 0)
		sweep_leased();
	else
		sweep();
}

static int attach_parsed(struct attachment *a, const char *channel)
{
	unsigned int i;
	int rc;

	a->control = open_control();
	if (a->control < 0)
		return EXIT_FAILURE;
	rc = attach_all(a, channel);
	if (rc)
		undo(a);
	drop_lease(a);
	for (i = 0; i < a->attached; i++)
		print_source(&a->sources[i].args);
	close(a->control);
	return rc;
}

int attach(char **argv, const struct options *o)
{
	struct attachment a = { .lease = -1, .filter.expression = o->filter };
	int rc = parse_events(&a, argv + 1, o);

	if (!rc)
		rc = attach_parsed(&a, argv[0]);
	while (a.n)
		free(a.sources[--a.n].text);
	return rc;
}

int detach(char **argv, const struct options *o)
{
	struct evring_detach_args args = { .size = sizeof(args) };
	__u64 id = 0;
	int fd, rc = 0;

	(void)o;
	if (argv[1] && (!parse_scaled(argv[1], 1, UINT32_MAX, &id) || !id))
		return fail(EXIT_USAGE, "%s: not the number of a source: what evringctl attach printed",
			    argv[1]);
	copy_name(args.name, argv[0]);
	args.id = (uint32_t)id;
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	if (ioctl(fd, EVRING_IOC_DETACH, &args)) {
		if (errno == ENOENT && args.id)
			rc = fail(EXIT_FAILURE, "%s: no such channel (see evringctl list), or no source %u on it",
				  args.name, args.id);
		else
			rc = explain(args.name, errno);
	}
	close(fd);
	sweep();
	return rc;
}
