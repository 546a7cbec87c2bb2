# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header follows the hint to a block of another sequence
# scenario: nested
/^EVRING_FAST_ bool evring_follow_/,/^}/ s/EVRING_LOAD_\(&e->seq_first\) != c->seq/0/
