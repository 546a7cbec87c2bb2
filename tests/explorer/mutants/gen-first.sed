# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the new gen is stored before the rest of the entry
# scenario: overrun
/^static void evring_index_fill/,/^}/ s/WRITE_ONCE\(e->gen, 0\);/WRITE_ONCE(e->gen, gen);/
