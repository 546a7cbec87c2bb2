/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trouble: an output that cannot be written for a while, and what --on-error has become of it.
 *
 * Who writes asks, when a write has failed: is it to be tried again now (trouble_wait()), or
 * later, with what comes meanwhile dropped (trouble_drop()), or is it the end. That it began and
 * that it is over is told on standard error, in a line each. One thread.
 */
#ifndef EVLOG_TROUBLE_H
#define EVLOG_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

/** enum on_error - --on-error: what becomes of events that cannot be written. */
enum on_error {
	ON_ERROR_STOP,
	ON_ERROR_DROP,
	ON_ERROR_WAIT,
};

/**
 * struct trouble - how an output fares.
 * @policy: what to do.
 * @name: of the output, for messages.
 * @pause: waits until CLOCK_MONOTONIC is @until, or less; false: evlog was asked to end.
 * @ctx: handed to @pause.
 * @error: why it cannot be written now, -errno; 0: it can.
 * @last: evlog was asked to end meanwhile: the attempt that is made now is the last.
 * @since: CLOCK_MONOTONIC when that began.
 * @ended: CLOCK_MONOTONIC when the trouble before was over.
 * @retry_at: CLOCK_MONOTONIC when it is tried again; 0: no trouble.
 * @step: nanoseconds to the attempt after that.
 * @dropped: events that were dropped since then.
 */
struct trouble {
	enum on_error policy;
	const char *name;
	bool (*pause)(void *ctx, uint64_t until);
	void *ctx;
	int error;
	bool last;
	uint64_t since;
	uint64_t ended;
	uint64_t retry_at;
	uint64_t step;
	uint64_t dropped;
};

/**
 * trouble_wait() - a write has failed by @error: try it again now?
 *
 * With ON_ERROR_WAIT, after a pause, which grows from 0.1 to 5 seconds. If evlog is asked to end
 * the pause ends, and one more attempt is made; if it goes well and something fails later, again.
 * Return: false: not with this policy, not after such an error, or that was the last attempt.
 */
bool trouble_wait(struct trouble *t, int error);

/**
 * trouble_drop() - a write has failed by @error: try it again later, and drop what comes?
 *
 * Return: false: not with this policy, or not after such an error.
 */
bool trouble_drop(struct trouble *t, int error);

/** trouble_holds() - there is trouble, and it is too early to look whether it is over. */
bool trouble_holds(const struct trouble *t);

/** trouble_over() - a write that was tried again went well. Without trouble, nothing. */
void trouble_over(struct trouble *t);

/** trouble_hint() - what mends @error, with ": " in front; or "". */
const char *trouble_hint(int error);

#endif /* EVLOG_TROUBLE_H */
