# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: opening a block compares w without its sequence number
# scenario: nested
s/if \(cmpxchg_local\(&c->w, w, first\) != w\)/if ((u32)READ_ONCE(c->w) != (u32)w || (cmpxchg_local(\&c->w, READ_ONCE(c->w), first), 0))/
