# SPDX-License-Identifier: GPL-2.0
# source: module/channel.c
# what: freezing does not wait for who is still at work in a sealed block
# scenario: freeze-late
/evring_seal_all\(r\);/,/EVRING_STATE_FROZEN/ s/synchronize_rcu\(\);//
