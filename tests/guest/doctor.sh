#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evringctl doctor: nothing fails where all is well; a channel that overflows, one that drops
# and why, one that is frozen and one that is not there are told, each with the mend; so is
# what an unprivileged user cannot do; without the module it fails and tells how to load it.
#
# vm: --smp 2
# timeout: 180
out=/tmp/doctor.out
# shellcheck source=tests/guest/harness.sh
. harness.sh
evidence="$out"

# examine ARGUMENT...: what the doctor says, and its exit status.
examine() {
	evringctl doctor "$@" >"$out" 2>&1
	status=$?
}

says() { grep -Eq -e "$1" "$out"; }
silent() { ! says "$1"; }
exits() { [ "$status" -eq "$1" ]; }

evringctl create well >/dev/null && evringctl attach well gen:rate=100 >/dev/null || exit 1
examine
check "all is well: exit status" exits 0
check "all is well: nothing fails" silent '^fail'
check "the module and its ABI" says '^ok +module: version .*-abi1 is loaded$'
check "root may do all" says '^ok +permission: you may make channels'
if [ -e /sys/kernel/tracing/kprobe_events ]; then
	check "tracefs" says '^ok +tracefs: mounted, with kprobes and uprobes$'
else
	check "tracefs" says '^warn +tracefs: mounted, but this kernel has no kprobes .*; mend: use a kernel with CONFIG_KPROBE_EVENTS'
fi
check "the clock" says '^ok +clock: tsc$'
check "the channel's rate" says '^ok +channel well: live, .*; [1-9][0-9]* events/s of 80 bytes, of which it holds'
check "no advice for it" silent '^warn +channel well'

examine well --json
check "JSON: an array of objects" sh -c "head -n 1 $out | grep -qx '\[' && tail -n 1 $out | grep -qx '\]' &&
	! sed '1d;\$d' $out | grep -Evq '^\{\"check\":\"[^\"]*\",\"verdict\":\"(ok|warn|fail)\",\"found\":\".*\"\},?\$'"
evringctl remove well

evringctl create over --size 256K --mode 0660 || exit 1
evringctl attach over gen:size=100 >/dev/null || exit 1
examine over
check "too small a ring is no failure" exits 0
check "it overflows, and what size would do" says \
	'^warn +channel over: overflows soon: .* mend: make the ring larger: create --size [0-9]+M holds 5 s of this$'
evringctl detach over
evlog --lossless --quiet over >/dev/null &
reader=$!
until evringctl stat over --json | grep -Eq '"readers": ?1[,}]'; do sleep 0.1; done
kill -STOP "$reader"
evringctl attach over gen:size=100 >/dev/null || exit 1
sleep 1
examine over
check "a reader that holds it up" says '^warn +channel over: [1-9].* dropped, .*lossless reader.*create --lossless-deadline'
kill -CONT "$reader"
kill "$reader"
evringctl remove over
wait "$reader"

evringctl create large --block 4K || exit 1
evringctl attach large gen:size=5000,count=3,cpus=0,wait >/dev/null
examine large
check "events that are too large" says '^warn +channel large: 3 events dropped, 0 of them just now: they were larger'
evringctl freeze large
examine
check "a frozen channel" says '^warn +channel large: frozen: .* mend: evringctl thaw large$'

su nobody -s /bin/sh -c 'evringctl doctor' >"$out" 2>&1
status=$?
check "nobody: nothing fails" exits 0
check "nobody: may not make channels" says '^warn +permission: .* mend: run as root'
check "nobody: may not read tracefs" says '^warn +tracefs: .*not readable for you; mend: run as root$'
check "nobody: may not read the channel" says '^warn +channel large: not readable for you; mend: run as root'
evringctl remove large

examine nowhere
check "a channel that is not there: exit status" exits 1
check "a channel that is not there" says '^fail +channel nowhere: there is no such channel'
examine ..
check "what is no name is wrong usage" exits 2

rmmod evring || exit 1
examine
check "without the module: exit status" exits 1
check "without the module: how to load it" says '^fail +module: not loaded; mend: modprobe evring'
check "without the module: would it be taken" says '^ok +signature: this kernel takes unsigned modules$'
insmod /lib/evring/evring.ko
exit "$failed"
