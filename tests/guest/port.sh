#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The samples kfifo_before and evring_port, one driver before and after: what read() gave evlog
# gives, in order and without gaps. Before, two readers share the events, and who comes late finds
# the oldest ones, newer ones lost; after, both have all of them, and who comes late the latest.
#
# vm: --smp 2
# timeout: 120
# shellcheck source=tests/guest/harness.sh
. harness.sh
evidence='/tmp/port.*'

# The numbers of COUNT beats of the old driver: 16 bytes each, the number first.
old_numbers() { dd if=/dev/beats bs=16 count="$1" 2>/dev/null | od -An -v -t u8 | awk '{ print $1 }'; }

# The numbers of COUNT beats of the new one.
new_numbers() { evlog beats --count "$1" --json --quiet | sed -n 's/.*"number":\([0-9]*\).*/\1/p'; }

# consecutive FILE COUNT: so many numbers, each the one before it plus one.
consecutive() { awk -v n="$2" 'NR > 1 && $1 != last + 1 { bad = 1 } { last = $1 } END { exit bad || NR != n }' "$1"; }

first() { head -n 1 "$1"; }

insmod /lib/evring/kfifo_before.ko || exit 1
old_numbers 20 >/tmp/port.old
check "before: read() gives the beats" consecutive /tmp/port.old 20
check "before: from the first" [ "$(first /tmp/port.old)" = 0 ]
old_numbers 20 >/tmp/port.one &
old_numbers 20 >/tmp/port.two
wait "$!"
sort -n /tmp/port.one /tmp/port.two >/tmp/port.both
check "before: two readers share them" consecutive /tmp/port.both 40
sleep 3
check "before: what comes while nobody reads is lost" [ "$(cat /sys/module/kfifo_before/parameters/lost)" -gt 0 ]
rmmod kfifo_before || exit 1
rm /tmp/port.*

insmod /lib/evring/evring_port.ko || exit 1
new_numbers 20 >/tmp/port.new
check "after: evlog gives the beats" consecutive /tmp/port.new 20
check "after: from the first" [ "$(first /tmp/port.new)" = 0 ]
new_numbers 40 >/tmp/port.one &
new_numbers 40 >/tmp/port.two
wait "$!"
check "after: one of two readers has all" consecutive /tmp/port.one 40
check "after: and so has the other" cmp /tmp/port.one /tmp/port.two
sleep 3
evlog beats --last 10s --quiet >/tmp/port.late
check "after: what comes while nobody reads is there" [ "$(wc -l </tmp/port.late)" -gt 120 ]
check "after: as text" grep -Eq ' beat: beat [0-9]+ at [0-9]+$' /tmp/port.late
rmmod evring_port || exit 1
exit "$failed"
