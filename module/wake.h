/* SPDX-License-Identifier: GPL-2.0 */
/* Waking readers that sleep. */
#ifndef EVRING_WAKE_H
#define EVRING_WAKE_H

#include "reader.h"

bool evring_wake_arm(struct evring_reader *reader);
void evring_wake_moved(struct evring_reader *reader);
int evring_wake_watermark(struct evring_reader *reader, const struct evring_watermark_args *args);
void evring_wake_hangup(struct evring_channel *channel);
void evring_wake_raise(struct evring_ring *ring);
void evring_wake_reader_setup(struct evring_reader *reader);
void evring_wake_reader_teardown(struct evring_reader *reader);
void evring_wake_setup(struct evring_channel *channel);
void evring_wake_teardown(struct evring_channel *channel);

#endif /* EVRING_WAKE_H */
