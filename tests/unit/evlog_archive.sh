#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # awk's own in single quotes; functions run by check()
#
# evlog --compress: each file that is complete becomes FILE.NNNNNN.zst, by a thread that the writing
# does not wait for; numbers go on behind them, --keep and --keep-size go by what they really take;
# zstdcat reads the lines, and evlog, verify, convert and top the raw ones. Whatever moment it is
# killed at, each number is there once after the next start, and whole; a disk that is full while a
# file is compressed, and files that are damaged, are told in one line.
# BIN: folder of the built tools; CC: compiler for the helper.
#
# timeout: 240

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

needs jq jq
needs zstdcat zstd

check "helper builds" make_images many none all
[ "$failed" -eq 0 ] && cd "$dir" || exit 1
evlog() { "$BIN/evlog" -q "$@"; }
evlog -j many.img >ref

many() { echo $#; }
absent() { ! ls "$@" 2>/dev/null; }

# numbered NAME: its complete files by their numbers, without .zst.
numbered() { find . -name "$1.*" -printf '%f\n' | sed 's/\.zst$//' | LC_ALL=C sort -u; }

# whole NAME: all that is in its files, in the order of their numbers, NAME itself last.
whole() {
	local file

	for file in $(numbered "$1"); do
		if [ -e "$file" ]; then cat "$file"; else zstdcat "$file.zst"; fi
	done
	cat "$1"
}

### What it writes

lines() {
	evlog -j --rotate-size 1M --compress -o lines many.img && whole lines | cmp - ref &&
		[ "$(many lines.*.zst)" -eq 4 ] && absent lines.*[0-9]
}
check "lines: all that is complete is compressed, and all is there" lines
check "nothing else is left" absent .lines*
check "zstd has a checksum to go by, and the size" bash -c "zstd -lv lines.000001.zst >list && grep -q 'Check: XXH64' list &&
	grep -q 'Decompressed Size:.* ($(zstdcat lines.000001.zst | wc -c) B)' list"
check "mode and owner are those of the file" test "$(stat -c %a%u%g lines.000001.zst)" = "$(stat -c %a%u%g lines)"
check "--compress=19 makes them smaller" bash -c "'$BIN/evlog' -q -j --rotate-size 1M --compress=19 -o small many.img &&
	zstdcat small.000001.zst | cmp - <(zstdcat lines.000001.zst) &&
	test \$(stat -c %s small.000001.zst) -lt \$(stat -c %s lines.000001.zst)"
numbers() { evlog --compress --rotate-size 1M -j -o lines many.img && whole lines | cmp - <(cat ref ref) && ls lines.000009.zst; }
check "numbers go on behind them" numbers
keeps() {
	evlog -j --rotate-size 1M --compress --keep 2 -o kept many.img && [ "$(many kept.*)" -eq 2 ] &&
		ls kept.000003.zst kept.000004.zst && whole kept | cmp - <(tail -c "$(whole kept | wc -c)" ref)
}
check "--keep counts them" keeps
keeps_size() {
	evlog -j --rotate-size 1M --compress -o few many.img || return 1
	size=$(($(stat -c %s few.000001.zst) * 5 / 2))
	rm few
	evlog -j --rotate-size 1M --compress --keep-size "$size" -o few none.img
	[ "$(many few.*)" -eq 2 ] && ls few.000003.zst few.000004.zst
}
check "--keep-size goes by what they take" keeps_size
# What it has to say at the end comes before the last file is compressed, at this level, by far.
goes_on() {
	"$BIN/evlog" -j --rotate-size 1M --compress=19 -o meanwhile many.img 2>said &
	until grep -q events said; do sleep 0.01; done
	ls meanwhile* >there
	wait $! && grep -Eq '^meanwhile\.00000[1-4]$' there && [ "$(many meanwhile.*.zst)" -eq 4 ]
}
check "the writing does not wait for it" goes_on
stopped() {
	"$BIN/evlog" -j --rotate-size 1M --compress=19 -o stopped many.img 2>said &
	until grep -q events said; do sleep 0.01; done
	kill -TERM $! && wait $!
	ls -a >left && grep -Eq '^stopped\.00000[1-4]$' left && ! grep -q '^\.stopped' left &&
		whole stopped | cmp - ref
}
check "a signal to end: the file at hand stays as it was" stopped
check "and the next start compresses it" bash -c "'$BIN/evlog' -q -j --rotate-size 1M --compress -o stopped none.img &&
	! ls stopped.*[0-9] && test \$(ls stopped.*.zst | wc -l) -eq 5"

### Raw logs, read back

evlog --format raw --rotate-size 1M --compress -o log many.img
same() {
	local file

	for file in log.*.zst log; do evlog -j "$file"; done | LC_ALL=C sort | cmp - <(LC_ALL=C sort ref) &&
		[ "$(many log.*.zst)" -eq 3 ]
}
check "raw: each file is read as ever" same
check "evlog verify: nothing is missing" bash -c "'$BIN/evlog' verify --json log.*.zst log >out.json &&
	jq -e '.records == 40000 and .lost == 0 and (.logs[0].files | length) == 4' out.json"
check "evlog verify: a file is missing" bash -c "'$BIN/evlog' verify --json log log.000001.zst log.000003.zst >out.json
	test \$? -eq 3 && jq -e '.lost > 0 and .lost + .records == 40000' out.json"
check "evlog convert" bash -c "'$BIN/evlog' convert -q log.000001.zst --to json | cmp - <(zstdcat log.000001.zst >plain && '$BIN/evlog' -q -j plain)"
check "evlog --last" bash -c "'$BIN/evlog' -q -j --last 1s log.000001.zst | cmp - <('$BIN/evlog' -q -j --last 1s plain)"
check "evlog top" bash -c "'$BIN/evlog' top -b 1 log.000001.zst | grep -q '^test '"
zstd -q -k all.img
check "an image that zstd has compressed" bash -c "'$BIN/evlog' -q -j all.img.zst | cmp - <('$BIN/evlog' -q -j all.img)"
cat log.000001.zst <(zstd -qc </dev/null) >frames.zst
check "several frames" bash -c "'$BIN/evlog' -q -j frames.zst | cmp - <('$BIN/evlog' -q -j plain)"
mkdir tmp
check "copies have no name" bash -c "TMPDIR=tmp '$BIN/evlog' verify -q log log.*.zst && ! ls tmp/* 2>/dev/null"

# refused STATUS MESSAGE COMMAND...: it ends so, says so in one line, and shows nothing.
refused() {
	local want=$1 message=$2 got

	shift 2
	"$@" >out 2>err
	got=$?
	cat err
	[ "$got" -eq "$want" ] && grep -Eq -- "$message" err && [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ]
}
head -c 20000 log.000001.zst >cut.zst
cp log.000001.zst bad.zst
printf 'damage' | dd of=bad.zst bs=1 seek=100000 conv=notrunc 2>/dev/null
for command in '' 'verify'; do
	# shellcheck disable=SC2086 # no command is no word
	check "evlog $command: a file that ends early" refused 1 'cut.zst: damaged: zstd: it ends early' "$BIN/evlog" $command cut.zst
	# shellcheck disable=SC2086
	check "evlog $command: one that is damaged" refused 1 'bad.zst: damaged: zstd: ' "$BIN/evlog" $command bad.zst
	# shellcheck disable=SC2086
	check "evlog $command: no folder for the copy" refused 1 'cannot be unpacked into nosuch: .*name another folder by TMPDIR' \
		env TMPDIR=nosuch "$BIN/evlog" $command log.000001.zst
done
check "evlog convert: one that is damaged" refused 1 'bad.zst: damaged' "$BIN/evlog" convert bad.zst --to json --output bad.json
check "nothing is written" absent bad.json
check "compressed lines" refused 1 'lines.000001.zst: .*no image of a channel: read lines by zstdcat' "$BIN/evlog" lines.000001.zst

### Options

check "--compress without files that are complete" refused 2 '--compress .*add --rotate-size or --rotate-time' \
	"$BIN/evlog" --compress -o x many.img
check "--compress=20" refused 2 '--compress 20: not a whole number from 1 to 19' \
	"$BIN/evlog" --compress=20 --rotate-size 1M -o x many.img
printf 'compress = 19\nrotate-size = 1M\nformat = raw\n' >conf
check "from a configuration file" bash -c "'$BIN/evlog' -q --config conf -o conf.log many.img && ls conf.log.000003.zst"
check "undone by the command line" bash -c "'$BIN/evlog' -q --config conf --compress=no -o undone.log many.img && ls undone.log.000003"

### What a crash leaves

leftovers() {
	evlog -j --rotate-size 1M -o crash many.img || return 1
	# Killed between the renaming and the removing; while writing; one that is not as good as its original.
	zstd -q --check -k crash.000001
	head -c 1000 crash.000001.zst >.crash.000002.zst.new
	head -c 1000 crash.000001.zst >.crash.000077.zst.new
	head -c 1000 crash.000001.zst >crash.000003.zst
	ln crash.000001.zst first
	evlog -j --rotate-size 1M --compress -o crash none.img
	whole crash | head -n 40000 | cmp - ref && [ first -ef crash.000001.zst ] && absent .crash* && absent crash.*[0-9]
}
check "what is whole is kept, what is not is made anew" leftovers

# What each run has written is what the reference begins with; but for the last line, which may be half.
prefixes() {
	whole "$1" | sed '$d' | awk 'FNR == NR { ref[++n] = $0; next }
		$0 == ref[at + 1] { at++; next }
		$0 == ref[1] { at = 1; next }
		{ print FNR ": " $0; exit 1 }' ref -
}
once() { [ "$(numbered "$1")" = "$(seq -f "$1.%06.0f" "$(many "$1".*)")" ]; }
killed() {
	local n

	for n in {1..20}; do
		"$BIN/evlog" -q -j --rotate-size 1M --compress=7 -o killed many.img &
		sleep "0.$(printf %03d $((RANDOM % 250)))"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		((n % 5)) || prefixes killed || { echo "after $n" && return 1; }
	done
	evlog -j --rotate-size 1M --compress=7 -o killed many.img
	absent .killed* && absent killed.*[0-9] && once killed && prefixes killed && tail -n 40000 <(whole killed) | cmp - ref
}
check "killed at 20 moments: each number is there once, and whole" killed

### No room

# A mount of its own, which nobody else sees.
if unshare -m mount -t tmpfs tmpfs /mnt 2>/dev/null; then
	# Room for the files and for a compressed one.
	full() {
		unshare -m bash -c "mount -t tmpfs -o size=8M tmpfs /mnt &&
			'$BIN/evlog' -q -j --rotate-size 1M -o /mnt/full many.img &&
			fallocate -l \$((\$(df --output=avail -k /mnt | tail -n 1) - 64))K /mnt/ballast &&
			'$BIN/evlog' -q -j --rotate-size 1M --compress -o /mnt/full none.img 2>err
			ls -A /mnt >there
			cat there err
			cat /mnt/full.*[0-9] | head -n 40000 | cmp - ref || exit 1
			rm /mnt/ballast
			'$BIN/evlog' -q -j --rotate-size 1M --compress -o /mnt/full none.img && ls /mnt >later && ls /mnt/full.*.zst"
	}
	check "no room for what is compressed: files stay" full
	check "that is told in one line" bash -c 'test "$(wc -l <err)" -eq 1 &&
		grep -q "full.000001 is not compressed, and stays: No space left on device: make room there$" err'
	check "and nothing is left of it" bash -c '! grep -q "^\.\|zst" there'
	check "with room they are compressed" bash -c '! grep -q "[0-9]$" later'
	small() {
		unshare -m bash -c "mount -t tmpfs -o size=100k tmpfs /mnt && TMPDIR=/mnt '$BIN/evlog' log.000001.zst"
	}
	check "no room for a copy" refused 1 'cannot be unpacked into /mnt: No space left on device: make room there, or' small
else
	echo "ok no room # SKIP no mount of its own is permitted"
fi
exit "$failed"
