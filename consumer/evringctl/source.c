// SPDX-License-Identifier: GPL-2.0
/*
 * An EVENT is the name of one of the kinds below, a colon, and what that kind reads, or the
 * system of tracefs, a colon, and the name of a tracepoint.
 */
#define _GNU_SOURCE
#include "source.h"
#include "channel.h"
#include "counter.h"
#include "generator.h"
#include "message.h"
#include "tracefs.h"
#include "word.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct event_kind - a kind of EVENT.
 * @name: what stands before the colon; NULL: none of the others.
 * @source: the source that feeds it, EVRING_SOURCE_*.
 * @bare: it may stand without a colon.
 * @rest: something may stand behind one.
 * @together: all events of this source of one command are fed by one source.
 * @parse: reads what stands behind the colon, which it may cut to pieces, into the source,
 *	of zeros before the first; returns the exit status.
 * @invalid: message for what the module does not accept, after the channel's name, or of
 *	what perf counts, after the event.
 */
struct event_kind {
	const char *name;
	uint32_t source;
	bool bare;
	bool rest;
	bool together;
	int (*parse)(struct source *s, char *rest);
	const char *invalid;
};

static const struct word probes[] = {
	{ "fork", EVRING_PROBE_FORK },
	{ "exec", EVRING_PROBE_EXEC },
	{ "exit", EVRING_PROBE_EXIT },
	{ "switch", EVRING_PROBE_SWITCH },
	{ "sys_enter", EVRING_PROBE_SYS_ENTER },
	{ "sys_exit", EVRING_PROBE_SYS_EXIT },
	{ "printk", EVRING_PROBE_PRINTK },
	{ 0 }
};

static const char * const event_names[] = {
	"fast:fork", "fast:exec", "fast:exit", "fast:switch", "fast:sys_enter", "fast:sys_exit",
	"fast:printk", "printk", "gen", "software:", "hardware:", "kprobe:", "kretprobe:",
	"uprobe:", "uretprobe:",
};

/* --- what there is not --------------------------------------------------------------- */

static int unknown_event(const char *event)
{
	struct near near;
	char *all;
	size_t i;

	near_begin(&near, event);
	for (i = 0; i < sizeof(event_names) / sizeof(event_names[0]); i++)
		near_look(&near, event_names[i]);
	all = tracefs_get("available_events");
	if (all)
		near_lines(&near, all);
	free(all);
	fprintf(stderr, "evringctl: %s: no such event: those of tracefs are in " TRACEFS "/available_events, all others in evringctl --help\n",
		event);
	near_print(&near);
	return EXIT_USAGE;
}

/* --- kinds --------------------------------------------------------------------------- */

/* fork,exec of fast:fork,exec */
static int parse_fast(struct source *s, char *list)
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
		s->args.probe.events |= w->value;
	}
	return s->args.probe.events ? 0 : unknown_event("fast:");
}

static int parse_printk(struct source *s, char *rest)
{
	(void)rest;
	s->args.probe.events |= EVRING_PROBE_PRINTK;
	return 0;
}

static int parse_gen(struct source *s, char *options)
{
	return parse_generator(&s->args.generator, options);
}

static int parse_software(struct source *s, char *text)
{
	return parse_counter(&s->args.perf, PERF_TYPE_SOFTWARE, s->event, text);
}

static int parse_hardware(struct source *s, char *text)
{
	return parse_counter(&s->args.perf, PERF_TYPE_HARDWARE, s->event, text);
}

/* Every time that it happens. */
static void take_tracepoint(struct source *s, const char *system, const char *name)
{
	s->args.perf.type = PERF_TYPE_TRACEPOINT;
	s->args.perf.period = 1;
	s->system = system;
	s->name = name;
}

static int parse_probe(struct source *s, char *text)
{
	s->dynamic.kind = s->text;
	s->text[strcspn(s->text, ":")] = '\0';
	take_tracepoint(s, DYNAMIC_GROUP, s->dynamic.name);
	return parse_dynamic(&s->dynamic, s->event, text);
}

