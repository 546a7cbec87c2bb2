# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the end of a closed block is not kept
# scenario: gate
/^static void evring_close/,/^}/ s/WRITE_ONCE\(r->slots\[s\]\.seq_end, evring_cpu_seq\(c, w\)\);/;/
