# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a claim that the gate stops advances the hand
# scenario: gate
s/^(\t+)if \(READ_ONCE\(r->slots\[s\]\.state\) == state\)$/\1cmpxchg(\&range->hand, hand, hand + 1);\n&/
