#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# SIGHUP has evlog go on in another file, and nothing is lost or doubled by that: where somebody
# has moved the file, under its name; where files are rotated, in the next one; a raw log's, too;
# and so do traces. On standard output it asks to end.
#
# vm: --smp 2
# shellcheck disable=SC2016 # what is in single quotes is awk's
# shellcheck source=tests/guest/harness.sh
. harness.sh
log=/tmp/hangup/log
evidence=/tmp/hangup/log
mkdir -p /tmp/hangup

say() { for word; do echo "$word" >/dev/evring/hup; done; }

# start OPTION...: evlog on a new channel, in the background, once it is there.
start() {
	rm -rf "$log"*
	evringctl remove hup 2>/dev/null
	evringctl create hup --user-write
	evlog --quiet --output "$log" "$@" hup &
	pid=$!
	say start
}
stop() { kill -TERM "$pid" && wait "$pid"; }
# The words in what evlog shows as JSON, in their order.
words() { sed -n 's/.*"data":"\([a-z]*\).*/\1/p' | tr '\n' ' '; }

start --json
until_true test -s "$log"
mv "$log" "$log.old"
say moved
until_true grep -q moved "$log.old"
kill -HUP "$pid"
check "a file that was moved: its name is opened anew" until_true test -e "$log"
say new
check "and written to" until_true grep -q new "$log"
kill -HUP "$pid"
say again
check "a file that was not moved is gone on with" until_true grep -q again "$log"
check "it ends well" stop
check "each event is there once" test "$(cat "$log.old" "$log" | words)" = 'start moved new again '

start --json --rotate-size 1M
until_true test -s "$log"
kill -HUP "$pid"
check "rotated: this file is complete" until_true test -s "$log.000001"
say next
check "the next is begun" until_true grep -q next "$log"
check "it ends well" stop
check "each event is there once" test "$(cat "$log.000001" "$log" | words)" = 'start next '

start --format raw
until_true test -s "$log"
until_true sh -c "evlog --quiet $log | grep -q ."
kill -HUP "$pid"
check "raw: this file is complete" until_true test -s "$log.000001"
say next
check "it ends well" stop
check "raw: nothing is lacking" evlog verify "$log" "$log.000001"
check "raw: each event is there once" test "$(for f in "$log.000001" "$log"; do evlog -q -j "$f"; done | words)" = 'start next '

start --format ctf
until_true test -s "$log/metadata"
kill -HUP "$pid"
say next
check "a trace: it goes on, and ends well" stop

start --format ctf --rotate-size 1M
until_true test -s "$log/cpu0" -o -s "$log/cpu1"
kill -HUP "$pid"
check "rotated: this trace is complete" until_true test -s "$log.000001/metadata"
check "the next is begun" until_true test -s "$log/metadata"
say next
check "it ends well" stop
check "each has an event" test "$(cat "$log.000001"/cpu* | grep -c start) $(cat "$log"/cpu* | grep -c next)" = '1 1'

start --format chrome
until_true test -s "$log"
mv "$log" "$log.old"
kill -HUP "$pid"
check "a file for Perfetto that was moved: its name is opened anew" until_true test -e "$log"
say next
check "it ends well" stop
check "both are complete" test "$(tail -qn 1 "$log.old" "$log")" = "$(printf ']\n]')"

evlog --quiet hup >/tmp/hangup/out &
pid=$!
until_true test -s /tmp/hangup/out
kill -HUP "$pid"
check "standard output: it ends" wait "$pid"
exit "$failed"
