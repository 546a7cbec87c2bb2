# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a claim takes blocks that were freed a moment ago
# scenario: nested
s/< \(s64\)\(nblocks \/ 2\)\) \{/< 0) {/
