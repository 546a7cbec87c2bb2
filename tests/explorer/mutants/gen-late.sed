# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the generation is loaded after publishing
# scenario: claims
/^static __always_inline void evring_end/,/^}/ {
	/gen = READ_ONCE\(e->gen\);/d
	s/w = evring_w_read\(r\);/& gen = READ_ONCE(e->gen);/
}
