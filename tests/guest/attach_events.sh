#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evringctl attach of every kind of kernel event, as evlog shows what comes: tracepoints, kprobes
# and uprobes with what they fetch, where functions return, software's counters and clocks, the
# kernel's log; --filter and --pid; what is refused says why, with near names, and leaves nothing
# attached and nothing made; what was made in tracefs goes with the last source that uses it,
# also where two attach at once.
#
# vm: --smp 2
# timeout: 300
# shellcheck source=tests/guest/harness.sh
. harness.sh
tracing=/sys/kernel/tracing
tool=$(command -v evringctl)

[ -e "$tracing/kprobe_events" ] || { echo "this kernel has no kprobe events" && exit 77; }

# attached EVENT...: channel e, new, is fed by these.
attached() {
	evringctl remove e 2>/dev/null
	evringctl create e --size 4M && evringctl attach e "$@" >/tmp/ids
}

# Show what came, and detach.
shown() {
	evlog e --no-follow --quiet "$@" >/tmp/out
	evringctl detach e
}

has() { grep -Eq -- "$1" /tmp/out || { echo "no line like $1"; tail -n 5 /tmp/out; return 1; }; }
exactly() { n=$(grep -Ec -- "$2" /tmp/out) || :; [ "$n" -eq "$1" ] || { echo "$n lines like $2"; tail -n 5 /tmp/out; return 1; }; }

# What evringctl has made in tracefs.
made() {
	grep ':evring/' "$tracing/dynamic_events"
	ls "$tracing/instances"
}
clean() { made >/tmp/made; ! test -s /tmp/made || { cat /tmp/made; return 1; }; }
sources() { evringctl stat e --json | grep -Eq "\"sources\": ?$1[,}]"; }

# refused STATUS PATTERN EVENT...: with this message, and nothing is left of it.
refused() {
	status=$1 pattern=$2
	shift 2
	evringctl attach e "$@" >/tmp/out 2>&1
	got=$?
	cat /tmp/out
	[ "$got" -eq "$status" ] || { echo "status $got"; return 1; }
	grep -Eq -- "$pattern" /tmp/out || { echo "no line like $pattern"; return 1; }
	sources 0 || { echo "a source is left"; return 1; }
	clean
}

# --- each kind -------------------------------------------------------------------------

attached sched:sched_process_exec
check "a tracepoint has a source" sources 1
/bin/busybox true
shown --json
check "a tracepoint, decoded" has '"event":"sched_process_exec",.*"filename":"/bin/busybox"'

# shellcheck disable=SC2016 # it is the kernel's
attached 'kprobe:do_sys_openat2 file=+0($arg2):ustring'
check "a kprobe is made in the group evring" grep -q '^p:evring/kprobe_do_sys_openat2_1 do_sys_openat2' $tracing/dynamic_events
cat /proc/version >/dev/null
shown
check "a kprobe, with what it fetches" has 'kprobe_do_sys_openat2_1: .*file="/proc/version"'
check "detach takes the kprobe away" clean

# shellcheck disable=SC2016 # it is the kernel's
attached 'kretprobe:do_sys_openat2 ret=$retval:s32'
cat /no/such/file 2>/dev/null
shown --json
check "a kretprobe, with what was returned" has '"event":"kretprobe_do_sys_openat2_1",.*"ret":-2[,}]'
check "detach takes the kretprobe away" clean

attached kprobe:do_sys_openat2+0x0
check "FUNCTION+OFFSET" sources 1
evringctl remove e
check "remove takes its probe away" clean

attached "uprobe:$tool:show_info"
evringctl info e >/dev/null
evringctl list >/dev/null
evringctl info e >/dev/null
shown
check "a uprobe on a function of a program: each call" exactly 2 '-[0-9]+ +uprobe_show_info_1: \((0x)?[0-9a-f]+\)'
check "detach takes the uprobe away" clean

libc=$(find / -xdev -name libc.so.6 | head -n 1)
attached "uprobe:$libc:getopt_long"
evringctl --version >/dev/null
shown
check "of a library, by the symbols for linking" has 'uprobe_getopt_long_1: '

