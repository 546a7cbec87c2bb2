# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the pending writer closes at w, wherever that is, not at what was left
# scenario: nested
s/evring_pos_slot\(w\) == s \?/1 ?/
