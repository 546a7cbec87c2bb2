#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # what jq expands; functions run by way of check()
#
# What evlog does when its disk is full or fails, as --on-error has it (evlog/failing.c, over a
# channel without the module): on a small filesystem that is filled, and then is not; and where the
# disk refuses to keep what was written. In every case what the files hold, what they tell to be
# missing, and what evlog counted are together what was emitted.
# BIN: folder of the built tools; CC: compiler for the helpers.
#
# timeout: 240

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

needs jq jq
if [ "${EVLOG_FAILING:-}" != inside ]; then
	unshare -m true 2>/dev/null || {
		echo "no mount namespace of one's own: it takes root, and a container that allows it"
		exit 77
	}
	EVLOG_FAILING=inside exec unshare -m "$0"
fi

make_helpers() {
	make_images many && build_evlog -o "$dir/failing" "$root/tests/unit/evlog/failing.c"
}
check "helpers build" make_helpers
[ "$failed" -eq 0 ] || exit 1
cd "$dir" && mkdir disk || exit 1

# disk SIZE BALLAST: an empty disk of so many KiB, but for so many.
disk() {
	umount disk 2>/dev/null
	mount -t tmpfs -o size="$1k" none disk && dd if=/dev/zero of=disk/ballast bs=1k count="$2" 2>/dev/null
}
# run POLICY FORMAT COUNT: evlog writes to disk/log; its status in $status, and its numbers: what
# was accepted, written, unwritten, overrun, and how often the disk failed.
run() {
	timeout 60 "$dir/failing" "$2" "$1" disk/log "$3" >numbers 2>told
	status=$?
	read -r accepted events unwritten overrun failures <numbers
	echo "status $status: $accepted accepted, $events written, $unwritten unwritten, $overrun overrun, $failures failures"
	cat told
}
# in_trouble COMMAND...: runs it in the background half a second after evlog has said that there is.
in_trouble() {
	rm -f told
	{
		for _ in {1..600}; do
			! grep -qs 'cannot write' told || break
			sleep 0.05
		done
		sleep 0.5
		"$@"
	} &
}
room() { rm -f disk/ballast; }
# told TIMES REGEX: so often a line says that.
told() { [ "$(grep -Ec -- "$2" told)" -eq "$1" ] || { cat told; return 1; }; }
# verify_says STATUS FILTER: STATUS is a pattern.
verify_says() {
	# shellcheck disable=SC2046 # names without spaces
	"$BIN/evlog" verify --json $(ls disk/log*) >verified
	# shellcheck disable=SC2053 # a pattern is meant
	[[ $? = $1 ]] || { cat verified; return 1; }
	jq -e --argjson accepted "$accepted" --argjson events "$events" --argjson unwritten "$unwritten" \
		--argjson overrun "$overrun" "$2" verified || { cat verified; return 1; }
}
# lines_say FILTER: of all lines in the order of the files.
lines_say() {
	# shellcheck disable=SC2046 # names without spaces
	cat $(ls disk/log.*) disk/log 2>/dev/null | jq -es --argjson accepted "$accepted" --argjson events "$events" \
		--argjson unwritten "$unwritten" --argjson overrun "$overrun" "$1"
}
well() { [ "$status" -eq 0 ] && [ "$accepted" -gt 0 ]; }
begins='^evlog: cannot write to disk/log: No space left on device: make room there; events are dropped until it can be written again$'
ends='^evlog: disk/log can be written again after [0-9.]+ s: [1-9][0-9]* events were dropped$'

### Room runs out, and comes back

disk 6000 4800
in_trouble room
FAILING_SIZE=1048576 run drop raw 24000
# With io_uring, if the system has it, and without.
ways=('' 1)
! grep -q '^evlog: no io_uring' told || ways=(1)
check "drop, raw: it goes on" well
check "events were dropped" test "$unwritten" -gt 0 -a "$events" -gt 0
check "all are accounted for" test $((events + unwritten + overrun)) -eq "$accepted"
check "the files tell what they lack, exactly" verify_says 3 '.records == $events and
	.lost == $unwritten + $overrun and .damaged + .doubled + .dropped == 0'
check "it is told when it begins" told 1 "$begins"
check "and when it is over" told 1 "$ends"

disk 6000 4800
in_trouble room
run drop json 24000
check "drop, json: it goes on" well
check "events were dropped, too" test "$unwritten" -gt 0 -a "$events" -gt 0
check "all of them are accounted for" test $((events + unwritten + overrun)) -eq "$accepted"
check "the file tells what it lacks, exactly" lines_say '
	(map(select(.event == "user")) | length) == $events and
	(map(select(.event == "unwritten").count) | add) == $unwritten'