# shellcheck disable=SC2016 # it is the kernel's
attached "uretprobe:$tool:check_name status="'$retval:s32'
evringctl info e >/dev/null
shown
check "where a function of a program returns" has 'uretprobe_check_name_1: .*status=0'

offset=$(attached "uprobe:$tool:show_info" && sed -n 's/^p:evring.*:\(0x[0-9a-f]*\)$/\1/p' $tracing/uprobe_events)
evringctl detach e
attached "uprobe:$tool:$offset"
evringctl info e >/dev/null
shown
check "PATH:0xOFFSET" has ' uprobe_0x[0-9a-f]+_1: '

attached software:cpu-clock@200hz software:page-faults software:context-switches@10
for _ in 1 2 3 4 5; do /bin/busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9; do :; done'; done
shown --json
check "a clock" has '"perf_type":1,.*"perf_config":0[,}]'
check "page faults, each" has '"period":1,"perf_type":1,.*"perf_config":2[,}]'
check "context switches, the tenth each" has '"period":10,"perf_type":1,.*"perf_config":3[,}]'

attached printk
echo '<6>a line for the log' >/dev/kmsg
shown
check "a line of the kernel's log" has 'printk: .*a line for the log$'

attached fast:exec printk sched:sched_process_exit
check "fast: and printk share a source, a tracepoint has its own" test "$(wc -l </tmp/ids)" -eq 2
check "and they are attached" sources 2
evringctl detach e

# --- filters and processes -------------------------------------------------------------

attached sched:sched_process_exec --filter 'filename ~ "*/busybox"'
check "--filter makes an instance" test -d $tracing/instances/evring.*
/bin/busybox true
evringctl list >/dev/null
/bin/busybox true
shown
check "--filter: only what it lets through" exactly "$(grep -c . /tmp/out)" 'filename=/bin/busybox'
check "--filter: all of that" has 'filename=/bin/busybox'
check "detach takes the instance away" clean

# shellcheck disable=SC2016 # it is the kernel's
attached 'kprobe:do_sys_openat2 file=+0($arg2):ustring' sched:sched_process_exec \
	--filter 'common_pid > 1'
check "a filter of two events takes one instance" test "$(find $tracing/instances -maxdepth 1 -name 'evring.*' | wc -l)" -eq 1
cat /proc/version >/dev/null
shown
check "a filter of a kprobe" has 'file="/proc/version"'
check "detach takes both away" clean

rm -f /tmp/go
mkfifo /tmp/go
sh -c 'read -r _ </tmp/go; cat /proc/version >/dev/null' &
pid=$!
# shellcheck disable=SC2016 # it is the kernel's
attached 'kprobe:do_sys_openat2 file=+0($arg2):ustring' --pid $pid
cat /proc/cmdline >/dev/null
echo go >/tmp/go
wait $pid
shown
check "--pid: what the process and its children do" has 'file="/proc/version"'
check "--pid: and nothing else" exactly 0 'file="/proc/cmdline"'

# --- what is refused ---------------------------------------------------------------------