static int parse_tracepoint(struct source *s, char *name)
{
	/* It becomes a path. */
	if (!*name || name == s->text + 1 || strpbrk(s->text, "/ ") || *s->text == '.' ||
	    *name == '.')
		return unknown_event(s->event);
	name[-1] = '\0';
	take_tracepoint(s, s->text, name);
	return 0;
}

#define PROBE_INVALID "perf refuses this probe: the place must be where an instruction begins"

static const struct event_kind kinds[] = {
	{ "fast", EVRING_SOURCE_PROBE, false, true, true, parse_fast,
	  "the module does not know one of these events: load the module that was built with this evringctl" },
	{ "printk", EVRING_SOURCE_PROBE, true, false, true, parse_printk,
	  "the module does not know printk: load the module that was built with this evringctl" },
	{ "gen", EVRING_SOURCE_GENERATOR, true, true, false, parse_gen,
	  "the module refuses these generator options: this machine must have the CPUs of cpus=, rate= is at most 1G" },
	{ "software", EVRING_SOURCE_PERF, false, true, false, parse_software,
	  "perf refuses this counter or its period" },
	{ "hardware", EVRING_SOURCE_PERF, false, true, false, parse_hardware,
	  "perf refuses this counter or its period" },
	{ "kprobe", EVRING_SOURCE_PERF, false, true, false, parse_probe, PROBE_INVALID },
	{ "kretprobe", EVRING_SOURCE_PERF, false, true, false, parse_probe, PROBE_INVALID },
	{ "uprobe", EVRING_SOURCE_PERF, false, true, false, parse_probe, PROBE_INVALID },
	{ "uretprobe", EVRING_SOURCE_PERF, false, true, false, parse_probe, PROBE_INVALID },
	{ NULL, EVRING_SOURCE_PERF, false, true, false, parse_tracepoint,
	  "perf does not take this tracepoint" },
};

/* The kind of @event, and what stands behind the colon. NULL: it is of none. */
static const struct event_kind *find_kind(char *event, char **rest)
{
	size_t n = strcspn(event, ":");
	const struct event_kind *k;

	*rest = event + n + (event[n] == ':');
	for (k = kinds; k->name; k++) {
		if (strlen(k->name) != n || strncmp(event, k->name, n))
			continue;
		if (event[n] ? k->rest : k->bare)
			return k;
		/* printk:console is a tracepoint. */
		return event[n] && !k->rest ? kinds + sizeof(kinds) / sizeof(kinds[0]) - 1 : NULL;
	}
	return event[n] ? k : NULL;
}

/* The one to add an event of this kind to, or the next. NULL: there are too many. */
static struct source *source_for(const struct event_kind *kind, struct source *sources,
				 unsigned int *n, unsigned int room)
{
	struct source *s;

	for (s = sources; kind->together && s < sources + *n; s++)
		if (s->args.kind == kind->source)
			return s;
	if (*n == room)
		return NULL;
	s = &sources[(*n)++];
	*s = (struct source){ .kind = kind };
	s->args.size = sizeof(s->args);
	s->args.kind = kind->source;
	return s;
}

int parse_event(struct source *sources, unsigned int *n, unsigned int room, const char *event)
{
	const struct event_kind *kind;
	struct source *s;
	char *text = strdup(event), *rest;

	if (!text)
		return fail(EXIT_FAILURE, "no memory");
	kind = find_kind(text, &rest);
	s = kind ? source_for(kind, sources, n, room) : NULL;
	if (!s) {
		free(text);
		return kind ? fail(EXIT_USAGE, "%s: at most %u sources at once: use a second attach",
				   event, room) : unknown_event(event);
	}
	free(s->text);
	s->text = text;
	if (!s->event)
		s->event = event;
	return kind->parse(s, rest);
}

