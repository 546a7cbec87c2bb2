#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # bash's own in single quotes; functions run by check()
#
# evlog as a service: what it tells the service manager and when, and the file of metrics, whose
# numbers are those of the image.
# BIN: folder of the built tools; CC: compiler for the helpers.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}
export BIN

make_images all many || exit 1
build -o "$dir/listen" "$root/tests/unit/evlog/listen.c" || exit 1
cd "$dir" || exit 1

### The service manager

# listen SOCKET ARGUMENT...: evlog --quiet with them; what the manager heard is in the file heard.
listen() {
	local socket=$1

	shift
	./listen "$socket" "$BIN/evlog" --quiet "$@" 2>err >out
	status=$?
	grep '^heard ' err >heard
	return "$status"
}

check "evlog ends well with a manager" listen "$dir/socket" all.img
check "it is ready, then stops, and tells both once" bash -c '
	diff - heard <<-END
		heard READY=1
		heard STOPPING=1
	END'
check "nothing else on standard error" bash -c '! grep -v "^heard " err'
check "an abstract socket" listen "@evlog-test-$$" all.img
check "it was heard" test "$(wc -l <heard)" -eq 2
WATCHDOG_USEC=200 listen "$dir/socket2" many.img
check "signs of life from the main loop" bash -c 'grep -c WATCHDOG=1 heard; [ $(grep -c "^heard WATCHDOG=1$" heard) -gt 5 ]'
check "between the start and the end" bash -c 'head -n 1 heard | grep -q READY && tail -n 1 heard | grep -q STOPPING'
WATCHDOG_USEC=200 WATCHDOG_PID=1 listen "$dir/socket3" many.img
check "the watchdog of another process" bash -c '! grep -q WATCHDOG heard && [ $(wc -l <heard) -eq 2 ]'
mkfifo fifo
(sleep 1; exec cat fifo >/dev/null) &
WATCHDOG_USEC=20000 listen "$dir/socket4" -o fifo many.img
wait
check "no sign of life while it hangs" bash -c '[ $(grep -c WATCHDOG heard) -lt 50 ]'
NOTIFY_SOCKET=$dir/nobody "$BIN/evlog" --quiet all.img >out 2>err
check "nobody listens: told in one line, and it goes on" bash -c '
	[ $(wc -l <err) -eq 1 ] && grep -q "^evlog: cannot tell the service manager" err && [ -s out ]'
NOTIFY_SOCKET=vsock:1:2 "$BIN/evlog" --quiet all.img >out 2>err
check "an address that is none of ours" bash -c 'grep -q "^evlog: NOTIFY_SOCKET=vsock:1:2: not the address" err && [ -s out ]'
check "a dry run tells nobody" bash -c './listen "$PWD/socket5" "$BIN/evlog" --dry-run all.img 2>err >out && [ ! -s err ]'

### Metrics

"$BIN/evlog" --quiet --cpu 0 --metrics evlog.prom all.img >out
check "--metrics: evlog ends well" test $? -eq 0
metric() {
	grep -qxF -- "$1" evlog.prom && return
	echo "no line: $1"
	cat evlog.prom
	return 1
}
records() { "$BIN/evlog" -q -j --cpu "$1" all.img | grep -vc '"event":"dropped"'; }
check "events" metric "evlog_events_total{channel=\"test\",cpu=\"0\"} $(records 0)"
check "of CPUs that are not wanted none" metric 'evlog_events_total{channel="test",cpu="1"} 0'
check "they were read all the same" metric "evlog_received_events_total{channel=\"test\",cpu=\"1\"} $(records 1)"
check "dropped" metric 'evlog_lost_events_total{channel="test",cpu="1",reason="dropped"} 7'
check "dropped, of the other CPU" metric 'evlog_lost_events_total{channel="test",cpu="0",reason="dropped"} 2'
check "overrun" metric 'evlog_lost_events_total{channel="test",cpu="0",reason="overrun"} 0'
check "bytes written" metric "evlog_written_bytes_total{channel=\"test\"} $(stat -c %s out)"
check "no lag at the end" metric 'evlog_lag_events{channel="test",cpu="0"} 0'
check "not lossless" metric 'evlog_lossless{channel="test"} 0'
check "the end is marked" test "$(tail -n 1 evlog.prom)" = '# EOF'
check "others may read it" test "$(stat -c %a evlog.prom)" = 644
check "nothing is left beside it" test ! -e evlog.prom.tmp
"$BIN/evlog" --quiet --count 5 --metrics evlog.prom all.img >out
check "lag: what is there and was not read" bash -c '
	lag=$(sed -n "s/^evlog_lag_events.* //p" evlog.prom | awk "{ n += \$1 } END { print n }")
	got=$(sed -n "s/^evlog_received_events_total.* //p" evlog.prom | awk "{ n += \$1 } END { print n }")
	[ "$got" -eq 5 ] && [ $((got + lag)) -eq '"$(($(records 0) + $(records 1)))"' ]'
"$BIN/evlog" --quiet --format raw --output log --metrics evlog.prom all.img
check "a raw log: events, which it takes in runs" metric "evlog_events_total{channel=\"test\",cpu=\"0\"} $(records 0)"
check "its drops" metric 'evlog_lost_events_total{channel="test",cpu="1",reason="dropped"} 7'
check "its bytes" bash -c '[ "$(sed -n "s/^evlog_received_bytes_total.* //p" evlog.prom | awk "{ n += \$1 } END { print n }")" = \
	"$(sed -n "s/^evlog_written_bytes_total.* //p" evlog.prom)" ]'
"$BIN/evlog" --quiet --metrics nowhere/evlog.prom all.img >out 2>err
check "a file that cannot be written: status 1" test $? -eq 1
check "it is told in one line, and nothing is shown" bash -c '
	[ $(wc -l <err) -eq 1 ] && grep -q "^evlog: --metrics nowhere/evlog.prom: cannot be written: No such" err && [ ! -s out ]'
check "--dry-run finds it" bash -c '! "$BIN/evlog" --dry-run --metrics nowhere/evlog.prom all.img 2>&1 >/dev/null && [ ! -e evlog.prom.tmp ]'
exit "$failed"
