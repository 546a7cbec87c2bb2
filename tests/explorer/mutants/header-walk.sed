# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header walks back into blocks that are not older
# scenario: nested
/^static inline uint32_t evring_walk_/,/^}/ s/if \(found != EVRING_POS_NO_SLOT && e\.seq_first >= best->seq_first\)/if (0)/
