# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: sealing compares w without its sequence number
# scenario: nested
s/if \(cmpxchg_local\(&c->w, w, w \| EVRING_POS_FULL\) != w\)/if ((u32)READ_ONCE(c->w) != (u32)w || (cmpxchg_local(\&c->w, READ_ONCE(c->w), w | EVRING_POS_FULL), 0))/
