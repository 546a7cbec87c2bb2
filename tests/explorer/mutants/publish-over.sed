# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: no check that a later nested writer took over (pub != next)
# scenario: nested
s/if \(READ_ONCE\(e->pub\) != next\)/if (0)/
