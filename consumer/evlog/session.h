/* SPDX-License-Identifier: GPL-2.0 */
/* session: one run: what is read, what is wanted of it, and where it goes. */
#ifndef EVLOG_SESSION_H
#define EVLOG_SESSION_H

#include "appendix.h"
#include "archive.h"
#include "decode.h"
#include "filter.h"
#include "metrics.h"
#include "options.h"
#include "pack.h"
#include "sink.h"
#include "trouble.h"

#include <limits.h>
#include <time.h>

/**
 * struct session - one run.
 * @opt: what is wanted.
 * @ring: the reader.
 * @path: what was opened.
 * @unpacked: and by which name: an image may be compressed.
 * @control: the channel's control page.
 * @sink: where events go.
 * @archive: compresses the sink's files, or NULL.
 * @appendix: of a raw log that is read: its event types.
 * @decoder: knows what is in records.
 * @filter: knows which are wanted.
 * @types_fd: device that @decoder asks; -1: none, or @ring's.
 * @stop_fd: readable once a signal came.
 * @image: the channel is an image, nothing will be added.
 * @follow: wait for more.
 * @ending: only what was emitted by now is still wanted.
 * @removed: the channel was removed.
 * @damaged: a CPU's events could not be read to their end.
 * @lossless: the reader gates: what has been written out is acknowledged.
 * @paced: poll() keeps to the watermark and the deadline.
 * @wall: wall time is wanted; @wall_offset makes it.
 * @wall_offset: nanoseconds to add to the channel's clock.
 * @begin_ns: events before this (channel clock) are not wanted.
 * @end_ns: nor those after this.
 * @left: nor more than so many, once @ending.
 * @started: CLOCK_MONOTONIC at the start.
 * @stop_at: CLOCK_MONOTONIC when --duration is over; 0: never.
 * @started_wall: seconds since 1970 at the start.
 * @report_at: CLOCK_MONOTONIC of the next --metrics file and word to a service manager.
 * @metrics_error: why the last --metrics file could not be written, -errno, or 0.
 * @cpus: what came from each CPU.
 * @progress_at: CLOCK_MONOTONIC of the next progress line; 0: none.
 * @ack_step: bytes to take before they are written out and acknowledged.
 * @events: events shown.
 * @overrun: events lost as the ring went round.
 * @dropped: events that the producers could not store.
 * @unwritten: events that were read and could not be written.
 * @trouble: how the output fares.
 */
struct session {
	struct options opt;
	struct evring ring;
	char path[PATH_MAX];
	struct unpacked unpacked;
	const struct evring_control *control;
	struct sink *sink;
	struct archive *archive;
	struct appendix appendix;
	struct decoder decoder;
	struct filter filter;
	int types_fd;
	int stop_fd;
	bool image;
	bool follow;
	bool ending;
	bool removed;
	bool damaged;
	bool lossless;
	bool paced;
	bool wall;
	uint64_t wall_offset;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t left;
	uint64_t started;
	uint64_t stop_at;
	time_t started_wall;
	uint64_t report_at;
	int metrics_error;
	struct metrics_cpu *cpus;
	uint64_t progress_at;
	uint64_t ack_step;
	uint64_t events;
	uint64_t overrun;
	uint64_t dropped;
	uint64_t unwritten;
	struct trouble trouble;
};

/** session_lost() - events that were lost, for whatever reason. */
static inline uint64_t session_lost(const struct session *s)
{
	return s->overrun + s->dropped + s->unwritten;
}

/** session_unwritten() - @count records of @cpu could not be written, and are dropped. */
static inline void session_unwritten(struct session *s, uint32_t cpu, uint64_t count)
{
	s->unwritten += count;
	s->cpus[cpu].unwritten += count;
	s->trouble.dropped += count;
}

#endif /* EVLOG_SESSION_H */