evringctl remove e
evringctl create e
check "a tracepoint that there is not: near ones" refused 2 'did you mean: .*sched:sched_switch' sched:sched_swich
check "its system forgotten" refused 2 'did you mean: .*sched:sched_wakeup' sched_wakeup
check "no path" refused 2 'no such event' ../../etc:passwd
check "a function that there is not: near ones" refused 1 'did you mean: .*do_sys_openat2' kprobe:do_sys_opnat2
check "and what it may be" refused 1 'no function do_sys_opnat2: it may be inlined' kprobe:do_sys_opnat2
check "a function that nobody may probe" refused 1 'lets nobody probe|is notrace' kprobe:notifier_call_chain
check "what is fetched is wrong" refused 1 'tracefs refuses this probe: .*: what is fetched' 'kprobe:do_sys_openat2 file=nonsense'
check "a symbol that there is not: near ones" refused 1 'did you mean: show_info' "uprobe:$tool:show_inf"
check "a file that there is not" refused 1 'No such file' uprobe:/no/such:main
check "a file that is no program" refused 1 'no program or library' uprobe:/proc/version:main
check "an offset behind the end" refused 1 "uprobe:$tool:0x7fffffff: " "uprobe:$tool:0x7fffffff"
check "a probe without a function" refused 2 'kprobe:FUNCTION' kprobe:
check "a comment in it" refused 2 'is wanted' 'kprobe:do_sys_openat2 #'
check "a counter that there is not" refused 2 'did you mean: page-faults' software:page-fault
check "a counter that this machine has not" refused 1 'software:cpu-clock' hardware:cycles
check "a period of nothing" refused 2 'not a period' software:page-faults@0
check "a process that there is not" refused 1 'no such process: 4000000' sched:sched_switch --pid 4000000
check "no number of a process" refused 2 'not the number' sched:sched_switch --pid none
check "--pid with what perf does not count" refused 2 'pid is for what perf counts' gen --pid 1
check "--filter with what tracefs does not describe" refused 2 'filter is for what tracefs' fast:exec --filter 'pid == 1'
check "--filter with a counter" refused 2 'filter is for what tracefs' software:page-faults --filter 'pid == 1'
check "a filter that is wrong: what, and where" refused 2 '^ *\^$' sched:sched_switch --filter 'prev_pod == 1'
check "an unknown field is told" grep -q 'Field not found' /tmp/out
# shellcheck disable=SC2016 # it is the kernel's
check "a filter without its last quote" refused 2 'parse_error: ' sched:sched_switch --filter 'prev_comm == "x'
check "an event of tracefs's own" refused 1 'lets nobody but tracefs' ftrace:bprint
check "a place within an instruction" refused 1 'not an instruction boundary' kprobe:do_sys_openat2+0x1
# shellcheck disable=SC2016 # it is the kernel's
check "one of several: none is attached, nothing made" refused 1 'no function no_such_function_at_all' \
	sched:sched_switch 'kprobe:do_sys_openat2 file=+0($arg2):ustring' printk kprobe:no_such_function_at_all
check "a channel that there is not: nothing is made" sh -c '
	! evringctl attach none kprobe:do_sys_openat2 --filter "common_pid == 1"'
check "indeed" clean

umount $tracing
check "no tracefs: how to mount it" sh -c 'evringctl attach e sched:sched_switch 2>&1 | grep -q "mount -t tracefs nodev /sys/kernel/tracing"'
check "what needs none goes on" evringctl attach e software:page-faults printk
evringctl detach e
mount -t tracefs nodev $tracing

# --- two at once, and what is shared -----------------------------------------------------

evringctl create f
for _ in 1 2 3; do
	evringctl attach e kprobe:do_sys_openat2 --filter 'common_pid > 0' >/dev/null 2>/tmp/e.err &
	one=$!
	evringctl attach f kretprobe:do_sys_openat2 "uprobe:$tool:show_info" --filter 'common_pid > 0' >/dev/null 2>/tmp/f.err &
	two=$!
	wait $one
	check "one of two that attach at once" test $? -eq 0
	wait $two
	check "and the other" test $? -eq 0
	cat /tmp/e.err /tmp/f.err
	check "both filters have their instance" test "$(find $tracing/instances -maxdepth 1 -name 'evring.*' | wc -l)" -eq 2
	evringctl detach e &
	evringctl detach f
	wait $!
	check "and nothing is left of either" clean
done

evringctl attach e kprobe:do_sys_openat2 >/dev/null
evringctl attach f kprobe:do_sys_openat2 >/dev/null
check "the same probe of two channels is made once" test "$(grep -c ':evring/' $tracing/dynamic_events)" -eq 1
evringctl detach e
check "it stays as long as one uses it" test "$(grep -c ':evring/' $tracing/dynamic_events)" -eq 1
evringctl detach f
check "and then goes" clean
evringctl remove e
evringctl remove f
exit "$failed"
