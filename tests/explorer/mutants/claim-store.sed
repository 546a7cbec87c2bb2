# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a claim stores its state instead of swapping it
# scenario: nested
s/if \(cmpxchg\(&r->slots\[s\]\.state, state, (.*) \| EVRING_SLOT_BUSY\) != state\)/if (READ_ONCE(r->slots[s].state) != state || (cmpxchg(\&r->slots[s].state, READ_ONCE(r->slots[s].state), \1 | EVRING_SLOT_BUSY), 0))/
