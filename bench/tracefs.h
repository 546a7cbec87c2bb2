/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints, and the files by which tracefs is told what to do. */
#ifndef EVBENCH_TRACEFS_H
#define EVBENCH_TRACEFS_H

#include <stdint.h>

#define TRACEFS		"/sys/kernel/tracing"

int tracefs_put(const char *path, const char *text);
uint64_t tracefs_number(const char *path);
uint64_t tracefs_event_id(const char *event);
uint32_t tracefs_field(const char *event, const char *name);

#endif /* EVBENCH_TRACEFS_H */