bool is_counted(const struct source *s)
{
	return s->args.kind == EVRING_SOURCE_PERF;
}

/* --- events of tracefs ---------------------------------------------------------------- */

static int refused_id(const struct source *s, int error)
{
	char path[64 + 2 * DYNAMIC_NAME];
	char *format;

	if (error == EACCES || error == EPERM)
		return fail(EXIT_FAILURE, "%s: " TRACEFS "/events is not readable for you: run as root",
			    s->event);
	if (error != ENOENT && error != ENOTDIR)
		return fail(EXIT_FAILURE, "%s: %s", s->event, strerror(error));
	snprintf(path, sizeof(path), "events/%s/%s/format", s->system, s->name);
	format = tracefs_get(path);
	if (!format)
		return unknown_event(s->event);
	free(format);
	return fail(EXIT_FAILURE, "%s: the kernel lets nobody but tracefs itself have this event",
		    s->event);
}

int find_event(struct source *s, struct filter *f)
{
	int rc = tracefs_missing(s->event);
	int error;

	if (!rc && s->dynamic.kind)
		rc = make_dynamic(&s->dynamic, s->event);
	if (rc)
		return rc;
	error = tracefs_id(s->system, s->name, &s->args.perf.config);
	if (error)
		return refused_id(s, error);
	if (!f->expression)
		return 0;
	rc = set_filter(f, s->event, s->system, s->name, s->filter);
	s->args.perf.filter = (__u64)(uintptr_t)s->filter;
	s->args.perf.filter_size = (__u32)strlen(s->filter) + 1;
	return rc;
}

/* --- what the module refuses ---------------------------------------------------------- */

static int refused_counter(const struct source *s, int error)
{
	const struct evring_perf_args *perf = &s->args.perf;

	switch (error) {
	case ENODEV:
		if (perf->type == PERF_TYPE_HARDWARE)
			return fail(EXIT_FAILURE, "%s: this machine does not count that (a guest without a virtual PMU?): take software:cpu-clock, or another counter",
				    s->event);
		return fail(EXIT_FAILURE, "%s: this kernel does not count that", s->event);
	case ESRCH:
		return fail(EXIT_FAILURE, "%s: no such process: %d (the number of a thread is none)",
			    s->event, perf->pid);
	case ERANGE:
		return fail(EXIT_FAILURE, "%s: its id in tracefs is %llu, and records tell ids below %u alone: remove dynamic events, or restart the machine",
			    s->event, (unsigned long long)perf->config, EVRING_TYPE_PADDING);
	case EINVAL:
		return fail(EXIT_FAILURE, "%s: %s", s->event, s->kind->invalid);
	case ENOENT:
	case EPERM:
	case EACCES:
	case ENOMEM:
	case ENOTTY:
	case E2BIG:
		return explain(s->args.name, error);
	default:
		return fail(EXIT_FAILURE, "%s: %s", s->event, strerror(error));
	}
}

int refused_source(const struct source *s, int error)
{
	const char *name = s->args.name;

	if (is_counted(s))
		return refused_counter(s, error);
	switch (error) {
	case EEXIST:
		return fail(EXIT_FAILURE, "%s: one of these events is attached already: evringctl detach %s first",
			    name, name);
	case EOPNOTSUPP:
		return fail(EXIT_FAILURE, "%s: this kernel does not have one of these events: attach them one by one to see which (raw syscalls need CONFIG_HAVE_SYSCALL_TRACEPOINTS)",
			    name);
	case EINTR:
		return fail(EXIT_FAILURE, "%s: interrupted before all events were made", name);
	case ENXIO:
		return fail(EXIT_FAILURE, "%s: a CPU of cpus= is not online: see /sys/devices/system/cpu/online",
			    name);
	case EINVAL:
	case ERANGE:
		return fail(EXIT_FAILURE, "%s: %s", name, s->kind->invalid);
	default:
		return explain(name, error);
	}
}
