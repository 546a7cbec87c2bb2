#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions run by check()
#
# The files that evlog makes: those of lines get room on the disk ahead of their end and give back at
# the end what they do not need, a crash or a full disk or not; --rotate-time begins another one in
# each format; --keep holds from the start on; --dry-run tells what becomes of what is there.
# BIN: folder of the built tools; CC: compiler for the helper.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

needs jq jq
needs strace strace

check "helper builds" make_images many all none
[ "$failed" -eq 0 ] && cd "$dir" || exit 1
evlog() { "$BIN/evlog" -q "$@"; }
evlog -j many.img >ref

### Room ahead

# traced OPTION...: strace's, while the reference is written to a new file lines; its calls are in calls.
traced() {
	rm -f lines
	strace -f -qq -o calls -e trace=fallocate,ftruncate "$@" "$BIN/evlog" -q -j -o lines many.img && cmp lines ref
}
# kib FILE: of disk.
kib() { du -k "$1" | cut -f 1; }
least=$((($(stat -c %s ref) + 1023) / 1024))

check "lines, with room made ahead" traced
if grep -q 'fallocate.* = 0' calls; then
	check "in two steps, without making the file longer" test "$(grep -c fallocate calls) $(grep -c 'KEEP_SIZE, .* = 0' calls)" = '2 2'
	check "what is not needed is given back" test "$(kib lines)" -lt $((least + 256))
	# As a crash leaves it.
	head -n 1 ref >lines
	fallocate -n -l 4M lines
	evlog -j --rotate-size 64M -o lines none.img
	check "what a crash has left of it, too" test "$(kib lines.000001)" -lt 256
else
	echo "ok room ahead # SKIP no fallocate() on this filesystem"
fi
check "where the filesystem has none it goes on without" traced -e inject=fallocate:error=EOPNOTSUPP
check "and does not ask again" test "$(grep -c fallocate calls)" -eq 1
check "where the disk is too full for that, writing decides" traced -e inject=fallocate:error=ENOSPC
# Less than twice what would be made ahead.
nearly_full() {
	unshare -m bash -c "mount -t tmpfs -o size=7M tmpfs /mnt &&
		strace -f -qq -o calls -e trace=fallocate '$BIN/evlog' -q -j -o /mnt/lines many.img && cmp /mnt/lines ref" &&
		test "$(grep -c fallocate calls)" -eq 0
}
if unshare -m mount -t tmpfs tmpfs /mnt 2>/dev/null; then
	check "where it is nearly full it leaves others what there is" nearly_full
else
	echo "ok where it is nearly full # SKIP no mount of its own is permitted"
fi

### Another file

# by_time FORMAT: there is more than one, though they are small.
by_time() {
	evlog --format "$1" --rotate-time 2ms -o "time.$1" many.img && [ -e "time.$1.000001" ]
}
for format in text json ctf chrome raw; do
	check "--rotate-time: $format" by_time "$format"
done
together() { cat time.json.* time.json | cmp - ref; }
check "together they are all" together
check "raw: nothing is lacking" "$BIN/evlog" verify -q time.raw time.raw.*
for _ in 1 2 3 4 5; do evlog -j --rotate-size 1M --keep 2 -o starts none.img; done
check "--keep holds from the start on" test "$(find . -name 'starts.*' | wc -l)" -eq 2

# says LINE: --dry-run did, among others.
says() { cat out && grep -qx -- "$1" out; }
"$BIN/evlog" --dry-run -j --rotate-size 1M --compress=9 -o starts none.img >out
check "--dry-run: lines" says 'would write json to starts; what is there gets a number and stays'
check "--dry-run: --compress" says 'would compress what is complete, at level 9'
"$BIN/evlog" --dry-run --format ctf --rotate-size 1M -o time.ctf none.img >out
check "--dry-run: a trace" says 'would write ctf to time.ctf, a directory; a trace there gets a number and stays'
exit "$failed"
