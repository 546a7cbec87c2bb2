# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the kernel's cursor does not load gen again after an index entry
# scenario: search-cursor
/^static bool evring_index_load/,/^}/ s/return READ_ONCE\(e->gen\) == copy->gen;/return true;/
