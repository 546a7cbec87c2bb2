# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a claim that the gate stops does not look whether the block is still the same
# scenario: gate
s/^(\t+)if \(READ_ONCE\(r->slots\[s\]\.state\) == state\)$/\1if (1)/
