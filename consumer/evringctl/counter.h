/* SPDX-License-Identifier: GPL-2.0 */
/* counter: what software and the machine count. */
#ifndef EVRINGCTL_COUNTER_H
#define EVRINGCTL_COUNTER_H

#include <linux/evring.h>

/**
 * parse_counter() - read NAME, NAME@PERIOD or NAME@FREQUENCYhz.
 * @perf: the result.
 * @type: PERF_TYPE_SOFTWARE or PERF_TYPE_HARDWARE.
 * @event: the whole EVENT, for messages.
 * @text: what stands behind its colon; it is cut to pieces.
 *
 * Without a period: every one of what software counts, 99 a second of its clocks, every
 * millionth of what the machine counts.
 *
 * Return: exit status.
 */
int parse_counter(struct evring_perf_args *perf, __u32 type, const char *event, char *text);

#endif
