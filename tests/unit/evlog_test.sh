#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions run by way of check()
#
# evlog and evringctl over images of channels: what the lines hold, what options
# do, how output files are written, and how wrong usage and failures end.
# BIN: folder of the built tools; CC: compiler for the helpers.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

needs jq jq

# check_status STATUS MESSAGE COMMAND...: it must exit so, and say so on
# standard error (a regular expression), evlog in one line each, and nothing on
# standard output.
check_status() {
	local want=$1 message=$2 status tool=evlog

	[[ "${*:3}" != *evringctl* ]] || tool=

	shift 2
	"$@" >"$dir/stdout" 2>"$dir/stderr"
	status=$?
	if [ "$status" -eq "$want" ] && grep -Eq -- "$message" "$dir/stderr" &&
	   ! grep -v "^$tool" "$dir/stderr" && [ ! -s "$dir/stdout" ]; then
		echo "ok evlog: status $want: ${*##*/}"
	else
		echo "not ok evlog: status $want: ${*##*/} (status $status)"
		sed 's/^/# /' "$dir/stderr"
		failed=1
	fi
}

# check_json NAME FILTER: true for the array of all lines of image "all".
check_json() {
	check "$1" jq -es "$2" "$dir/all.json"
}

evlog() {
	"$BIN/evlog" "$@"
}

make_helpers() {
	local unit=$root/tests/unit/evlog src=$root/consumer/evlog

	make_images all many none boot abi || return 1
	build -fsanitize=address,undefined -fno-sanitize-recover=all -o "$dir/format" \
		"$unit/format.c" \
		"$src"/{text,json,line,decode,appendix,value,bounds,builtin,task,tracefs,clock}.c \
		-ltraceevent || return 1
	build -shared -fPIC -o "$dir/uring.so" "$unit/uring.c"
}

check "helpers build" make_helpers
if [ "$failed" -ne 0 ]; then
	exit 1
fi

### Text

evlog --quiet "$dir/all.img" >"$dir/all.txt"
check "an image ends by itself" test $? -eq 0
has() {
	grep -Eq -- "$1" "$dir/all.txt" || { echo "no line like: $1"; cat "$dir/all.txt"; return 1; }
}
check "text: fork" has '^ +12\.001000 \[001\] bash-1234 +fork: comm=bash pid=1234 child_comm=bash child_pid=1240$'
check "text: exec" has '\[000\] ls-1240 +exec: filename=/usr/bin/ls pid=1240 old_pid=1240$'
check "text: a file name beyond the payload" has 'exec: broken, 50 bytes [0-9a-f]{100}$'
check "text: exit" has 'ls-1240 +exit: comm=ls pid=1240 prio=120 exit_code=256$'
check "text: switch" has \
	'bash-1234 +switch: prev_comm=bash prev_pid=1234 prev_prio=120 prev_state=S ==> next_comm=swapper/1 next_pid=0 next_prio=120$'
check "text: sys_enter" has \
	'bash-1234 +sys_enter: NR 257 \(ffffff9c, 7ffc00001000, 0, ffffffffffffffff, 20000000000000, 6\)$'
check "text: sys_exit" has 'sys_exit: NR 257 = -2$'
check "text: generator" has 'generator: number=5 sum=[0-9a-f]+ size=64 sum_ok=yes$'
check "text: user" has '<\.\.\.>-77 +user: hello$'
check "text: tracefs's types" has '<\.\.\.>-55 +type-291: 8 bytes 2301000037000000$'
check "text: unknown type" has '<\.\.\.>-\? +type-0x8100: 3 bytes 78797a$'
check "text: no payload" has 'type-0xffffffff: 0 bytes$'
check "text: short payload" has 'fork: short, 7 bytes 00000000000000$'
check "text: drops" has '\[001\] dropped: lost 7 events before seq [0-9]+$'
check "text: nothing a terminal obeys" has 'fork: comm=a"b\\\\c\\n\\x1b\[31m pid=1234 child_comm=\\xffé\\xe2\\x82 0123456789 child_pid=1240$'
check "text: no control characters" bash -c "! LC_ALL=C grep -q '[[:cntrl:]]' '$dir/all.txt'"

### JSON

evlog --quiet --json "$dir/all.img" >"$dir/all.json"
check "json: valid" jq -es 'all(has("event") and has("time") and has("cpu") and has("seq"))' \
	"$dir/all.json"
