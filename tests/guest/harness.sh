# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the tests that are scripts have in common; they source it.
#
# failed: what a test ends with. evidence: files to show when a check fails, patterns too.
failed=0
evidence=''

# check NAME COMMAND...: the command must succeed. What it prints is shown if it does not.
check() {
	name=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		echo "ok $name"
		return
	fi
	echo "not ok $name"
	# shellcheck disable=SC2086 # patterns of files
	grep -s . /tmp/check.out $evidence | head -n 100 | cut -c1-300
	failed=1
}

# stock MODULE...: loads modules of the kernel's own, if tests/run has put them on board.
stock() {
	for module; do
		while read -r file; do
			name=$(basename "$file" .ko | tr - _)
			grep -q "^$name " /proc/modules || insmod "$file" || return 1
		done <"/lib/stock/$module" || return 1
	done
}

# until_true COMMAND...: within a minute, for kernels that watch themselves are slow.
until_true() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 1200 ] || return 1
		busybox usleep 50000
	done
}
