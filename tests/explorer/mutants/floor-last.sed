# SPDX-License-Identifier: GPL-2.0
# source: module/gate.c
# what: the floor is what the last of the gating readers has, not the least
# scenario: gates
s/floor = min\(floor, reader->places\[cpu\]\.acked\);/floor = reader->places[cpu].acked;/
