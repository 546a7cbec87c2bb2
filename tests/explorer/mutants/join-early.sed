# SPDX-License-Identifier: GPL-2.0
# source: module/gate.c
# what: joining does not wait for a grace period
# scenario: join gates
# survives: the second look suffices where accesses are seen in order; the grace period is litmus F
s/^\tsynchronize_rcu\(\);$//
