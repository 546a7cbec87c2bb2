/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sink: where events go: lines, a raw log, a trace, a server.
 *
 * A format is a file of its own that has a struct sink within its own struct and an
 * open function in the table of sink.c. The loop (drain.c) gives it events, tells it when
 * there are no more for now (flush), and asks it to make sure (settle) before the ring may
 * forget them. One thread.
 */
#ifndef EVLOG_SINK_H
#define EVLOG_SINK_H

#include "format.h"

#include <stddef.h>
#include <stdint.h>

struct session;
struct sink;

/** SINK_END - a sink's way to say that it takes no more, and that this is no failure. */
#define SINK_END	1

/** SINK_DROPPED - and that it did not take a record, which it counted by session_unwritten(). */
#define SINK_DROPPED	2

/**
 * struct sink_ops - what a sink does. All but @extent and @reopen are there.
 *
 * What fails returns -errno, notes the first in sink.error, and fails likewise from then on;
 * it is told on standard error once, by @explain after @close.
 */
struct sink_ops {
	/**
	 * @event: take a record that is wanted, or a loss. @t: its type; NULL: nobody knows it,
	 * or a loss. @ev's payload is good until the call returns. Return: 0, SINK_END,
	 * SINK_DROPPED or -errno.
	 */
	int (*event)(struct sink *sink, const struct event_type *t, const struct evring_event *ev,
		     const struct stamp *stamp);
	/**
	 * @extent: for sinks of whole runs: take one, in place of @event, which then gets the
	 * losses alone. The sink keeps @x as long as it needs, and calls evring_extent_end(); what
	 * was overrun by then it adds to session.overrun, what it took to session.events, and both
	 * to session.cpus.
	 * Return: as @event. NULL: records come one by one.
	 */
	int (*extent)(struct sink *sink, const struct evring_extent *x);
	/** @flush: hand on what has been gathered; need not wait for it. Return: 0 or -errno. */
	int (*flush)(struct sink *sink);
	/**
	 * @settle: when it returns 0, all that was taken is where it has to be: written; or on
	 * the disk, with --durable; or acknowledged by a server. Only then may the ring forget
	 * it. Return: 0 or -errno.
	 */
	int (*settle)(struct sink *sink);
	/**
	 * @reopen: SIGHUP came. What is taken from now on goes to a file that is opened by its
	 * name now; where files are rotated, to the next one. Return: 0 or -errno. NULL: there is
	 * nothing to open anew.
	 */
	int (*reopen)(struct sink *sink);
	/** @close: settle, and end; the numbers in struct sink stay. Return: 0 or -errno. */
	int (*close)(struct sink *sink);
	/** @explain: say on standard error what failed by @error, and what mends it. */
	void (*explain)(const struct sink *sink, int error);
	/** @free: after @close: free it. */
	void (*free)(struct sink *sink);
};

/**
 * struct sink - one of them, within its own struct.
 * @ops: what it does.
 * @taken: bytes made or taken so far, for the line of progress.
 * @written: of these, bytes that were written.
 * @error: 0, or the first -errno.
 */
struct sink {
	const struct sink_ops *ops;
	uint64_t taken;
	uint64_t written;
	int error;
};

/**
 * struct sink_format - a value of --format.
 * @name: as it is written there.
 * @whole: it takes whole runs, unfiltered, into a file: options that choose events are refused.
 * @heals: it can go on after a write that failed: --on-error.
 * @folder: what it writes is a folder, of files that others read as they are.
 * @open: make the sink for a session whose options, ring and decoder are ready. NULL: it
 *	could not, and has said on standard error why.
 */
struct sink_format {
	const char *name;
	bool whole;
	bool heals;
	bool folder;
	struct sink *(*open)(struct session *s);
};

/** sink_format_find() - --format @name; NULL: there is no such. */
const struct sink_format *sink_format_find(const char *name);

/** sink_format_names() - all of them, ", " between them, in @buf. */
const char *sink_format_names(char *buf, size_t size);

#endif /* EVLOG_SINK_H */
