/* SPDX-License-Identifier: GPL-2.0 */
/* Gating readers: those that no record is lost to. */
#ifndef EVRING_GATE_H
#define EVRING_GATE_H

#include "reader.h"

int evring_gate(struct evring_reader *reader, const struct evring_gate_args *args);
int evring_gate_ack(struct evring_reader *reader, struct evring_position_args *args);
void evring_gate_leave(struct evring_reader *reader);
void evring_gate_setup(struct evring_channel *channel, u64 evict_us);
void evring_gate_teardown(struct evring_channel *channel);

#endif /* EVRING_GATE_H */
