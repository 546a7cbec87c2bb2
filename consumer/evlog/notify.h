/* SPDX-License-Identifier: GPL-2.0 */
/*
 * notify: tell a service manager how it goes, by the protocol of sd_notify(3).
 *
 * A datagram to the socket that NOTIFY_SOCKET names. Without one, all of this does nothing.
 */
#ifndef EVLOG_NOTIFY_H
#define EVLOG_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/** notify_open() - find out from the environment who wants to hear, if anybody, and how often. */
bool notify_open(void);

/** notify_ready() - started, or done with reloading. */
void notify_ready(void);

/** notify_reloading() - settings or files are being opened anew; notify_ready() ends it. */
void notify_reloading(void);

/** notify_stopping() - asked to end. Only the first call tells. */
void notify_stopping(void);

/** notify_status() - one line for people, at most 200 bytes. */
__attribute__((format(printf, 1, 2)))
void notify_status(const char *format, ...);

/**
 * notify_alive() - the program gets on with its work.
 *
 * Cheap, may be called as often as one likes: only every half of the watchdog's time is
 * something told. The main loop does; so has, while it waits for something that may well
 * take longer, whatever keeps the main loop.
 */
void notify_alive(void);

/** notify_due() - CLOCK_MONOTONIC, nanoseconds: notify_alive() is wanted then; 0: never. */
uint64_t notify_due(void);

#endif /* EVLOG_NOTIFY_H */
