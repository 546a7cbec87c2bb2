# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the unit tests that are scripts have in common; they source it.
#
# root: the tree. dir: a folder of the test's own, which goes when it ends. failed: what it ends
# with.
# shellcheck disable=SC2034 # used by those that source it
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

# needs COMMAND PACKAGE: the test is left out where there is no such command.
needs() {
	command -v "$1" >/dev/null && return
	echo "$1 is not installed: apt install $2"
	exit 77
}

# find_program PROGRAM PACKAGE: where it is, in $program, though it be not installed; or the test is
# left out.
find_program() {
	program=$("$root/tests/unit/program" "$2" "$1" 2>"$dir/check.out") && return
	echo "no $1: $(tail -n 1 "$dir/check.out")"
	exit 77
}

# check NAME COMMAND...: the command must succeed. What it prints is shown if it does not.
check() {
	local name=$1

	shift
	if "$@" >"$dir/check.out" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		head -n 60 "$dir/check.out" | cut -c1-300 | sed 's/^/# /'
		failed=1
	fi
}
