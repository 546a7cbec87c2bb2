# SPDX-License-Identifier: GPL-2.0
# source: module/gate.c
# what: joining does not wait for a grace period
# scenario: join gates
# survives: the second look suffices if memory is in order; litmus barrier F shows that it is not
s/^\tsynchronize_rcu\(\);$//
