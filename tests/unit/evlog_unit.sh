#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # bash's own in single quotes; functions run by check()
#
# The service that make install puts there: systemd takes it without a remark and finds little to
# fear; evlog, with the sample of a configuration, makes no system call that its filter forbids.
# BIN: folder of the built tools; CC: compiler for the helper.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

needs systemd-analyze systemd
needs strace strace
needs /bin/kill procps
unset MAKEFLAGS MAKELEVEL KDIR PREFIX DESTDIR
make_images all || exit 1
cd "$dir" || exit 1
check "make install-user" make -s -C "$root" install-user PREFIX="$dir/there"
units=$dir/there/lib/systemd/system

### The unit

# Manuals are not where man looks.
verified() {
	systemd-analyze verify --man=no "$1/evlog@proc.service" >said 2>&1 && [ ! -s said ] && return
	cat said
	return 1
}
check "systemd takes the service" verified "$units"
check "it starts what was installed" grep -q "^ExecStart=$dir/there/bin/evlog " "$units/evlog@.service"
check "nothing of another place is left" bash -c "! grep -n /usr/local '$units/evlog@.service'"
mkdir bad
sed 's/^WatchdogSec=.*/WatchdgSec=1/' "$units/evlog@.service" >bad/evlog@.service
not_verified() { ! verified "$1"; }
check "it would not take anything" not_verified bad
# 20: 2.0 of 10, "OK"; what remains is root's name, the network, and devices.
secure() { systemd-analyze security --offline=true --threshold="$1" "$units/evlog@.service"; }
check "systemd finds little to fear" secure 20
insecure() { ! secure "$1"; }
check "there is a limit" insecure 10

### What it forbids

# allowed NAME: the system calls of a set of systemd's, sets in it included.
allowed() {
	local word
	for word in $(systemd-analyze syscall-filter "$1" | sed '1d; s/#.*//'); do
		case $word in
		@*) allowed "$word" ;;
		*) echo "$word" ;;
		esac
	done
}
# The filter of the service, as systemd takes it: a list, less a list.
filter() {
	local word
	sed -n "/$1/s/^SystemCallFilter=~*//p" "$units/evlog@.service" | tr ' ' '\n' | while read -r word; do
		case $word in
		@*) allowed "$word" ;;
		*) echo "$word" ;;
		esac
	done | sort -u
}
filter '=~' >forbidden
filter '=[^~]' | comm -23 - forbidden >free
check "io_uring is free" bash -c '[ $(grep -c "^io_uring_\(setup\|enter\|register\)$" free) -eq 3 ]'
check "mount is not" bash -c '! grep -x mount free'

# traced ARGUMENT...: evlog with them ends well, and what it calls is in the file called.
traced() {
	strace -f -qq -o trace "$BIN/evlog" "$@" >out || return 1
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' trace | sort -u >called
	[ -s called ]
}
within() { comm -23 called free | grep . && return 1; true; }
sed 's,^output = .*,output = events.log,; s,^#metrics = .*,metrics = evlog.prom,' "$dir/there/share/evring/evlog.conf" >evlog.conf
check "the sample of a configuration" traced --config evlog.conf all.img
check "it was used" bash -c 'grep -q "^{" events.log && grep -q "# EOF" evlog.prom'
# A process replaces itself before the filter counts.
sed -i '/^execve$/d' called
check "evlog keeps within the filter" within
sed 's/^#\([a-z-]* = \|[a-z-]*$\)/\1/; s,^output = .*,output = events.log,; s,^metrics = .*,metrics = evlog.prom,' \
	"$dir/there/share/evring/evlog.conf" >whole.conf
check "each line of the sample is an option" "$BIN/evlog" --dry-run --lossless=no --config whole.conf all.img
exit "$failed"
