# SPDX-License-Identifier: GPL-2.0
# source: module/include/linux/evring_fast.h
# what: the clock is read before w
# scenario: nested
/^static __always_inline bool evring_ring_try/,/^}/ {
	s/u64 time, w = evring_w_read\(c\);/u64 time = evring_clock_read(r->clock), w = evring_w_read(c);/
	s/^\ttime = .*;$//
}
