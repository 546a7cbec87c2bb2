# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the base does not look at w again after publishing
# scenario: nested
s/if \(unlikely\(w != next\)\)/if (0)/
