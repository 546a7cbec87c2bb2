# SPDX-License-Identifier: GPL-2.0
# source: module/gate.c
# what: an acknowledgment leaves the floor where it was
# scenario: gate
/^static int evring_gate_advance/,/^}/ s/^\t\tevring_gate_recompute\(channel, cpu\);$//
