// SPDX-License-Identifier: GPL-2.0
/*
 * attach: sources that feed events into a channel.
 *
 * An EVENT is the name of one of the kinds below, a colon, and what that kind reads.
 */
#define _GNU_SOURCE
#include "channel.h"
#include "command.h"
#include "generator.h"
#include "message.h"
#include "number.h"
#include "word.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SOURCES_MAX	16U	/* sources that one attach can make */

/**
 * struct event_kind - a kind of EVENT.
 * @name: what stands before the colon.
 * @source: the source that feeds it, EVRING_SOURCE_*.
 * @bare: it may stand without anything behind its name.
 * @together: all events of this kind of one command are fed by one source.
 * @parse: reads what stands behind the colon, which it may cut to pieces, into its part of
 *	the arguments, of zeros before the first; returns the exit status.
 * @invalid: message for what the module does not accept, after the channel's name.
 */
struct event_kind {
	const char *name;
	uint32_t source;
	bool bare;
	bool together;
	int (*parse)(struct evring_attach_args *a, char *rest);
	const char *invalid;
};

static const struct word probes[] = {
	{ "fork", EVRING_PROBE_FORK },
	{ "exec", EVRING_PROBE_EXEC },
	{ "exit", EVRING_PROBE_EXIT },
	{ "switch", EVRING_PROBE_SWITCH },
	{ "sys_enter", EVRING_PROBE_SYS_ENTER },
	{ "sys_exit", EVRING_PROBE_SYS_EXIT },
	{ 0 }
};

static const struct word event_names[] = {
	{ "fast:fork", 0 }, { "fast:exec", 0 }, { "fast:exit", 0 }, { "fast:switch", 0 },
	{ "fast:sys_enter", 0 }, { "fast:sys_exit", 0 }, { "gen", 0 }, { 0 }
};

static int unknown_event(const char *event)
{
	fprintf(stderr, "evringctl: %s: no such event\n", event);
	print_near(event_names, event);
	return EXIT_USAGE;
}

/* fork,exec of fast:fork,exec */
static int parse_fast(struct evring_attach_args *a, char *list)
{
	const struct word *w;
	char whole[80], *name, *rest;

	for (name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		/* fast:fork,fast:exec is meant well, too. */
		if (!strncmp(name, "fast:", 5))
			name += 5;
		w = find_word(probes, name);
		if (!w) {
			snprintf(whole, sizeof(whole), "fast:%s", name);
			return unknown_event(whole);
		}
		a->probe.events |= w->value;
	}
	return a->probe.events ? 0 : unknown_event("fast:");
}

static int parse_gen(struct evring_attach_args *a, char *options)
{
	return parse_generator(&a->generator, options);
}

static const struct event_kind kinds[] = {
	{ "fast", EVRING_SOURCE_PROBE, false, true, parse_fast,
	  "the module does not know one of these events: load the module that was built with this evringctl" },
	{ "gen", EVRING_SOURCE_GENERATOR, true, false, parse_gen,
	  "the module refuses these generator options: this machine must have the CPUs of cpus=, rate= is at most 1G" },
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* The kind of @event, and what stands behind the colon. */
static const struct event_kind *find_kind(char *event, char **rest)
{
	const struct event_kind *k;
	size_t n;

	for (k = kinds; k < kinds + NKINDS; k++) {
		n = strlen(k->name);
		if (strncmp(event, k->name, n) || (event[n] && event[n] != ':'))
			continue;
		*rest = event + n + (event[n] == ':');
		return **rest || k->bare ? k : NULL;
	}
	return NULL;
}

static const struct event_kind *kind_of(const struct evring_attach_args *a)
{
	const struct event_kind *k = kinds;

	while (k->source != a->kind)
		k++;
	return k;
}

/* The one to add an event of this kind to, or a new one. NULL: there are too many. */
static struct evring_attach_args *source_for(const struct event_kind *kind,
					     struct evring_attach_args *sources, unsigned int *n)
{
	struct evring_attach_args *a;

	for (a = sources; kind->together && a < sources + *n; a++)
		if (a->kind == kind->source)
			return a;
	if (*n == SOURCES_MAX)
		return NULL;
	a = &sources[(*n)++];
	*a = (struct evring_attach_args){ .size = sizeof(*a), .kind = kind->source };
	return a;
}

/* Return: exit status. */
static int parse_events(char **events, struct evring_attach_args *sources, unsigned int *n)
{
	const struct event_kind *kind;
	struct evring_attach_args *a;
	char *rest;
	int rc = 0;

	for (*n = 0; *events && !rc; events++) {
		kind = find_kind(*events, &rest);
		if (!kind)
			return unknown_event(*events);
		a = source_for(kind, sources, n);
		if (!a)
			return fail(EXIT_USAGE, "%s: at most %u sources at once: use a second attach",
				    *events, SOURCES_MAX);
		rc = kind->parse(a, rest);
	}
	return rc;
}

static int refused_attach(const struct evring_attach_args *a, int error)
{
	switch (error) {
	case EEXIST:
		return fail(EXIT_FAILURE, "%s: one of these events is attached already: evringctl detach %s first",
			    a->name, a->name);
	case EOPNOTSUPP:
		return fail(EXIT_FAILURE, "%s: this kernel does not have one of these events: attach them one by one to see which (raw syscalls need CONFIG_HAVE_SYSCALL_TRACEPOINTS)",
			    a->name);
	case EINTR:
		return fail(EXIT_FAILURE, "%s: interrupted before all events were made", a->name);
	case ENXIO:
		return fail(EXIT_FAILURE, "%s: a CPU of cpus= is not online: see /sys/devices/system/cpu/online",
			    a->name);
	case EINVAL:
	case ERANGE:
		return fail(EXIT_FAILURE, "%s: %s", a->name, kind_of(a)->invalid);
	default:
		return explain(a->name, error);
	}
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

int attach(char **argv, const struct options *o)
{
	struct evring_attach_args sources[SOURCES_MAX];
	unsigned int n, i;
	int fd, rc;

	(void)o;
	rc = parse_events(argv + 1, sources, &n);
	if (rc)
		return rc;
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	for (i = 0; i < n; i++) {
		copy_name(sources[i].name, argv[0]);
		if (ioctl(fd, EVRING_IOC_ATTACH, &sources[i])) {
			rc = refused_attach(&sources[i], errno);
			goto err_detach;
		}
	}
	for (i = 0; i < n; i++)
		print_source(&sources[i]);
	close(fd);
	return 0;

err_detach:
	while (i--)
		detach_again(fd, &sources[i]);
	close(fd);
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
	return rc;
}
