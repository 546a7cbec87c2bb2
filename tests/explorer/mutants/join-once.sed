# SPDX-License-Identifier: GPL-2.0
# source: module/gate.c
# what: joining does not look again where the CPUs are after the grace period
# scenario: join
/^\tsynchronize_rcu\(\);$/,/^}/ s/^\tevring_gate_heads\(reader\);$//
