# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: pub does not tell that the block is closed
# scenario: nested
/^static void evring_close/,/^}/ s/w \| EVRING_POS_FULL/w \& ~EVRING_POS_FULL/
