# SPDX-License-Identifier: GPL-2.0
# source: module/channel.c
# what: freezing does not wait until everybody who claims knows
# scenario: freeze
/WRITE_ONCE\(r->frozen, 1\);/,/evring_seal_all\(r\);/ s/synchronize_rcu\(\);//
