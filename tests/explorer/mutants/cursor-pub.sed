# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the kernel's cursor does not load gen again after pub
# scenario: cursor
/^enum evring_look evring_cursor_look/,/^}/ s/if \(READ_ONCE\(e->gen\) != cursor->gen\) \{/if (0) {/