check "json: as many lines as text" test "$(wc -l <"$dir/all.json")" -eq "$(wc -l <"$dir/all.txt")"
check_json "json: fork" 'any(.event == "fork" and .time == 12.001 and .cpu == 1 and .seq == 0 and
	.pid == 1234 and .comm == "bash" and .parent_comm == "bash" and .parent_pid == 1234 and
	.child_comm == "bash" and .child_pid == 1240)'
check_json "json: exec" 'any(.event == "exec" and .comm == "ls" and .filename == "/usr/bin/ls")'
check_json "json: a file name beyond the payload" 'any(.event == "exec" and .size == 50 and
	(.payload_hex | length) == 100)'
check_json "json: exit" 'any(.event == "exit" and .exit_code == 256 and .prio == 120)'
check_json "json: switch" 'any(.event == "switch" and .prev_state == 1 and .next_pid == 0)'
check_json "json: numbers beyond 2^53 are strings" 'any(.event == "sys_enter" and
	.args == [4294967196, 140720308490240, 0, "0xffffffffffffffff", 9007199254740992, 6])'
check_json "json: sys_exit" 'any(.event == "sys_exit" and .ret == -2)'
check_json "json: generator" 'any(.event == "generator" and .number == 5 and .size == 64 and .sum_ok)'
check_json "json: user text" 'any(.event == "user" and .data == "hello\n")'
check_json "json: user bytes" 'any(.event == "user" and .data_hex == "00ff61")'
check_json "json: hostile names" 'any(.event == "fork" and .parent_comm == "a\"b\\c\n\u001b[31m" and
	.child_comm == "\ufffd\u00e9\ufffd\ufffd 0123456789")'
check_json "json: short payloads" '[.[] | select(.payload_hex and .size < 8)] |
	length == 8 * 8 + 2'
check_json "json: unknown type" 'any(.event == "type-0x8100" and .payload_hex == "78797a")'
check_json "json: drops" 'any(.event == "dropped" and .cpu == 1 and .count == 7) and
	any(.event == "dropped" and .cpu == 0 and .count == 2)'
check_json "json: in order on each CPU" 'map(select(.event != "dropped")) | group_by(.cpu) |
	all(. == sort_by(.seq))'

check "json: overrun" bash -c "'$dir/format' json loss | jq -es '.[0].event == \"overrun\" and
	.[0].time == null and .[0].cpu == 3 and .[0].seq == 456 and .[0].count == 123 and .[1].event == \"dropped\"'"
check "text: overrun" bash -c "'$dir/format' text loss | grep -Eq '^ {12} \[003\] overrun: lost 123 events from seq 456$'"
for seed in 1 2 3; do
	check "json: any bytes, seed $seed" \
		bash -c "'$dir/format' json fuzz $seed >'$dir/fuzz' && jq -es 'length > 1500' '$dir/fuzz'"
	check "json: any bytes are UTF-8, seed $seed" iconv -f UTF-8 -t UTF-8 -o /dev/null "$dir/fuzz"
	check "text: any bytes, seed $seed" bash -c "'$dir/format' text fuzz $seed >'$dir/fuzz' &&
		! LC_ALL=C grep -aq '[[:cntrl:]]' '$dir/fuzz'"
done

### Options

count() {
	local want=$1

	shift
	[ "$(evlog --quiet "$@" | wc -l)" -eq "$want" ]
}
check "--count" count 3 --count 3 "$dir/all.img"
check "--event" count 1 --event exit --cpu 1 "$dir/none.img" --event fork
check "--event of several" bash -c "'$BIN/evlog' -q -j -e 'sys_*' -e exec '$dir/all.img' |
	jq -es 'map(.event) | unique == [\"dropped\", \"exec\", \"sys_enter\", \"sys_exit\"]'"
check "--event of an unknown type" bash -c "'$BIN/evlog' -q -e 'type-0x81*' '$dir/all.img' |
	grep -v dropped | wc -l | grep -qx 1"
