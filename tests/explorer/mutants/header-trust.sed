# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header does not look at gen after copying a record, or pub
# scenario: overrun
/^EVRING_FAST_ bool evring_whole_/,/^}/ s/return .*;/(void)c; return true;/
