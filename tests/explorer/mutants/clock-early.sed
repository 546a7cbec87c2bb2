# SPDX-License-Identifier: GPL-2.0
# source: module/include/linux/evring_fast.h
# what: the clock is read before w
# scenario: nested
/^static __always_inline bool evring_ring_try/,/^}/ {
	s/u64 time, w = evring_w_read\(evring_cpu_mine\(r\)\);/u64 time, early = evring_clock_read(r->clock), w = evring_w_read(evring_cpu_mine(r));/
	s/^\tlow = \(u32\)w;/\ttime = early;\n&/
}
