#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions run by way of check()
#
# Raw logs: what is emitted is in the file, what was overrun under a write is not and is told, and
# whatever moment evlog is killed at, what it leaves is true and goes on (evlog/raw.c, with the
# sanitizers). Then by the tool: a log reads as the image that it was made of, evlog verify tells
# what is damaged, missing or there twice, and nothing that is there is written over.
# BIN: folder of the built tools; CC: compiler for the helpers.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}
src=$root/consumer/evlog

needs jq jq

check "helpers build" make_images all many one none
check "the sink builds" build -fsanitize=address,undefined -fno-sanitize-recover=all -o "$dir/raw" \
	"$root/tests/unit/evlog/raw.c" \
	"$src"/{raw,log,recovery,rotation,run,writes,trouble,appendix,clock,verify}.c \
	"$src"/{archive,folder,pack,notify,signals,command}.c -luring -ljansson -lzstd
[ "$failed" -eq 0 ] || exit 1

mkdir "$dir/logs"
"$dir/raw" "$dir/logs" || failed=1

### By the tool

cd "$dir" || exit 1
evlog() { "$BIN/evlog" -q "$@"; }

# same KIND: the log of an image reads as the image does.
same() {
	evlog --format raw -o "$1.raw" "$1.img" && evlog -j "$1.img" >ref && evlog -j "$1.raw" >out && cmp ref out
}
check "a log of an image: all kinds of events" same all
check "a log of an image: many" same many
check "a log of an image: no time stamps" same none
check "--last in a log" bash -c "test \"\$('$BIN/evlog' -q -j --last 10ms many.raw | wc -l)\" -eq 11"
check "without io_uring too" bash -c "'$CC' -shared -fPIC -I '$root/uapi' -o uring.so '$root/tests/unit/evlog/uring.c' &&
	EVLOG_URING=absent LD_PRELOAD='$dir/uring.so' '$BIN/evlog' -q --format raw -o plain.raw many.img 2>err &&
	grep -q 'no io_uring' err && '$BIN/evlog' -q -j plain.raw | cmp - <('$BIN/evlog' -q -j many.img)"
# A raw log's blocks have 4 KiB here.
check "blocks that follow each other go to the file in one request" bash -c "EVLOG_URING=tell LD_PRELOAD='$dir/uring.so' \
	'$BIN/evlog' -q --format raw -o joined.raw one.img 2>err && cmp <('$BIN/evlog' -q -j joined.raw) <('$BIN/evlog' -q -j one.img) &&
	test \"\$(sed -n 's/^request //p' err | sort -n | tail -n 1)\" -ge 8192"
# direct NAME SHIM: a log of one.img, written by --direct, holds what the image does.
direct() {
	EVLOG_URING=$2 LD_PRELOAD="$dir/uring.so" "$BIN/evlog" -q --direct --format raw -o "$1.raw" one.img 2>err &&
		"$BIN/evlog" -q -j "$1.raw" | cmp - <("$BIN/evlog" -q -j one.img)
}
# Only a file system of a disk has it; here may be none.
if dd if=/dev/zero of=direct.probe bs=4096 count=1 oflag=direct 2>/dev/null; then
	check "--direct" direct past whole
	check "--direct: nothing is said" test ! -s err
	check "--direct: short writes" direct past.short short
	check "--direct: what the disk wants otherwise goes through the page cache" direct past.wary wary
fi
check "--direct is of raw logs" bash -c "! '$BIN/evlog' -q --direct -o text one.img 2>err && grep -q 'use it with --format raw' err"
check "--direct where there is none: all is there" direct buffered cached
check "--direct where there is none: it is said" grep -q 'has no O_DIRECT' err
check "short writes of several blocks" bash -c "EVLOG_URING=short LD_PRELOAD='$dir/uring.so' '$BIN/evlog' -q --format raw -o shorter.raw one.img &&
	'$BIN/evlog' -q -j shorter.raw | cmp - <('$BIN/evlog' -q -j one.img)"
check "short writes" bash -c "EVLOG_URING=short LD_PRELOAD='$dir/uring.so' '$BIN/evlog' -q --format raw -o short.raw many.img &&
	'$BIN/evlog' -q -j short.raw | cmp - <('$BIN/evlog' -q -j many.img)"

# verify_says STATUS FILTER FILE...: evlog verify --json ends so, and FILTER is true of what it says.
verify_says() {
	local want=$1 filter=$2 status

	shift 2
	"$BIN/evlog" verify --json "$@" >out.json
	status=$?
	cat out.json
	[ "$status" -eq "$want" ] && jq -e "$filter" out.json
}
check "verify: all is there" verify_says 0 '.records == 40000 and .lost + .dropped + .doubled + .damaged == 0' many.raw
check "verify: drops" verify_says 3 '.dropped == 9 and (.logs[0].cpus | map(.dropped)) == [2, 7]' all.raw
check "verify: one CPU's first and last" verify_says 0 '.logs[0].cpus[1] | .first == 0 and .next == 20000' many.raw

check "several files, each within --rotate-size" bash -c "'$BIN/evlog' -q --format raw --rotate-size 1M -o parts many.img &&
	test \"\$(stat -c %s parts.000001)\" -lt 1200000"
