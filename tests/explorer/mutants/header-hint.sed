# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header follows the hint to a block of another sequence
# scenario: nested
/^static inline bool evring_find_/,/^}/ s/ \|\| e\.seq_first != c->seq\)/)/
