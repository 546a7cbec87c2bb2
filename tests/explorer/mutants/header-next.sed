# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: evring_next() does not look at gen after copying a record
# scenario: overrun
/^EVRING_FAST_ int evring_next\(/,/^}/ s/if \(EVRING_LIKELY_\(evring_whole_\(c\)\)\)/if (1)/
/^EVRING_SLOW_ int evring_next_slow_/,/^}/ s/if \(evring_whole_\(c\)\)/if (1)/
