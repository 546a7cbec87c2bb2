# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a claim does not look whether the block is busy
# scenario: nested
s/if \(\(state & EVRING_SLOT_BUSY\) \|\|/if (0 ||/
