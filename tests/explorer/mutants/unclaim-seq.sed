# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a block that is given back keeps the end of its last owner
# scenario: spare
/^static void evring_unclaim/,/^}/ s/WRITE_ONCE\(r->slots\[s\]\.seq_end, 0\);//
