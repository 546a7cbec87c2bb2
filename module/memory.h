/* SPDX-License-Identifier: GPL-2.0 */
/* The pages of a channel. */
#ifndef EVRING_MEMORY_H
#define EVRING_MEMORY_H

#include "channel.h"

int evring_memory_alloc(struct evring_channel *channel);
void evring_memory_free(struct evring_channel *channel);

#endif /* EVRING_MEMORY_H */
