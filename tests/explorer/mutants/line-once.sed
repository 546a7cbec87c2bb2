# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the line is refreshed without looking again
# scenario: nested
/^static void evring_line_refresh/,/^}/ s/\} while \(READ_ONCE\(c->w\) != w\);/} while (0);/
