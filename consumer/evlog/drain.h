/* SPDX-License-Identifier: GPL-2.0 */
/* drain: the loop: take what the ring has, hand it on, sleep until there is more. */
#ifndef EVLOG_DRAIN_H
#define EVLOG_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

/** DRAIN_PROGRESS_NS - nanoseconds from one line of progress to the next. */
#define DRAIN_PROGRESS_NS	1000000000ULL

struct session;

/** drain_end() - from now on only what has been emitted by now is wanted; of an image, nothing more. */
void drain_end(struct session *s);

/**
 * drain_pause() - do no more than what has to be done now and then, until CLOCK_MONOTONIC is
 * @until, or a signal came. Return: false: evlog was asked to end.
 */
bool drain_pause(void *session, uint64_t until);

/**
 * drain_run() - until the session is over.
 *
 * Return: 0; -1: it failed; if the sink did not, standard error says how.
 */
int drain_run(struct session *s);

#endif /* EVLOG_DRAIN_H */
