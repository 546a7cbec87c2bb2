# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: drops are counted by a load and a store
# scenario: gate
/^static void evring_count/,/^}/ s/cmpxchg_local\(count, old, old \+ more\) != old/({ WRITE_ONCE(*count, old + more); 0; })/