check "where it lacks them" lines_say 'group_by(.cpu) | all(.[0].seq == 0 and
	(reduce .[] as $e ({next: 0, ok: true}; {next: ($e.seq + ($e.count // 1)), ok: (.ok and .next == $e.seq)}) | .ok))'
check "it is told when that begins" told 1 "$begins"
check "and when that is over" told 1 "$ends"

disk 16000 14800
in_trouble room
FAILING_SIZE=1048576 run drop text 24000
check "drop, text, several files: it goes on" well
check "all of its events are accounted for" test $((events + unwritten + overrun)) -eq "$accepted"
check "its lines tell what they lack" bash -c "test \"\$(cat disk/log* | grep -c ' user: ')\" -eq $events &&
	test \"\$(cat disk/log* | awk '/ unwritten: lost [0-9]+ events from/ { n += \$4 } END { print n }')\" -eq $unwritten"

for plain in "${ways[@]}"; do
	disk 20000 0
	FAILING_PLAIN=$plain FAILING_WRITE=100 FAILING_SIZE=1048576 run drop raw 12000
	check "drop, raw, writes that fail here and there: it goes on" well
	check "events were dropped there" test "$unwritten" -gt 0 -a "$events" -gt 0
	check "each of them is accounted for" test $((events + unwritten + overrun)) -eq "$accepted"
	check "the files tell each place" verify_says 3 '.records == $events and .gaps >= 2 and
		.lost == $unwritten + $overrun and .damaged + .doubled + .dropped == 0'
	disk 20000 0
	FAILING_PLAIN=$plain FAILING_WRITE=70 FAILING_SIZE=1048576 run wait raw 4000
	check "wait, raw, writes that fail here and there: it goes on" well
	check "some failed" test "$failures" -ge 2
	check "all of it is there" verify_says '[03]' '.records == $accepted and .records == 4000 and .lost + .damaged + .doubled == 0'
done

for format in raw json; do
	disk 4000 3000
	in_trouble room
	FAILING_SIZE=1048576 run wait $format 10000
	check "wait, $format: it goes on" well
	check "nothing is lost: $format" test "$events" -eq "$accepted" -a "$accepted" -eq 10000
	check "waiting is told: $format" told 1 '^evlog: cannot write to disk/log: No space left on device: make room there; waiting until it can be written again$'
	check "its end is told: $format" told 1 '^evlog: disk/log can be written again after [0-9.]+ s$'
	if [ $format = raw ]; then
		check "all is in the files: $format" verify_says '[03]' '.records == $accepted and .lost + .damaged + .doubled == 0'
	else
		check "all is in the files: $format" lines_say '[.[] | select(.event != "dropped")] | length == $accepted and all(.event == "user")'
	fi
done

# Attempts are made after 0.1, 0.3, 0.7, 1.5 and 3.1 s: it is asked to end before the last of these.
room_then_end() {
	sleep 1.4
	room
	kill "$(cat pid)"
}
for format in raw json; do
	disk 4000 3000
	in_trouble room_then_end
	FAILING_SIZE=1048576 bash -c 'echo $$ >pid && exec "$@"' - "$dir/failing" $format wait disk/log 12000 >numbers 2>told
	check "wait, $format: there is room when it is asked to end: status 0" test $? -eq 0
	read -r accepted events unwritten overrun failures <numbers
	check "it had waited, and that was over: $format" told 2 '^evlog: (cannot write to disk/log: .*; waiting|disk/log can be written again)'
	check "it has written what it had read: $format" test "$events" -gt 0 -a "$unwritten" -eq 0 -a "$overrun" -eq 0
	if [ $format = raw ]; then
		check "that is in the files: $format" verify_says '[03]' '.records == $events and .lost + .damaged + .doubled == 0'
	else
		check "that is in the files: $format" lines_say '[.[] | select(.event != "dropped")] | length == $events and all(.event == "user")'
	fi
done

### Many writes fail at once

# That they have failed before says nothing of how the disk is when it is back. Attempts are made
# after 0.1, 0.3, 0.7 and 1.5 s.
back() { rm outage; }
back_then_end() {
	sleep 0.7
	back
	kill "$(cat pid)"
}
many_fail() {
	disk 20000 0
	touch outage
	in_trouble back
	FAILING_WHILE=outage FAILING_AHEAD=1000 FAILING_SIZE=1048576 run wait raw 4000
	check "writes fail for a while: it goes on" well
	check "several failed each time" test "$failures" -ge 8
	check "that begins once, and is over once" told 2 '^evlog: (cannot write to disk/log: .*; waiting|disk/log can be written again)'
	check "all is there" verify_says '[03]' '.records == $accepted and .records == 4000 and .lost + .damaged + .doubled == 0'
	disk 20000 0
	touch outage
	in_trouble back_then_end
	# The sync after that tells of what failed before it, too: that is no reason to end.
	FAILING_WHILE=outage FAILING_AHEAD=1000 FAILING_SYNC=1000 FAILING_SIZE=1048576 bash -c 'echo $$ >pid && exec "$@"' - "$dir/failing" raw durable disk/log 4000 >numbers 2>told
	check "the disk is back when it is asked to end: status 0" test $? -eq 0
	read -r accepted events unwritten overrun failures <numbers
	check "it has written all that it had read" verify_says '[03]' '.records == $events and .records > 0 and $unwritten + .lost + .damaged + .doubled == 0'
}
[ ${#ways[@]} -eq 1 ] || many_fail

### No room comes

disk 3000 2000
FAILING_SIZE=1048576 run drop raw 12000
check "drop, raw, to the end: the file is whole" verify_says 3 '.records == $events and
	.lost == $unwritten + $overrun and .lost > 0 and .damaged + .doubled == 0'
disk 3000 2000
run drop json 12000
check "drop, json, to the end: status 0" well
check "what was on its way counts as dropped" test $((events + unwritten + overrun)) -eq "$accepted"
check "whole lines are there" lines_say 'length == $events'

says_why() { told 1 'cannot write to disk/log: No space left on device: make room there; what its index'; }
disk 3000 2000
FAILING_SIZE=1048576 run stop raw 12000
check "stop, raw: status 1" test "$status" -eq 1
check "it says why" says_why
check "what is there is whole" verify_says '[03]' '.records > 0 and .damaged + .doubled == 0'

disk 3000 2000
export FAILING_SIZE=1048576
in_trouble pkill -P $$ -x failing
"$dir/failing" raw wait disk/log 12000 2>told
check "a wait ends by a signal: status 1" test $? -eq 1
check "it says why it ends" says_why
check "and what is there is whole" verify_says '[03]' '.records > 0 and .lost + .damaged + .doubled == 0'

### A disk that fails

disk 20000 0
for plain in '' 1; do
	for format in raw json; do
		rm -f disk/log*
		FAILING_PLAIN=$plain FAILING_SYNC=9 run durable $format 2000
		check "a disk that fails, $format: it goes on" well
		check "it failed, and more than once: $format" test "$failures" -ge 2
		check "nothing was lost: $format" test "$events" -eq "$accepted" -a "$accepted" -eq 2000
		if [ $format = raw ]; then
			check "all is in the files, though it was gone: $format" verify_says '[03]' '.records == $accepted and .lost + .damaged + .doubled == 0'
		else
			check "all is in the files, though it was gone: $format" lines_say '[.[] | select(.event != "dropped")] | length == $accepted and all(.event == "user")'
		fi
	done
done
unset FAILING_SIZE

### By the tool

disk 2000 0
check "the summary counts what is unwritten" bash -c "'$BIN/evlog' -j --on-error drop -o disk/log many.img 2>&1 |
	grep -Eq '^evlog: ([0-9]+) events, [0-9]+ lost \(0 overrun, 0 dropped, [1-9][0-9]* unwritten\)'"
check "--fail-on-loss: 3" bash -c "'$BIN/evlog' -qj --fail-on-loss --on-error drop -o disk/log many.img 2>told; test \$? -eq 3"
check "so do the metrics" bash -c "'$BIN/evlog' -qj --on-error drop --metrics m.prom -o disk/log many.img 2>told;
	lost=\$(awk '/^evlog_unwritten_events_total{/ { n += \$2 } END { print n }' m.prom); echo \$lost;
	test \$((lost + \$(wc -l <disk/log))) -eq 40000 && grep -q '^evlog_output_failing{.*} 1' m.prom"
check "--dry-run tells it" bash -c "'$BIN/evlog' --dry-run --on-error drop -o disk/log many.img |
	grep -qx 'when that fails: dropping events, and counting them, until it can be written again'"
# refused MESSAGE OPTION...: status 2, in a line.
refused() {
	local message=$1
	shift
	"$BIN/evlog" "$@" many.img 2>told
	[ $? -eq 2 ] && told 1 "^evlog: $message"
}
check "no such policy" refused '--on-error panic: .*choose stop, drop or wait' --on-error panic -o x
check "wait without --lossless" refused '--on-error wait: .*add --lossless, or choose drop' --on-error wait -o x
check "drop with --lossless" refused '--on-error drop: .*choose wait' --on-error drop --lossless -o x
check "no file" refused '--on-error drop: .*add --output' --on-error drop
check "a trace" refused '--on-error drop with --format ctf: .*choose raw, text or json' --on-error drop --format ctf -o x
check "a server" refused '--on-error drop: .*--spool DIR' --on-error drop --to nats://a/b
echo 'on-error = wait' >conf
check "in a configuration file" refused '--on-error wait: .*add --lossless' --config conf -o x
umount disk
exit "$failed"
