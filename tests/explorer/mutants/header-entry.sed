# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header does not load gen again after an index entry
# scenario: search
/^static inline bool evring_entry_/,/^}/ s/return evring_unchanged_\(.*\);/return true;/
