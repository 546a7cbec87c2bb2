# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the sealed position is not left for the writer below
# scenario: nested
s/WRITE_ONCE\(r->slots\[s\]\.final, w \| EVRING_POS_FULL\);/;/
