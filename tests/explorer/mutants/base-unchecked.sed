# SPDX-License-Identifier: GPL-2.0
# source: module/include/linux/evring_fast.h
# what: every writer publishes, not only the base
# scenario: nested
s/if \(unlikely\(e->pub != place->pos\)\)/if (0)/
