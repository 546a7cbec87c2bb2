# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a block is freed before pub tells that it is closed
# scenario: nested
/^static void evring_close/,/^}/ {
	s/^\tsmp_store_release\(&r->index\[s\]\.pub.*/	evring_slot_free(r, c, s);\n&/
	s/^\tevring_slot_free\(r, c, s\);$//
}
