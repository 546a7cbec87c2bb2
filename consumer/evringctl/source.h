/* SPDX-License-Identifier: GPL-2.0 */
/* source: what an EVENT of the command line asks for. */
#ifndef EVRINGCTL_SOURCE_H
#define EVRINGCTL_SOURCE_H

#include "dynamic.h"
#include "filter.h"

#include <linux/evring.h>
#include <stdbool.h>

/**
 * struct source - a source to attach.
 * @kind: the kind of its EVENT.
 * @event: the EVENT as typed; the first, if several make one source.
 * @text: the same, cut to pieces.
 * @args: for the module.
 * @system: tracefs's system of the event; NULL: it is none of tracefs's.
 * @name: its name there.
 * @dynamic: the probe that is to be made first.
 * @filter: what @args.perf.filter points to.
 */
struct source {
	const struct event_kind *kind;
	const char *event;
	char *text;
	struct evring_attach_args args;
	const char *system;
	const char *name;
	struct dynamic dynamic;
	char filter[EVRING_FILTER_MAX];
};

/**
 * parse_event() - read one EVENT.
 * @sources: those there are.
 * @n: how many; one more afterwards, unless the EVENT went to one that was there.
 * @room: how many there can be.
 * @event: the EVENT.
 *
 * Return: exit status.
 */
int parse_event(struct source *sources, unsigned int *n, unsigned int room, const char *event);

/** is_counted() - is it fed by perf, which can count for a process alone? */
bool is_counted(const struct source *s);

/**
 * find_event() - look its event of tracefs up; make it, and its filter.
 * @s: the source.
 * @f: the filter of this command.
 *
 * The caller has the lease.
 *
 * Return: exit status.
 */
int find_event(struct source *s, struct filter *f);

/** refused_source() - the message for an error of EVRING_IOC_ATTACH. Return: exit status. */
int refused_source(const struct source *s, int error);

#endif
