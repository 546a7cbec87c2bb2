# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: reserving compares w without its sequence number
# scenario: nested
s/if \(unlikely\(evring_w_swap\(r, w, \*next\) != w\)\)/if (unlikely((u32)evring_w_read(r) != (u32)w || (evring_w_swap(r, evring_w_read(r), *next), 0)))/
