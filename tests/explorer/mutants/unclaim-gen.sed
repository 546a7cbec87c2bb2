# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a block that is given back keeps its generation
# scenario: nested
/^static void evring_unclaim/,/^}/ s/WRITE_ONCE\(r->index\[s\]\.gen, 0\);//
