# SPDX-License-Identifier: GPL-2.0
# source: module/gate.c
# what: leaving leaves the floor where it was
# scenario: leave
/^static void evring_gate_del/,/^}/ s/^\t\tevring_gate_recompute\(reader->channel, cpu\);$/		;/
