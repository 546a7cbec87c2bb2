# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a claim does not ask the floor
# scenario: gate
s/if \(evring_slot_gated\(r, s\)\)/if (0)/
