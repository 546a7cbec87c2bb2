# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header does not load gen again after the entry that the hint led to
# scenario: overrun nested exchange search
# survives: gen is looked at again before any record is believed; drops may be told a moment early
/^EVRING_FAST_ bool evring_follow_/,/^}/ s/if \(!evring_unchanged_\(&e->gen, gen\)\)/if (0)/
