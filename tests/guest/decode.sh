#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evlog decodes by format texts: evring's own events and one that a module registers, as text
# and as JSON; each filter shows just what a search of the whole finds; an image without the
# module is decoded by what is built in, to the same text; no filter hides a loss.
#
# vm: --smp 2
# timeout: 240
# shellcheck disable=SC2016 # what is in single quotes is awk's
# shellcheck source=tests/guest/harness.sh
. harness.sh

has() { grep -Eq -- "$1" /tmp/all || { echo "no line like $1"; tail -n 5 /tmp/all; return 1; }; }
json_has() { grep -Eq -- "$1" /tmp/json || { echo "no line like $1"; tail -n 5 /tmp/json; return 1; }; }

# Of an image the output is the same each time.
show() { evlog --quiet /tmp/image "$@"; }

# same EXPRESSION OPTION...: the options show just the lines that have EXPRESSION, which are some.
same() {
	grep -E -- "$1" /tmp/all >/tmp/expected
	shift
	show "$@" >/tmp/shown
	test -s /tmp/expected && cmp /tmp/expected /tmp/shown
}

evringctl create decoded --size 4M || exit 1
evringctl attach decoded fast:exec,switch,sys_enter >/dev/null || exit 1
for _ in 1 2 3; do
	/bin/busybox true
	/bin/busybox usleep 20000
done
evringctl detach decoded || exit 1
evringctl snapshot decoded /tmp/image || exit 1
show >/tmp/all
show --json >/tmp/json
evlog decoded --no-follow --quiet >/tmp/live

check "a channel and its image: the same" cmp /tmp/live /tmp/all
check "as many lines of JSON" test "$(wc -l </tmp/json)" -eq "$(wc -l </tmp/all)"
check "exec" has '\] busybox-([0-9]+) +exec: filename=/bin/busybox pid=\1 old_pid=\1$'
check "switch" has 'switch: prev_comm=.* prev_pid=[0-9]+ prev_prio=[0-9]+ prev_state=(R\+|[RSDTtXZPI]) ==> next_comm=.* next_pid=[0-9]+ next_prio=[0-9]+$'
check "sys_enter" has 'sys_enter: NR [0-9]+ \(([0-9a-f]+, ){5}[0-9a-f]+\)$'
check "the task's name, where another event told it" has '\] busybox-[0-9]+ +sys_enter: '
check "each line is decoded" sh -c '! grep -Ev "^ *[0-9]+\.[0-9]{6} \[00[01]\] .*-[0-9]+ +(exec: filename=|switch: prev_comm=|sys_enter: NR )" /tmp/all'
check "JSON: exec" json_has '^\{"event":"exec","time":[0-9]+\.[0-9]{9},"cpu":[01],"seq":[0-9]+,"pid":([0-9]+),"comm":"busybox","filename":"/bin/busybox","old_pid":\1\}$'
check "JSON: switch" json_has '^\{"event":"switch",.*,"pid":([0-9]+),"comm":"([^"]*)","prev_comm":"\2","prev_pid":\1,"prev_prio":[0-9]+,"prev_state":[0-9]+,"next_comm":"[^"]*","next_pid":[0-9]+,"next_prio":[0-9]+\}$'
check "JSON: sys_enter" json_has '^\{"event":"sys_enter",.*,"id":[0-9]+,"args":\[([0-9]+|"0x[0-9a-f]+")(,([0-9]+|"0x[0-9a-f]+")){5}\]\}$'

pid=$(sed -n 's/.* busybox-\([0-9]*\) *exec: .*/\1/p' /tmp/all | head -n 1)
cpu=$(sed -n 's/.* \[00\([01]\)\] .*prev_comm=busybox .*/\1/p' /tmp/all | head -n 1)
check "--event" same ' exec: ' --event exec
check "--event, system and name" same ' (exec|switch): ' --event 'evring:ex*' --event 'ev*:switch'
check "--cpu" same "^ *[0-9.]+ \[00$cpu\] " --cpu "$cpu"
check "--cpu, a list" same . --cpu 0-1,7
check "--pid: in it, and switched to or from" same "\[00.\] [^ ]*-$pid +| (prev_|next_|old_|)pid=$pid( |\$)" --pid "$pid"
check "--where" same 'next_comm=busybox ' --where 'next_comm == "busybox"'
check "--where, by number" same 'next_pid=0 ' --where 'evring/switch: next_pid == 0'
check "--where of two events" same "(exec|switch): .* (pid|prev_pid)=$pid " \
	--where "exec: pid == $pid" --where "switch: prev_pid == $pid"
check "--where and --cpu" same "\[00$cpu\].*prev_comm=busybox " --where 'prev_comm =~ "^busyb"' --cpu "$cpu"

evlog decoded --where 'prev_comm == "a" || (prev_pid = 3)' >/tmp/out 2>/tmp/err
check "a bad expression: status 2" test $? -eq 2
check "and what is wrong, and where" sh -c 'grep -q "Unknown op token =, at character 31$" /tmp/err && test ! -s /tmp/out'
check "a name of tracefs that is not right: told, with what is near" sh -c '
	evlog decoded --no-follow --event sched_swich 2>&1 >/dev/null | grep -q "is called so; near: sched_switch"'
check "a name of tracefs that is right is not told" sh -c '
	! evlog decoded --no-follow --event sched:sched_switch 2>&1 >/dev/null | grep "is called so"'
check "a field of tracefs that is not right" sh -c '
	evlog decoded --no-follow --where "sched/sched_switch: prev_com == \"a\"" 2>&1 >/dev/null |
	grep -q "sched:sched_switch: it has no field prev_com; near: prev_comm"'

evringctl freeze decoded && evringctl attach decoded gen:count=3,cpus=0,wait >/dev/null && evringctl thaw decoded
evlog decoded --no-follow --quiet --event none --cpu 1 --pid 1 --where 'prev_pid == 1' >/tmp/out 2>/dev/null
check "no filter hides a loss" sh -c 'test $(wc -l </tmp/out) -eq 1 && grep -q "dropped: lost 3 events" /tmp/out'

check "the sample loads" insmod /lib/evring/evring_pulse.ko period_ms=20
evlog pulse --count 6 --quiet >/tmp/all
evlog pulse --count 6 --quiet --json >/tmp/json
check "a module's event" has '^ *[0-9.]+ \[00[01]\] .*-[0-9]+ +pulse: pulse 3, -?[0-9]+ ns late$'
check "as JSON" json_has '^\{"event":"pulse",.*,"number":3,"late_ns":-?[0-9]+\}$'
evlog pulse --count 2 --quiet --where 'pulse: number == 2 || number == 5' >/tmp/out
check "--where" sh -c 'sed "s/.*: pulse \([0-9]*\),.*/\1/" /tmp/out | tr "\n" " " | grep -qx "2 5 "'
evringctl snapshot pulse /tmp/pulse || exit 1
evlog --quiet --count 6 /tmp/pulse >/tmp/out
check "its image, while the module is there" cmp /tmp/out /tmp/all
check "the sample goes" rmmod evring_pulse
evlog --quiet --count 6 /tmp/pulse >/tmp/out
check "then its events are bytes" sh -c 'test $(grep -Ec "type-0x8100: 24 bytes [0-9a-f]{48}$" /tmp/out) -eq 6'

show >/tmp/all
evringctl remove decoded || exit 1
check "the module goes" rmmod evring
show >/tmp/out
check "what is built in says what the module says" cmp /tmp/out /tmp/all
insmod /lib/evring/evring.ko
exit "$failed"
