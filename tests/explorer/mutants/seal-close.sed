# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: whoever seals closes, though a writer below is at work
# scenario: nested
/^static bool evring_seal/,/^}/ s/if \(READ_ONCE\(r->index\[s\]\.pub\) == w\)/if (1)/
