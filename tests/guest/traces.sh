#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the kernel's scheduler told, as a CTF trace, that babeltrace2 reads: as many events as in
# text, of the same tasks in the same order, by wall time; written while it happens, and from an
# image; gone on with after a kill. And for chrome://tracing, as many.
#
# vm: --smp 2
# shellcheck source=tests/guest/harness.sh
. harness.sh
if ! command -v babeltrace2 >/dev/null; then
	echo "no babeltrace2 on board: packaging/deps guest installs it"
	exit 77
fi
export BABELTRACE_PLUGIN_PATH=/usr/local/bin
# Other tests have left files in /tmp.
mkdir -p /tmp/traces
evidence='/tmp/traces/told.live /tmp/traces/told.first /tmp/traces/told.second'

work() { for _ in 1 2 3 4 5; do /bin/busybox true; /bin/busybox usleep 2000; done; }

# read_back DIR: its events by time, a line each, in $DIR.txt.
read_back() { babeltrace2 --clock-seconds "$1" >"$1.txt" 2>"/tmp/traces/told.${1##*/}"; }

# count FILE REGEX NUMBER: the lines that have REGEX.
count() { test "$(grep -Ec -- "$2" "$1")" -eq "$3" -a "$3" -gt 0; }

# Each switch, as "CPU PREV NEXT", CPU by CPU: what happened at the same time on two has no order.
by_cpu() { sort -s -k 1,1; }
switches_of_text() { sed -n 's/.*\[\([0-9]*\)\].* sched_switch: prev_comm=.* prev_pid=\([0-9]*\) .* next_pid=\([0-9]*\) .*/\1 \2 \3/p' "$1" | by_cpu; }
switches_of_ctf() { sed -n 's/.* sched:sched_switch: .*cpu_id = \([0-9]*\) .* prev_pid = \([0-9]*\),.* next_pid = \([0-9]*\),.*/00\1 \2 \3/p' "$1" | by_cpu; }

evringctl create traced --size 8M || exit 1
evlog --quiet --format ctf --output /tmp/traces/live traced 2>/tmp/traces/told.first &
first=$!
evringctl attach traced sched:sched_switch sched:sched_waking sched:sched_process_exec >/dev/null || exit 1
work
kill -9 "$first"
work
evlog --quiet --format ctf --output /tmp/traces/live traced 2>/tmp/traces/told.second &
second=$!
work
evringctl detach traced || exit 1
kill "$second"
wait "$second"
check "a trace is gone on with: status 0" test $? -eq 0

evringctl snapshot traced /tmp/traces/image || exit 1
evlog --quiet /tmp/traces/image >/tmp/traces/text
all=$(wc -l </tmp/traces/text)
check "nothing was lost" sh -c "! grep -q ': lost ' /tmp/traces/text"
check "babeltrace2 reads what was written as it happened" read_back /tmp/traces/live
check "all of it: $all events" count /tmp/traces/live.txt '^\[[0-9.]+\] .*sched:sched_' "$all"
check "nothing is told to be lost" test ! -s /tmp/traces/told.live

check "an image becomes a trace" evlog convert /tmp/traces/image --to ctf --output /tmp/traces/ctf --quiet
check "babeltrace2 reads it" read_back /tmp/traces/ctf
check "all of it, again" count /tmp/traces/ctf.txt '^\[[0-9.]+\] .*sched:sched_' "$all"
switches_of_text /tmp/traces/text >/tmp/traces/told.text
switches_of_ctf /tmp/traces/ctf.txt >/tmp/traces/told.ctf
check "the same switches, in the same order on each CPU" diff /tmp/traces/told.text /tmp/traces/told.ctf
switches_of_ctf /tmp/traces/live.txt >/tmp/traces/told.ctf
check "as it happened, too" diff /tmp/traces/told.text /tmp/traces/told.ctf
check "some hundreds" test "$(wc -l </tmp/traces/told.text)" -gt 50
# shellcheck disable=SC2016
check "by wall time" sh -c '
	now=$(date +%s) then=$(sed -n "1s/^.\([0-9]*\)\..*/\1/p" /tmp/traces/ctf.txt)
	echo "$then, $now"; test "$then" -le "$now" -a "$then" -gt $((now - 600))'

check "an image for chrome://tracing" evlog convert /tmp/traces/image --to chrome --output /tmp/traces/chrome --quiet
idle=$(grep -c 'sched_switch: .* prev_pid=0 ' /tmp/traces/text)
check "slices: all switches but those from idle" count /tmp/traces/chrome '"ph":"X".*"cat":"sched".*"seq":' \
	"$(($(wc -l </tmp/traces/told.text) - idle))"
check "instants: all else" count /tmp/traces/chrome '"ph":"i"' "$((all - $(wc -l </tmp/traces/told.text)))"
exit "$failed"
