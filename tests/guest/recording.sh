#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evring_recording(), which drivers ask: yes, but while their channel is frozen; the jump behind it
# is patched while any channel is frozen, and not by those that were removed while frozen; asking
# while a channel is frozen and thawed again and again does no harm.
#
# vm: --smp 2
params=/sys/module/evring_recording/parameters
# shellcheck source=tests/guest/harness.sh
. harness.sh
evidence="$params/*"

is() { [ "$(cat "$params/$1")" = "$2" ]; }

insmod /lib/evring/evring_recording.ko || exit 1
check "a new channel records" is recording Y
check "nothing is patched" is patched N
evringctl create other || exit 1
evringctl freeze other
check "another is frozen: it records" is recording Y
check "another is frozen: the jump is patched" is patched Y
evringctl freeze recording
evringctl freeze recording
check "frozen: it does not record" is recording N
evringctl thaw recording
check "thawed: it records" is recording Y
check "the other is still frozen" is patched Y
evringctl freeze recording
evringctl thaw other
check "the other thawed: it does not record" is recording N
evringctl thaw recording
check "both thawed: nothing is patched" is patched N
evringctl freeze other
evringctl remove other
check "removed while frozen: nothing is patched" is patched N

asked=0
(for _ in 1 2 3 4 5 6 7 8 9 10; do evringctl freeze recording && evringctl thaw recording; done) &
while kill -0 "$!" 2>/dev/null; do
	cat "$params/cost" >/dev/null
	asked=$((asked + 1))
done
check "asked while frozen and thawed" [ "$asked" -gt 2 ]
check "it records in the end" is recording Y
check "nothing is patched in the end" is patched N
evringctl freeze recording
rmmod evring_recording || exit 1
check "the module goes, its channel frozen" [ ! -e "$params" ]
insmod /lib/evring/evring_recording.ko || exit 1
check "nothing is patched when it comes again" is patched N
rmmod evring_recording
exit "$failed"
