# SPDX-License-Identifier: GPL-2.0
# source: module/include/linux/evring_fast.h
# what: the generation is loaded after publishing
# scenario: claims
/^static __always_inline void evring_ring_end/,/^}/ {
	/gen = READ_ONCE\(e->gen\);/d
	s/w = evring_w_read\(.*;/& gen = READ_ONCE(e->gen);/
}
