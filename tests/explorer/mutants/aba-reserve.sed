# SPDX-License-Identifier: GPL-2.0
# source: module/include/linux/evring_fast.h
# what: reserving compares w without its sequence number
# scenario: nested
s/unlikely\(evring_w_swap\(c, w, place->next\) != w\)/((u32)evring_w_read(c) != (u32)w || (evring_w_swap(c, evring_w_read(c), place->next), 0))/
