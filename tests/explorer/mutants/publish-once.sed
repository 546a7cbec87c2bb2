# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the base does not look at w again after publishing
# scenario: nested
/^static void evring_publish_more/,/^}/ s/while \(w != next\)/while (0)/
