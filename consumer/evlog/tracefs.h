/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tracefs: the events that this kernel's tracefs has, by id and by name.
 *
 * They come and go while evlog reads: kprobes and uprobes are made there, and modules
 * bring theirs. So they are looked through anew when an id is not known, but not so often
 * that it takes more than a part of the time.
 */
#ifndef EVLOG_TRACEFS_H
#define EVLOG_TRACEFS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct tracefs_event - an event.
 * @id: its id, common_type of its records.
 * @system: its folder under events/.
 * @name: its folder in that.
 */
struct tracefs_event {
	uint32_t id;
	char *system;
	char *name;
};

/**
 * struct tracefs - all of them.
 * @root: folder events/; empty: there is none to be read.
 * @events: by @id.
 * @n: how many.
 * @again_at: CLOCK_MONOTONIC in nanoseconds: not looked through anew before.
 */
struct tracefs {
	char root[64];
	struct tracefs_event *events;
	size_t n;
	uint64_t again_at;
};

/** tracefs_open() - find tracefs. Return: 0, or -errno: @t has no events. */
int tracefs_open(struct tracefs *t);

/** tracefs_close() - forget it all. */
void tracefs_close(struct tracefs *t);

/** tracefs_find() - the event with @id, or NULL. Valid until the next call. */
const struct tracefs_event *tracefs_find(struct tracefs *t, uint32_t id);

/** tracefs_all() - look all events through, unless that was done just now. */
void tracefs_all(struct tracefs *t);

/** tracefs_format() - the format text of @e, to be freed; NULL: it cannot be read. */
char *tracefs_format(const struct tracefs *t, const struct tracefs_event *e);

#endif /* EVLOG_TRACEFS_H */
