/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping a channel into user space. */
#ifndef EVRING_MAPPING_H
#define EVRING_MAPPING_H

#include <linux/mm.h>
#include "channel.h"

/* Pages that one fault maps at most; a power of two. */
#define EVRING_FAULT_WINDOW	64

int evring_mapping_mmap(struct evring_channel *channel, struct vm_area_struct *vma);

#endif /* EVRING_MAPPING_H */
