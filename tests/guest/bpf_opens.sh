#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The example opens: each file that is opened comes, with who did and its path, once; it ends when
# its channel is removed, and tells as many emitted as came. What is opened after the removal is
# opened, but not emitted.
#
# vm: --smp 2
# shellcheck source=tests/guest/harness.sh
. harness.sh
out=/tmp/bpf_opens.out
evidence="$out"

if ! command -v opens >/dev/null; then
	echo "it was built without clang, bpftool or libbpf-dev; run packaging/deps bpf"
	exit 77
elif [ "$(cat /sys/module/evring/parameters/bpf)" != Y ]; then
	echo "this kernel, or this build of the module, has no kfuncs"
	exit 77
fi

# Opened again and again until the first line about it comes.
started() {
	tries=0
	until grep -q /tmp/bpf_opens.first "$out"; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || return 1
		: >>/tmp/bpf_opens.first
		sleep 0.1
	done
}

each_once() {
	for i in 1 2 3 4 5 6 7 8 9; do
		[ "$(grep -c "^cat-[0-9]* 0x8000 /tmp/bpf_opens.$i\$" "$out")" -eq 1 ] || return 1
	done
}

agree() {
	n=$(grep -vc '^#' "$out")
	opened=$(sed -n '$s/^# \([0-9]*\) opened, '"$n"' emitted$/\1/p' "$out")
	[ -n "$opened" ] && [ "$opened" -ge "$n" ]
}

evringctl create opens
opens opens >"$out" 2>&1 &
check "it starts" started
for i in 1 2 3 4 5 6 7 8 9; do
	: >"/tmp/bpf_opens.$i"
	cat "/tmp/bpf_opens.$i"
done
sleep 1
evringctl remove opens
check "it ends when its channel is removed" wait $!
check "each file comes once" each_once
check "as many as it says" agree
exit "$failed"
