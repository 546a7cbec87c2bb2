# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: gen is not zero while an index entry is filled in
# scenario: search-cursor
/^static void evring_index_fill/,/^}/ s/WRITE_ONCE\(e->gen, 0\);//
