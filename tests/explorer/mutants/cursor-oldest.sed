# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the kernel's cursor skips what came while it looked for the oldest record
# scenario: seek-cursor
/^void evring_cursor_oldest/,/^}/ s/^\tif \(evring_cursor_walk/\tevring_cursor_latest(r, cpu, cursor);\n&/
