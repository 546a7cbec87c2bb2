#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evringctl events: the types there are, as text and as JSON; the format text of one, which
# is what tracefs has for the same event, but for its number and what the probe leaves out; a
# module's own while it is loaded; what there is not.
#
# vm: --smp 2
# shellcheck source=tests/guest/harness.sh
. harness.sh

fields() { sed -n 's/^\tfield:.* \([a-z_]*\)\(\[.*\]\)\{0,1\};\toffset:.*/\1/p' | grep -v '^common_'; }

fork_is_tracefs() {
	mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
	fields </sys/kernel/tracing/events/sched/sched_process_fork/format >/tmp/theirs
	evringctl events fork | fields >/tmp/ours
	diff /tmp/theirs /tmp/ours
}

listed() { evringctl events | grep -q "^ *[0-9]*  $1\$"; }
absent() { ! listed "$1"; }
json_has() { evringctl events --json | grep -qF "\"name\":\"$1\",\"type\":$2,\"format\":\"name: $1\\nID: $2\\n"; }
refused() { ! evringctl events "$1" && evringctl events "$1" 2>&1 | grep -q 'no such event type'; }

for event in generator user fork exec exit switch sys_enter sys_exit printk sample; do
	check "$event is listed" listed "$event"
done
check "JSON has names and formats" json_has switch 32789
check "fork has the fields that tracefs says" fork_is_tracefs
check "what there is not is refused" refused pulse
check "the sample loads" insmod /lib/evring/evring_pulse.ko
check "its event is listed" listed pulse
check "and has a format" evringctl events pulse
check "the sample goes" rmmod evring_pulse
check "and its event with it" absent pulse
exit "$failed"
