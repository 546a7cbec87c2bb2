#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Whether BPF programs can emit: where they cannot, the module says so once when it is loaded, its
# parameter reads N and doctor tells what to do; where they can, it says nothing, the parameter
# reads Y, the module has type information and doctor is content. bpf=0 leaves them out.
#
# vm: --smp 2
# shellcheck source=tests/guest/harness.sh
. harness.sh
loads=0
parameter=/sys/module/evring/parameters/bpf
said='evring: BPF programs cannot emit: '

reads() { [ "$(cat "$parameter")" = "$1" ]; }
# Since it was loaded last.
count() { dmesg | sed "1,/bpf_parameter: load $$-$loads\$/d" | grep -c "$said"; }
counted() { [ "$(count)" -eq "$1" ]; }
doctor() { evringctl doctor | grep "bpf: .*$1"; }
read_only() { ! echo "$1" >"$parameter"; }

reload() {
	rmmod evring
	loads=$((loads + 1))
	echo "bpf_parameter: load $$-$loads" >/dev/kmsg
	insmod /lib/evring/evring.ko "$@"
}

check "it is loaded anew" reload
if reads Y; then
	check "the kernel has the module's types" test -r /sys/kernel/btf/evring
	check "it says nothing" counted 0
	check "doctor is content" doctor 'BPF programs can emit'
else
	check "it says so once" counted 1
	check "the parameter reads N" reads N
	check "doctor tells what to do" doctor 'CONFIG_DEBUG_INFO_BTF\|6\.12'
fi
check "the parameter cannot be set" read_only 1
check "it is loaded without" reload bpf=0
check "the parameter reads N, then" reads N
check "and nothing is said" counted 0
check "it is loaded as ever" reload
exit "$failed"
