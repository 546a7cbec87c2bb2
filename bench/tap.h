/* SPDX-License-Identifier: GPL-2.0 */
/* BPF programs that hand over what the generator emits. */
#ifndef EVBENCH_TAP_H
#define EVBENCH_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tap;

/**
 * tap_fn - a record came: its payload and time stamp. -1 ends the reading.
 */
typedef int (*tap_fn)(void *ctx, const void *payload, uint32_t len, uint64_t time);

const char *tap_missing(void);
struct tap *tap_open(bool perf, tap_fn fn, void *ctx);
int tap_poll(struct tap *t, int ms);
uint64_t tap_lost(const struct tap *t);
void tap_close(struct tap *t);

#endif /* EVBENCH_TAP_H */
