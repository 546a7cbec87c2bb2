# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: every writer publishes, not only the base
# scenario: nested
s/if \(unlikely\(e->pub != pos\)\)/if (0)/
