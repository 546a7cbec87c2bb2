# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header skips what came while it looked for the oldest record
# scenario: seek
/^static inline void evring_seek_time_/,/^}/ s/^\tif \(slot == EVRING_POS_NO_SLOT\)$/\tif (slot == EVRING_POS_NO_SLOT) evring_seek_latest_(r, c);\n&/
