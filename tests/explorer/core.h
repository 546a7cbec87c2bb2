/* SPDX-License-Identifier: GPL-2.0 */
/* The ring that is explored, for the oracle, which looks without being seen. */
#ifndef TESTS_EXPLORER_CORE_H
#define TESTS_EXPLORER_CORE_H

#include "ring.h"

struct evring_ring *ex_ring(void);
void ex_module_setup(const struct evring_layout *layout);
void ex_core_cursor_oldest(u32 reader, u32 cpu);
bool ex_core_cursor_next(u32 reader, u32 cpu, u32 room);

#endif /* TESTS_EXPLORER_CORE_H */
