#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evringctl stat --watch: a line every so often, with how much a second there was since the
# one before; as JSON with the totals, which agree with that. It ends by a signal, when the
# channel is removed, and when nobody reads it.
#
# vm: --smp 2
# timeout: 120
# shellcheck disable=SC2016 # what is in single quotes is awk's
out=/tmp/watch.out
# shellcheck source=tests/guest/harness.sh
. harness.sh
evidence="$out /tmp/watch.err"

# start OPTION...: watch in the background.
start() {
	evringctl stat watched "$@" >"$out" 2>/tmp/watch.err &
	pid=$!
}

# ended SIGNAL: by it, and well.
ended() {
	kill "-$1" "$pid"
	wait "$pid"
}

# The number NAME on each line of JSON.
field() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$out"; }

evringctl create watched --size 256K || exit 1

start --watch=0.2
sleep 2
check "it ends by an interrupt" ended INT
check "a heading" grep -Eq '^ +accepted/s +dropped/s +wakeups/s +positions/s +faults/s +readers +sources state$' "$out"
check "a quiet channel: no rate but 0" awk 'NR > 1 && ($1 || $2 || $6 || $7 || $8 != "live") { bad = 1 }
	END { exit bad || NR < 4 }' "$out"

evringctl attach watched gen:rate=1000,cpus=0 gen:rate=500,cpus=1,irq >/dev/null || exit 1
start --watch 0.5
sleep 4
check "it ends by SIGTERM" ended TERM
check "sources are told" awk 'NR > 1 && $7 != 2 { bad = 1 } END { exit bad || NR < 4 }' "$out"
check "some are made in each second" awk 'NR > 1 && $1 < 10 { bad = 1 } END { exit bad }' "$out"

start --json --watch=0.5
sleep 4
check "as JSON it ends by an interrupt" ended INT
field accepted >/tmp/accepted
field accepted_per_second >/tmp/rate
field seconds >/tmp/seconds
check "a rate is the difference of totals over the time" sh -c '
	paste /tmp/accepted /tmp/rate /tmp/seconds | awk "
		NR > 1 { d = \$1 - last - \$2 * \$3; if (d > 2 || d < -2) bad = 1 }
		{ last = \$1 } END { exit bad || NR < 4 }"'
check "each line is an object" sh -c "! grep -vq '^{\"name\":\"watched\".*}\$' $out"

evringctl freeze watched || exit 1
start --watch=0.3
sleep 2
check "frozen: it ends" ended INT
check "frozen: drops are told" awk 'NR > 2 && ($1 || !$2 || $8 != "frozen") { bad = 1 }
	END { exit bad || NR < 3 }' "$out"
evringctl thaw watched || exit 1

sh -c 'evringctl stat watched --watch=0.1; echo $? >/tmp/status' 2>/dev/null | head -n 3 >/dev/null
check "it ends when nobody reads it" test "$(cat /tmp/status)" -ne 0

start --watch=0.3
sleep 1
evringctl remove watched || exit 1
check "it ends when the channel is removed" wait "$pid"
check "and tells so" grep -q 'watched was removed' /tmp/watch.err
check "there is nothing to watch then" sh -c '! evringctl stat watched --watch 2>/dev/null'
exit "$failed"
