#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evring's peers in evbench: each emits, is read, and streams, whole; counts and sums are compared
# by evbench itself, in a pass over every record and in every run, so that a peer that has a line
# in a table was whole. On two CPUs at once as well. Gone round, each has the newest or the oldest
# records, without a gap, in no less memory than they take. Those that this kernel or this build cannot
# have are named with a reason. Nothing stays behind: no module, no channel, no folder.
#
# vm: --smp 3
# timeout: 400
# shellcheck source=tests/guest/harness.sh
. harness.sh
out=/tmp/peers.out
evidence="$out"
kernel_peers='memcpy relay ftrace kfifo'
bpf_peers='bpf-output bpf-reserve bpf-reserve-quiet bpf-perf bpf-perf-quiet'
floors='loop clock'
channels='evring evring-inline evring-fixed evring-reserve'

# measured MODE NAME: does the table of MODE have a line of that name?
measured() { awk -v mode="$1: " -v name="$2" '/^[a-z]+: / { on = index($0, mode) == 1 } on { for (i = 2; i <= 4; i++) found += $i == name } END { exit !found }' "$out"; }

here() { ! evbench list | grep -q "^$1 .*not here"; }

evbench list >"$out" || exit 1
for peer in $kernel_peers $floors $channels; do
	check "list: $peer can run here" here "$peer"
done
if here bpf-loop; then
	floors="$floors bpf-loop"
else
	bpf_peers=
	check "list: why no BPF" grep -q '^bpf-loop .*not here: .' "$out"
fi

evbench run -m emit -s 16,100,1024 -n 1 -w 1 --records 3000 -p 0,1 -c 2 >"$out" 2>&1
check "emit: every sum is right" [ $? -eq 0 ]
for peer in $kernel_peers $bpf_peers $floors $channels; do
	check "emit: $peer" measured emit "$peer"
done
evbench run -m consume -s 16,100,1024 -n 1 -w 1 --records 3000 -p 0 -c 1 >"$out" 2>&1
check "consume: every sum is right" [ $? -eq 0 ]
for peer in $kernel_peers $bpf_peers syscall; do
	check "consume: $peer" measured consume "$peer"
done
evbench run -m stream -s 64 -n 1 -w 0 --records 20000 -p 0,1 -c 2 >"$out" 2>&1
check "stream: every sum is right" [ $? -eq 0 ]
for peer in relay ftrace kfifo $bpf_peers; do
	check "stream: $peer" measured stream "$peer"
done

# The records kept, and bytes of memory for each, of 16 bytes of payload.
kept() { awk -v name="$1" -v end="$2" '$1 == 16 && $2 == name && $5 == end { print $6, $9 }' "$out"; }
takes_memory() {
	kept "$1" "$2" | awk '{ sane = $1 > 3000 && $1 <= 9000 && $2 >= 32 && $2 < 64 } END { exit !sane }'
}
evbench run -m history -s 16,100,1024 --ring 256K -p 0 -c 1 >"$out" 2>&1
check "history: what is read is one end of what was emitted" [ $? -eq 0 ]
for peer in evring relay ftrace; do
	check "history: $peer keeps the newest" takes_memory "$peer" newest
done
for peer in kfifo ${bpf_peers:+bpf-reserve-quiet bpf-perf-quiet}; do
	check "history: $peer keeps the oldest" takes_memory "$peer" oldest
done

# Too large for some: those are left out, and named.
evbench run -m consume -s 4096 -n 1 -w 0 --records 200 -p 0 -c 1 >"$out" 2>&1
check "4096 bytes: the others are whole" [ $? -eq 0 ]
check "4096 bytes: ftrace is left out" grep -q 'ftrace: skipped for 4096 bytes' "$out"
check "4096 bytes: relay" measured consume relay
evbench run -m emit -s 64 -n 1 --records 1000 -b kfifo >"$out" 2>&1
check "-b chooses" measured emit kfifo
check "-b leaves the others out" sh -c "! grep -q ' relay ' $out"
EVBENCH_PEERS=/none evbench run -m emit -s 64 -n 1 --records 1000 -b kfifo,relay >"$out" 2>&1
check "without the module evbench works" [ $? -eq 0 ]
check "without the module: said once" [ "$(grep -c 'left out: their module' "$out")" -eq 1 ]

check "the module is gone" sh -c '! grep -q ^evring_peers /proc/modules'
check "no channel stays" sh -c '! evringctl list | grep evbench'
check "no folder stays" [ ! -e /sys/kernel/debug/evring_peers ]
exit "$failed"
