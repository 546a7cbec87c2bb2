# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: sealing by an interrupt is tried once
# scenario: freeze
/^void evring_ring_seal/,/^}/ s/\} while \(.*/} while (!(w \& EVRING_POS_FULL) \&\& !evring_seal(r, c, w) \&\& 0);/