check "verify: across files, in any order" verify_says 0 '.records == 40000 and (.logs[0].files | length) >= 4' parts parts.*
check "verify: a file is missing" verify_says 3 '.lost > 0 and .gaps >= 2 and
	(.logs[0].missing | map(.count) | add) == .lost and .lost + .records == 40000' parts parts.000001 parts.000003
check "verify: a file twice" verify_says 1 '.doubled > 0 and .records == 40000 + .doubled' parts parts.* parts.000002
check "verify: as lines" bash -c "'$BIN/evlog' verify parts parts.000001 parts.000003 >out; test \$? -eq 3 &&
	grep -Eq 'parts.000003: cpu 0: [0-9]+ records are lost, from [0-9]+ on' out"
# data_offset, by struct evring_control.
at=$(od -An -t u8 -j 32 -N 8 many.raw | tr -d ' ')
damage() {
	cp many.raw bad.raw
	# The size of the first record.
	printf '\377\377' | dd of=bad.raw bs=1 seek=$((at + 6)) conv=notrunc 2>/dev/null
	verify_says 1 '.damaged > 0' bad.raw
}
check "verify: damage" damage

# status STATUS MESSAGE COMMAND...: it ends so, and says so on standard error in one line.
status() {
	local want=$1 message=$2 got

	shift 2
	"$@" >out 2>err
	got=$?
	cat out err
	[ "$got" -eq "$want" ] && grep -Eq -- "$message" err && [ "$(wc -l <err)" -eq 1 ]
}
check "verify: no log" status 1 'all.img: not a file that evlog --format raw writes' "$BIN/evlog" verify all.img
check "verify: no such file" status 1 'nosuch: No such file' "$BIN/evlog" verify nosuch
check "verify: no file" bash -c "'$BIN/evlog' verify; test \$? -eq 2"
check "verify: no such option" bash -c "'$BIN/evlog' verify -x many.raw; test \$? -eq 2"
echo 'a letter' >letter
check "what is no log stays" status 1 'letter: it is there, and no raw log: choose another name' \
	"$BIN/evlog" -q --format raw -o letter many.img
check "it does" test "$(cat letter)" = 'a letter'
check "a log stays, by a number" bash -c "'$BIN/evlog' -q --format raw -o many.raw many.img &&
	'$BIN/evlog' verify -q many.raw.000001"
check "no room for so long a file" status 1 'output full: File too large' \
	bash -c "ulimit -f 1500; '$BIN/evlog' -q --format raw -o full many.img"
check "nothing of it is left" bash -c "! ls full*"
check "a write that fails" bash -c "EVLOG_URING=bad LD_PRELOAD='$dir/uring.so' '$BIN/evlog' -q --format raw -o part many.img 2>err
	test \$? -eq 1 && grep -q 'cannot write to part: Timer expired' err"
check "what was written before is true" verify_says 0 '.records > 100 and .records < 40000' part
check "no worker for a request: it is written all the same" bash -c "EVLOG_URING=canceled LD_PRELOAD='$dir/uring.so' \
	'$BIN/evlog' -q --format raw -o canceled.raw one.img && '$BIN/evlog' -q -j canceled.raw | cmp - <('$BIN/evlog' -q -j one.img)"
# Each request is of several runs.
check "an io_uring that fails as a whole: evlog goes on without it" bash -c "EVLOG_URING=gone LD_PRELOAD='$dir/uring.so' \
	timeout 20 '$BIN/evlog' -q --format raw -o gone.raw one.img 2>err && '$BIN/evlog' -q -j gone.raw | cmp - <('$BIN/evlog' -q -j one.img)"
check "it is said" grep -q 'io_uring fails (Invalid request descriptor): the log is written by write()' err

### Rotation

many() { echo $#; }

# in_order NAME: all lines of the image, in the order of the numbers, the file without one last.
in_order() {
	# shellcheck disable=SC2086 # a pattern of files
	cat $1.* "$1" | cmp - ref
}
evlog -j many.img >ref
rotated() {
	evlog -j --rotate-size 1M -o lines many.img && in_order lines &&
		[ "$(many lines.*)" -ge 3 ] && ! tail -qc 1 lines.* | grep -q .
}
check "lines: several files, whole lines" rotated
again() {
	printf 'half a line' >>lines
	tail -n 1 lines.000003 >before
	evlog -j --rotate-size 1M -o lines many.img &&
		n=$(many lines.*) && cat lines.* lines | cmp - <(cat ref ref) && [ "$n" -ge 7 ]
}
check "lines: what is there stays, half a line is cut off" again
keeps() {
	evlog -j --rotate-size 1M --keep 2 -o kept many.img && [ "$(many kept.*)" -eq 2 ] &&
		cat kept.* kept | cmp - <(tail -c "$(cat kept.* kept | wc -c)" ref)
}
check "lines: --keep" keeps
keeps_size() {
	evlog --format raw --rotate-size 1M --keep-size 2500K -o small many.img &&
		[ "$(many small.*)" -eq 2 ] && [ ! -e small.000001 ]
}
check "raw: --keep-size" keeps_size
exit "$failed"
