# SPDX-License-Identifier: GPL-2.0
# source: module/include/linux/evring_fast.h
# what: a writer takes the open block's slot for that of w
# scenario: nested
/^static __always_inline bool evring_slot_fits/,/^}/ s/return .*;/return (((u32)w + words + slot->bias) \& 0x7fff) < EVRING_BLOCK_MAX \/ 8;/
