# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the clock is read before w
# scenario: nested
/^static __always_inline bool evring_try/,/^}/ {
	s/u64 time, w = evring_w_read\(r\);/u64 time = evring_clock_read(r->clock), w = evring_w_read(r);/
	s/^\ttime = .*;$//
}