check "--cpu, and every loss" bash -c "'$BIN/evlog' -q -j -c 1 '$dir/all.img' |
	jq -es '(map(select(.event != \"dropped\")) | length > 3 and all(.cpu == 1)) and
	(map(select(.event == \"dropped\") | .cpu) | sort == [0, 1])'"
check "--cpu of a list" bash -c "'$BIN/evlog' -q -j -c 0,4-7 -c 9 '$dir/all.img' |
	jq -es 'map(select(.event != \"dropped\")) | length > 3 and all(.cpu == 0)'"
check "--event of system and name" bash -c "'$BIN/evlog' -q -j -e 'evring:ex*' '$dir/all.img' |
	jq -es 'map(.event) | unique == [\"dropped\", \"exec\", \"exit\"]'"
check "--event of another system" bash -c "'$BIN/evlog' -q -j -e 'sched:*' '$dir/all.img' 2>/dev/null |
	jq -es 'all(.event == \"dropped\")'"
check "--event of no event: a warning, with what is near" bash -c "
	'$BIN/evlog' -q -e swich '$dir/all.img' 2>&1 >/dev/null | grep -q 'is called so; near: switch$'"
check "--pid of a list" bash -c "'$BIN/evlog' -q -j -p 55,77 '$dir/all.img' |
	jq -es 'map(select(.pid).pid) | unique == [55, 77]'"
check "--pid finds who is switched to" bash -c "'$BIN/evlog' -q -j -p 0 -e switch '$dir/all.img' |
	jq -es 'any(.next_pid == 0)'"
check "--pid leaves out others" bash -c "'$BIN/evlog' -q -j -p 77 '$dir/all.img' |
	jq -es 'map(select(.pid)) | length == 2 and all(.pid == 77)'"
where() {
	local want=$1 filter=$2

	"$BIN/evlog" -q -j --where "$filter" "$dir/all.img" | jq -es "map(select(.event != \"dropped\")) | $want"
}
check "--where: a string" where 'map(.event) == ["switch"]' 'prev_comm == "bash"'
check "--where: none of that name" where 'length == 0' 'prev_comm == "bas"'
check "--where: a regular expression" where 'map(.event) == ["switch"]' 'next_comm =~ "^swapper"'
check "--where: numbers, of all events that have them" \
	where 'map(.event) == ["sys_enter", "sys_exit"]' 'id == 257 && common_pid > 1000'
check "--where: of the events named" where 'map(.event) == ["sys_exit"]' 'evring/sys_exit: id == 257'
check "--where: of several events named" \
	where 'map(.event) == ["sys_enter", "sys_exit"]' 'fork, sys_.*: common_pid == 1234 && CPU == 0'
check "--where: a negative number, as libtraceevent has it" \
	where 'map(.event) == ["sys_exit"]' 'ret == 0xfffffffffffffffe'
check "--where: of dynamic size" where 'map(.filename) == ["/usr/bin/ls"]' 'filename == "/usr/bin/ls"'
check "--where: what the event was in" where 'map(.event) == ["fork", "switch", "sys_enter", "sys_exit"]' \
	'COMM == "bash"'
check "--where, twice: one has to hold" bash -c "'$BIN/evlog' -q -j -w 'exit_code == 256' -w 'ret > 3' \
	'$dir/all.img' | jq -es 'map(.event) - [\"dropped\"] == [\"exit\", \"sys_exit\"]'"
check "--where, --event and --cpu: all have to hold" bash -c "'$BIN/evlog' -q -j -w 'common_pid == 1234' \
	-e 'sys_*' -e fork -c 0 '$dir/all.img' | jq -es 'map(.event) - [\"dropped\"] == [\"sys_enter\", \"sys_exit\"]'"
check "--where hides no loss" bash -c "'$BIN/evlog' -q -j -w 'common_pid == 4' '$dir/all.img' |
	jq -es 'map([.event, .cpu, .count]) == [[\"dropped\", 1, 7], [\"dropped\", 0, 2]]'"
check "--where of a field that no event has: told at the end" bash -c "
	'$BIN/evlog' -w 'prev_com == \"a\"' '$dir/all.img' 2>&1 >/dev/null | grep -q 'such fields; near: prev_comm'"
check "--where of an event that is not known: told" bash -c "
	'$BIN/evlog' -q -w 'evring/swich: prev_pid == 1' '$dir/all.img' 2>&1 >/dev/null |
	grep -q 'is called so; near: switch$'"
check "--last: the newest of an image" bash -c "'$BIN/evlog' -q -j --last 10ms '$dir/many.img' |
	jq -es 'length == 11 and .[-1].time == 52.0 and .[0].time == 51.99'"
check "--last: more than there is" count 40000 --last 1h "$dir/many.img"
check "--last with --count" count 5 --last 1s --count 5 "$dir/many.img"
check "--wall in JSON" bash -c "'$BIN/evlog' -q -j --wall '$dir/all.img' |
	jq -es '.[0].wall == \"2023-11-14T22:13:22.001000000Z\"'"
check "--wall in text" bash -c "TZ=UTC '$BIN/evlog' -q --wall '$dir/all.img' |
	grep -q '^2023-11-14 22:13:22.001000 \[001\] bash-1234'"
check "no time stamps" bash -c "'$BIN/evlog' -q -j '$dir/none.img' | jq -es 'length == 2 and all(.time == 0)'"
check "a file in this folder" bash -c "cd '$dir' && '$BIN/evlog' -q -n 1 all.img | grep -q fork"
check "every sum is right" bash -c "'$BIN/evlog' -q -j '$dir/many.img' |
	jq -es 'length == 40000 and all(.sum_ok)'"
check "the summary" bash -c "'$BIN/evlog' '$dir/all.img' 2>&1 >/dev/null |
	grep -Eq '^evlog: [0-9]+ events, 9 lost \(0 overrun, 9 dropped\), [0-9]+ events/s, [0-9]+ bytes written, [0-9.]+ s$'"
check "--quiet says nothing" bash -c "test -z \"\$('$BIN/evlog' -q '$dir/all.img' 2>&1 >/dev/null)\""
check "--help" bash -c "'$BIN/evlog' --help | grep -q '^Usage: evlog'"
check "--version" bash -c "'$BIN/evlog' --version | grep -q '^evlog .*ABI 1$'"

"$BIN/evlog" -q --fail-on-loss "$dir/all.img" >/dev/null
check "--fail-on-loss: 3" test $? -eq 3
"$BIN/evlog" -q --fail-on-loss "$dir/many.img" >/dev/null
check "--fail-on-loss: 0 without a loss" test $? -eq 0

### Output files

evlog -q -j "$dir/many.img" >"$dir/stdout.ref"
out=$dir/out
same() {
	evlog -q -j -o "$out" "$@" "$dir/many.img" && cmp "$out" "$dir/stdout.ref"
}
check "--output is what standard output gets" same
check "--output empties the file first" bash -c "seq 3000000 >'$out'; '$BIN/evlog' -q -j -o '$out' '$dir/many.img' &&
	cmp '$out' '$dir/stdout.ref'"
check "--output to a FIFO" bash -c "rm -f '$out' && mkfifo '$out' && { '$BIN/evlog' -q -j -o '$out' '$dir/many.img' & } &&
	cmp - '$dir/stdout.ref' <'$out' && wait \$!"
rm -f "$out"
check "--output - is standard output" bash -c "'$BIN/evlog' -q -j -o - '$dir/many.img' | cmp - '$dir/stdout.ref'"
check "--output: no worker for a write" env EVLOG_URING=canceled LD_PRELOAD="$dir/uring.so" \
	"$BIN/evlog" -q -j -o "$out" "$dir/many.img"
check "all is there then" cmp "$out" "$dir/stdout.ref"
check "--output: short writes" env EVLOG_URING=short LD_PRELOAD="$dir/uring.so" \
	"$BIN/evlog" -q -j -o "$out" "$dir/many.img"
check "--output: nothing lost by short writes" cmp "$out" "$dir/stdout.ref"
rm -f "$out"
check_status 0 'no io_uring.*written by write\(\)' \
	env EVLOG_URING=absent LD_PRELOAD="$dir/uring.so" "$BIN/evlog" -q -j -o "$out" "$dir/many.img"
check "--output without io_uring" cmp "$out" "$dir/stdout.ref"
if [ -z "$("$BIN/evlog" -q -o "$out" "$dir/none.img" 2>&1)" ]; then
	check_status 1 'cannot write to .*Timer expired.*ends after the 524288 bytes' \
		env EVLOG_URING=bad LD_PRELOAD="$dir/uring.so" "$BIN/evlog" -q -j -o "$out" "$dir/many.img"
	check "a failed write leaves no hole" bash -c "cmp '$out' <(head -c 524288 '$dir/stdout.ref')"
fi
check_status 1 'cannot write to .*File too large.*ulimit' \
	bash -c "ulimit -f 300; '$BIN/evlog' -q -j -o '$out' '$dir/many.img'"
check "what did fit is there" bash -c "test -s '$out' && cmp -n \$(stat -c %s '$out') '$out' '$dir/stdout.ref'"
check_status 1 'cannot write to /dev/full: No space left' "$BIN/evlog" -q -o /dev/full "$dir/all.img"
check_status 1 'cannot write to standard output: No space left' \
	bash -c "'$BIN/evlog' -q '$dir/all.img' >/dev/full"
check_status 1 'cannot write to standard output: Bad file' bash -c "'$BIN/evlog' -q '$dir/all.img' >&-"
check_status 1 'cannot write to /nowhere/x' "$BIN/evlog" -o /nowhere/x "$dir/all.img"
cp "$dir/all.img" "$dir/copy.img"
check_status 1 'that is what is being read' "$BIN/evlog" -o "$dir/copy.img" "$dir/copy.img"
check "the image is whole still" cmp "$dir/copy.img" "$dir/all.img"
check "a reader that goes away: quiet" bash -c "
	'$BIN/evlog' '$dir/many.img' 2>'$dir/stderr' | head -n 1 >/dev/null
	status=\${PIPESTATUS[0]}
	test \$status -eq 141 && test ! -s '$dir/stderr'"

### Wrong usage and what cannot be

cd "$dir" || exit 1
for args in "" "a b" "--no-such x" "--count 0 x" "--count -1 x" "--count 5x x" "--last 5d x" \
	"--last x x" "--last 0 x" "--last -5s x" "--last 0x10 x" "--last inf x" "--duration 1e99h x" \
	"--pid a x" "--pid 1, x" "--pid 1;2 x" "--cpu -1 x" "--cpu 3-1 x" "--cpu 1-x x" "--cpu 0, x" "--deadline 1s x" "--count 99999999999999999999 x" \
	"--new --last 5s x" "--new --no-follow x" "--last" "--watermark 0 x" "--watermark K x" \
	"--watermark 1T x" "--watermark 64KB x" "--watermark 64K --deadline 0 x" \
	"--lossless --no-follow x" "--lossless --last 5s x" "--format ctx x" \
	"--format raw x" "--format raw -o a -e fork x" "--format raw -o a -n 1 x" \
	"--format raw -o a --wall x" "--rotate-size 2M x" "--keep 3 -o a x" "--rotate-time 1s --compress --format ctf -o a x" "--format raw -o a --rotate-size 1K x" \
	"--format raw -o a --rotate-size 2T x" "--durable x"; do
	# shellcheck disable=SC2086
	check_status 2 evlog "$BIN/evlog" $args
done
bad_where() {
	check_status 2 "$1" "$BIN/evlog" --where "$2" "$dir/all.img"
}
bad_where 'Unknown op token =, at character 10$' 'prev_pid = 3'
bad_where 'Syntax error' 'prev_pid prev_prio'
bad_where 'Unbalanced' 'prev_pid == 3 || (prev_pid == 4'
bad_where "where '!'" '!'
bad_where "where '.'" '('
bad_where "where '.'" ')'
bad_where 'Illegal comparison for string' 'prev_comm < "a"'
bad_where 'RegEx .* did not compute' 'prev_comm =~ "["'
bad_where 'prev_comm is no number' 'prev_comm == 3'
bad_where 'prev_pid is no string' 'prev_pid == "bash"'
bad_where 'args is no number' 'args == 3'
bad_where 'CPU is no string' 'CPU == "1"'
bad_where 'only a number other than 0 can divide' '(prev_pid == 7) || next_pid / prev_pid'
bad_where 'only a number other than 0 can divide' 'prev_pid % 0 && prev_pid == 1'
bad_where 'double quotes' "prev_comm == 'bash'"
bad_where 'evring:switch: it has no field prev_com; near: prev_comm' 'switch: prev_com == "a"'
bad_where 'no event before the colon' ': prev_pid == 3'
bad_where 'no regular expression' 'a[: prev_pid == 3'
bad_where 'no name of an event' 'sched/: prev_pid == 3'
bad_where 'there is no expression' ' '
bad_where 'there is no expression' 'switch:'
bad_where 'longer than' "prev_comm == \"$(printf '%0500d' 0)\""
check_status 2 'event.*empty' "$BIN/evlog" --event "" x
check_status 2 'output.*empty' "$BIN/evlog" --output "" x
check_status 1 . "$BIN/evlog" nosuch
check_status 1 . "$BIN/evlog" ./nosuch
check_status 1 . "$BIN/evlog" "$dir/abi.img"
check_status 1 . "$BIN/evlog" "$dir/stdout.ref"
# The size of the first record, behind the control page and a page of index.
cp "$dir/none.img" "$dir/damaged.img"
printf '\377\377' | dd of="$dir/damaged.img" bs=1 seek=8198 conv=notrunc status=none
check "a damaged image: the other CPU's events, and status 1" bash -c "
	'$BIN/evlog' -q '$dir/damaged.img' >'$dir/stdout' 2>'$dir/stderr'
	test \$? -eq 1 && test \$(wc -l <'$dir/stdout') -eq 1 &&
	grep -q 'damaged: the events of one CPU end here' '$dir/stderr'"
head -c 5000 "$dir/all.img" >"$dir/cut.img"
check_status 1 . "$BIN/evlog" "$dir/cut.img"
: >"$dir/empty.img"
check_status 1 . "$BIN/evlog" "$dir/empty.img"
check_status 1 'image.*nothing will be added' "$BIN/evlog" --follow "$dir/all.img"
check_status 1 'image.*nothing will be added' "$BIN/evlog" --new "$dir/all.img"
check_status 1 'image.*nothing of it is lost' "$BIN/evlog" --lossless "$dir/all.img"
check_status 1 'no time stamps' "$BIN/evlog" --last 5s "$dir/none.img"
check_status 1 'no time stamps' "$BIN/evlog" --wall "$dir/none.img"
check_status 1 'does not tell wall time' "$BIN/evlog" --wall "$dir/boot.img"

### evringctl, as far as it goes without the module

for args in "" "nosuch" "list a" "create" "create .x" "create a/b" "create control" \
	"create x --size 5X" "create x --size -1" "create x --block 0" "create x --mode 442" \
	"create x --mode 9" "create x --clock sundial" "create x --group nosuchgroup" \
	"attach x" "attach x nosuch" "attach x fast:" "attach x fast:nosuch" "attach x gen:nosuch" \
	"attach x gen:wait" "attach x gen:size=15" "attach x gen:size=64-16" "attach x gen:size=200000" \
	"attach x gen:count=0" "attach x gen:rate=x" "attach x gen:cpus=1024" "attach x gen:cpus=3-1" \
	"detach x y" "detach x 0" "remove" "info" "stat x --size 64K" "create x --json" "--no-such" \
	"create x --lossless-deadline 5" "create x --lossless-deadline 0s" \
	"create x --lossless-deadline 5m" "create x --live" "snapshot x" "freeze" "thaw a b" \
	"freeze x --live" "stat x --watch=0" "stat x --watch=0.05" "stat x --watch=nan" \
	"stat x --watch=1s" "stat x --watch=90000" "stat x --watch five" "stat x 5" "list --watch"; do
	# shellcheck disable=SC2086
	check_status 2 evringctl "$BIN/evringctl" $args
done
check_status 2 'did you mean: fast:fork$' "$BIN/evringctl" attach x fast:frok
check_status 2 'did you mean: fast:switch$' "$BIN/evringctl" attach x switch
check_status 2 'did you mean: create$' "$BIN/evringctl" creat x
if [ ! -e /dev/evring/control ]; then
	for args in "list" "create x" "remove x" "attach x fast:fork,exec gen:cpus=0,1-2,irq,size=16-64" \
		"detach x" "info x" "stat x" "freeze x" "thaw x" "snapshot x f --live" \
		"stat x --watch" "stat x --watch=0.5" "stat x --watch 5" "stat x -j --watch" \
		"create x --partitioned --user-write --lossless-deadline 100ms"; do
		# shellcheck disable=SC2086
		check_status 1 'module is not loaded: modprobe evring' "$BIN/evringctl" $args
	done
fi
check "evringctl --help" bash -c "'$BIN/evringctl' --help | grep -q '^Usage: evringctl'"

exit "$failed"
