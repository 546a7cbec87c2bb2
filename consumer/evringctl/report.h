/* SPDX-License-Identifier: GPL-2.0 */
/* report: names and values, as text or as JSON. */
#ifndef EVRINGCTL_REPORT_H
#define EVRINGCTL_REPORT_H

#include <linux/evring.h>
#include <stdbool.h>

/**
 * struct report - a list of names and values, printed as text or as JSON.
 * @json: as JSON; the caller prints the closing brace.
 * @any: something was printed.
 */
struct report {
	bool json;
	bool any;
};

/** report_name() - a name; its value, printed by the caller, follows. */
void report_name(struct report *r, const char *name);

/** report_string() - a string. The kernel's names and texts are ASCII. */
void report_string(struct report *r, const char *name, const char *value);

/** report_number() - a number. */
void report_number(struct report *r, const char *name, __u64 value);

/** report_info() - what a channel is. */
void report_info(struct report *r, const struct evring_info *i);

/** report_stats() - what a channel has done. */
void report_stats(struct report *r, const struct evring_channel_stats *s);

#endif
