#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What evlog writes as CTF, babeltrace2 and its Python bindings read back: each event of each
# CPU in order, with every field, to the nanosecond, and as many losses at the same places as
# evlog's JSON has. Event types with every kind of field, payloads that lie, rings that went
# round, clocks of all kinds; a writer that is killed again and again; a packet that was
# cut; what cannot be written. And what evlog writes for chrome://tracing, by jq.
# BIN: folder of the built tools; CC: compiler for the helpers.
#
# timeout: 240

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
# shellcheck source=tests/unit/evlog/events.sh
. "$(dirname "$0")/evlog/events.sh"
BIN=${BIN:-$root/build/bin}
needs babeltrace2 babeltrace2
needs jq jq
# Debian's own: another would not have its packages.
python=/usr/bin/python3
if ! $python -c 'import bt2' 2>/dev/null; then
	echo "Python has no bt2: apt install python3-bt2"
	exit 77
fi

evlog() {
	"$BIN/evlog" --quiet "$@"
}

convert() {
	"$BIN/evlog" convert --quiet "$@"
}

make_helpers() {
	local src=$root/consumer/evlog

	make_images all many none boot || return 1
	build -shared -fPIC -o "$dir/memory.so" "$root/tests/unit/evlog/memory.c" || return 1
	build -fsanitize=address,undefined -fno-sanitize-recover=all -o "$dir/trace" "$root/tests/unit/evlog/trace.c" \
		"$src"/{chrome,ctf,ctf_class,ctf_metadata,ctf_stream,output,writes,trouble,json,line}.c \
		"$src"/{decode,appendix,value,bounds,builtin,task,tracefs,clock}.c \
		"$src"/{rotation,archive,folder,pack,notify,signals}.c -luring -ltraceevent -lzstd
}

# compare TRACE JSON [OPTION]...: see ctf.py.
compare() {
	$python "$root/tests/unit/evlog/ctf.py" "$@" 2>&1 | tee "$dir/compared"
	return "${PIPESTATUS[0]}"
}

# compared REGEX: what the last comparison counted.
compared() { grep -Eqx -- "$1" "$dir/compared" || { cat "$dir/compared"; false; }; }

# shown TRACE REGEX: a line of babeltrace2's.
shown() {
	babeltrace2 "$1" >"$dir/shown" 2>"$dir/told" || { cat "$dir/told"; return 1; }
	grep -Eq -- "$2" "$dir/shown" "$dir/told" || { echo "no line like $2"; tail -n 5 "$dir/shown"; false; }
}

# refused MESSAGE OPTION...: evlog says so, shows nothing and exits by 1.
refused() {
	local message=$1 status

	shift
	"$BIN/evlog" --format ctf "$@" >"$dir/stdout" 2>"$dir/stderr"
	status=$?
	cat "$dir/stderr"
	[ "$status" -eq 1 ] && grep -Eq -- "$message" "$dir/stderr" && [ ! -s "$dir/stdout" ]
}

event test/numbers '""' 's8 a:1:1' 'u8 b:1:0' 'short c:2:1' 'u32 d:4:0' 's64 e:8:1' \
	'unsigned long f:8:0' 'void * g:8:0' 'bool h:1:0'
event test/arrays '""' 's16 a[3]:6:1' 'u8 b[4]:4:0' 'char c[6]:6:0' 'struct thing d:3:0' \
	'u64 e[2]:16:0' 'void * f[2]:16:0'
event test/dynamic '""' '__data_loc char[] a:4:0' '__data_loc s32[] b:4:1' \
	'__rel_loc char[] c:4:0' '__data_loc u8[] d:4:0' '__data_loc cpumask_t e:4:0'
event test/words '""' 'int event:4:1' 'int string:4:1' 'u8 clock[2]:2:0' 'char comm[8]:8:0' \
	'int _seq:4:1' 'u32 common_flags_:4:0' 'int cpu:4:1'
event test/tail '""' 'u32 n:4:0' 'u16 rest[]:0:0'
event test/text '""' 'char rest[]:0:0'
event test/twice '""' 'int a:4:1' 'int a:4:1'
event test/length '""' 'u32 _b_length:4:0' '__data_loc u8[] b:4:0'
event test/wide '""' '__data_loc u64[] a:4:0' '__data_loc u64[] b:4:0' '__data_loc u64[] c:4:0' \
	'__data_loc u64[] d:4:0' '__data_loc char[] e:4:0'
event sched/sched_switch '""' 'char prev_comm[16]:16:0' 'pid_t prev_pid:4:1' 'int prev_prio:4:1' \
	'long prev_state:8:1' 'char next_comm[16]:16:0' 'pid_t next_pid:4:1' 'int next_prio:4:1'

check "helpers build" make_helpers
[ "$failed" -eq 0 ] || exit 1

### Events

for seed in 1 2; do
	check "fields of all kinds, lies and losses: written, seed $seed" \
		"$dir/trace" mixed ctf "$dir/events" "$dir/mixed$seed" "$dir/mixed$seed.json" "$seed"
	check "the same by babeltrace2: seed $seed" compare "$dir/mixed$seed" "$dir/mixed$seed.json" raised
	check "some of each: seed $seed" \
		compared '3 cpus, [0-9]{4,} events, [0-9]{3,} lost, [0-9]{2,} raised, [0-9]{3,} undecoded'
done

check "as large as can be: written" "$dir/trace" large ctf "$dir/events" "$dir/large" "$dir/large.json" 1
check "the same by babeltrace2: large" compare "$dir/large" "$dir/large.json" raised

check "an image of each type" evlog --format ctf --output "$dir/all" "$dir/all.img"
evlog --json --wall "$dir/all.img" >"$dir/all.json"
check "the same by babeltrace2, wall time too" compare "$dir/all" "$dir/all.json"
check "that was all" compared '2 cpus, 79 events, 9 lost, 0 raised, 68 undecoded'
check "by wall time" shown "$dir/all" \
	'^\[22:13:22\.001000000\] \(\+\?\.\?+\) evring:fork: \{ .*cpu_id = 1 \}, \{ seq = 0, tid = 1234, procname = "bash" \}, \{ .*parent_comm = "bash", parent_pid = 1234, child_comm = "bash", child_pid = 1240 \}$'
check "arguments" shown "$dir/all" 'evring:sys_enter: .*id = 257, args = \[ \[0\] = 4294967196, .*\[5\] = 6 \] \}$'
check "losses" shown "$dir/all" \
	'Tracer discarded 7 events between \[22:13:22\.013000000\] and \[22:13:22\.079000000\] .*/cpu1"'

check "many packets" evlog --format ctf --output "$dir/many" --count 9000 "$dir/many.img"
evlog --json --count 9000 "$dir/many.img" >"$dir/many.json"
check "the same by babeltrace2: many" compare "$dir/many" "$dir/many.json"
check "all of them" compared '2 cpus, 9000 events, 0 lost, 0 raised, 0 undecoded'

check "no clock" evlog --format ctf --output "$dir/none" "$dir/none.img"
evlog --json "$dir/none.img" >"$dir/none.json"
check "the same by babeltrace2: no clock" compare "$dir/none" "$dir/none.json" no-time
check "a clock that tells no wall time" evlog --format ctf --output "$dir/boot" "$dir/boot.img"
evlog --json "$dir/boot.img" >"$dir/boot.json"
check "the same by babeltrace2: no wall time" compare "$dir/boot" "$dir/boot.json"

check "only what is wanted" evlog --format ctf --output "$dir/some" --event exec --cpu 0 "$dir/all.img"
check "and the metadata has no more types" bash -c "
	test \"\$(grep -c 'name = \"evring:' '$dir/some/metadata')\" -eq 2"
check "nothing at all" evlog --format ctf --output "$dir/nothing" --event nothing "$dir/none.img"
check "is a trace, too" babeltrace2 "$dir/nothing"

### Converting

for format in text json chrome; do
	check "convert to $format" convert "$dir/all.img" --to "$format" --output "$dir/converted"
	evlog --format "$format" "$dir/all.img" >"$dir/expected"
	check "is the same as --format $format" cmp "$dir/converted" "$dir/expected"
done
check "convert to ctf" convert --to=ctf "$dir/all.img" --output "$dir/converted.ctf"
evlog --json --wall "$dir/all.img" >"$dir/all.json"
check "is the same as --format ctf" compare "$dir/converted.ctf" "$dir/all.json"
"$BIN/evlog" convert "$dir/all.img" >"$dir/stdout" 2>"$dir/stderr"
check "convert to nothing: status 2, and what is missing" bash -c "
	test $? -eq 2 -a ! -s '$dir/stdout' && grep -q 'no format: --to names one of text, json, ' '$dir/stderr'"
# An array of one for the command, one for each of 96 arguments, and two more.
no_memory() {
	local status
	# shellcheck disable=SC2046 # many arguments
	EVLOG_NO_ARRAY=98 LD_PRELOAD="$dir/memory.so" "$BIN/evlog" convert $(seq 96) >"$dir/stdout" 2>"$dir/stderr"
	status=$?
	cat "$dir/stderr"
	[ "$status" -eq 1 ] && grep -qx 'evlog convert: no memory' "$dir/stderr"
}
check "convert without memory: status 1, which is not that of a wrong command line" no_memory

### Several traces

# traces NAME: the folders of a trace, NAME itself last, commas between them.
traces() { printf '%s,' "$1".0*[0-9]; echo "$1"; }
# each NAME LEAST: there are at least so many, and babeltrace2 reads each by itself.
each() {
	local one

	[ "$(find "$dir" -name "${1##*/}.0*" | wc -l)" -ge "$2" ] || { ls "$dir" && return 1; }
	for one in "$1" "$1".0*; do babeltrace2 "$one" >/dev/null || return 1; done
}
check "rotated: written" "$dir/trace" mixed ctf "$dir/events" "$dir/parts" "$dir/parts.json" 1 40000
check "several traces, each complete" each "$dir/parts" 3
check "together they are the same" compare "$(traces "$dir/parts")" "$dir/parts.json" raised
check "by --rotate-size" evlog --format ctf --rotate-size 1M --output "$dir/sizes" "$dir/many.img"
check "each about so large" bash -c "test \$(cat '$dir/sizes.000001/'* | wc -c) -gt 1048576 -a \
	\$(cat '$dir/sizes.000001/'* | wc -c) -lt 1300000 && ! test -e '$dir/sizes.000002'"
evlog --json "$dir/many.img" >"$dir/sizes.json"
check "together they are all" compare "$(traces "$dir/sizes")" "$dir/sizes.json"
cp -r "$dir/sizes" "$dir/before"
truncate -s -100 "$dir/sizes/cpu1"
evlog --format ctf --rotate-size 1M --output "$dir/sizes" "$dir/all.img" 2>"$dir/stderr"
check "what is there at the start gets a number, cut to whole packets" bash -c "
	grep -q 'sizes/cpu1: cut off' '$dir/stderr' && cmp '$dir/sizes.000002/cpu0' '$dir/before/cpu0' &&
	babeltrace2 '$dir/sizes.000002' >/dev/null 2>&1 && test \"\$(babeltrace2 '$dir/sizes' 2>/dev/null | wc -l)\" -eq 79"
touch "$dir/sizes.000001/notes"
mkdir "$dir/sizes.000003" "$dir/sizes.000004"
touch "$dir/sizes.000004/letter"
check "--keep" evlog --format ctf --rotate-size 1M --keep 1 --output "$dir/sizes" "$dir/many.img"
check "what others have put there stays" bash -c "ls '$dir' '$dir'/sizes.* >'$dir/there'; cat '$dir/there'
	test \$(ls -d '$dir'/sizes.0* | wc -l) -eq 3 -a -e '$dir/sizes.000001/notes' -a ! -e '$dir/sizes.000001/metadata' -a \
	-e '$dir/sizes.000004/letter'"

### What is left by a crash

check "a writer that is killed 20 times" \
	"$dir/trace" kill ctf "$dir/events" "$dir/kill" "$dir/kill.json" 1
check "nothing is missing, nothing twice" compare "$dir/kill" "$dir/kill.json"
check "of many" compared '3 cpus, [0-9]{4,} events, 0 lost, 0 raised, 0 undecoded'


check "a writer that is killed 20 times, several traces" \
	"$dir/trace" kill ctf "$dir/events" "$dir/killed" "$dir/killed.json" 1 30000
check "each is complete" each "$dir/killed" 3
check "nothing is missing, nothing twice" compare "$(traces "$dir/killed")" "$dir/killed.json"

cp -r "$dir/many" "$dir/cut"
truncate -s -100 "$dir/cut/cpu1"
babeltrace2 "$dir/cut" >/dev/null 2>&1
check "babeltrace2 does not read a packet that is cut" test $? -ne 0
check "a trace of another channel" refused 'not of this channel .*choose another directory' \
	--output "$dir/cut" "$dir/boot.img"
check "is cut to whole packets" grep -Eq 'cut/cpu1: cut off [0-9]+ bytes of a packet that was not whole$' "$dir/stderr"
check "and can be read" bash -c "test \"\$(babeltrace2 '$dir/cut' | wc -l)\" -gt 7000"
cp -r "$dir/many" "$dir/zeros"
truncate -s +5000 "$dir/zeros/cpu1"
check "zeros behind its packets" refused 'cut off 5000 bytes' --output "$dir/zeros" "$dir/all.img"
check "as it was" cmp "$dir/zeros/cpu1" "$dir/many/cpu1"
cp -r "$dir/many" "$dir/other"
echo other >>"$dir/other/cpu1"
check "something else behind its packets" refused \
	"other/cpu1: damaged behind its first $(stat -c %s "$dir/many/cpu1") bytes" --output "$dir/other" "$dir/all.img"
check "is left as it is" test "$(stat -c %s "$dir/other/cpu1")" -eq "$(($(stat -c %s "$dir/many/cpu1") + 6))"

( ulimit -f 100; evlog --format ctf --output "$dir/full" "$dir/many.img" ) 2>"$dir/stderr"
check "a file that must not grow: status 1" test $? -eq 1
check "and why" grep -q 'full/cpu[01]: File too large: see ulimit -f; the trace ends with whole packets' "$dir/stderr"
check "what was written can be read" bash -c "test \"\$(babeltrace2 '$dir/full' | wc -l)\" -gt 1000"

### What cannot be written

check "no directory" refused 'name one by --output DIR' "$dir/all.img"
check "a file" refused 'that is none: choose another name' --output "$dir/all.img" "$dir/many.img"
check "a folder that is not there" refused 'No such file' --output "$dir/no/where" "$dir/all.img"
mkdir "$dir/taken"
echo "no trace" >"$dir/taken/file"
check "a directory of something else" refused 'is not empty' --output "$dir/taken" "$dir/all.img"
mv "$dir/taken/file" "$dir/taken/metadata"
check "a trace of another tracer's" refused "no trace of evlog's" --output "$dir/taken" "$dir/all.img"
check "is left as it is" test "$(cat "$dir"/taken/*)" = "no trace"
check "an image twice" refused 'there is a trace already' --output "$dir/all" "$dir/all.img"
exec 9<"$dir/some"
flock 9
check "a directory that another writes to" refused 'another evlog writes there' --output "$dir/some" "$dir/all.img"
exec 9<&-

### For chrome://tracing and Perfetto

# chrome NAME FILTER: true for the array of image "all".
chrome() { check "chrome: $1" jq -e "$2" "$dir/all.chrome"; }

evlog --format chrome --output "$dir/all.chrome" "$dir/all.img"
chrome "each has what its kind needs" 'all(has("name") and has("pid") and has("args") and
	(.ph == "M" or (.ts and .tid)) and (.ph != "X" or .dur) and (.ph != "i" or .s))'
chrome "a track for each CPU" '[.[] | select(.name == "thread_name") | [.tid, .args.name]] | sort ==
	[[1, "CPU 0"], [2, "CPU 1"]]'
chrome "what ran is a slice" 'any(.ph == "X" and .name == "bash-1234" and .cat == "sched" and .tid == 2 and
	.ts == 12001000 and .dur == 5000 and .args.next_comm == "swapper/1" and .args.seq == 2)'
chrome "idle tasks have none" 'any(.name | startswith("swapper")) | not'
chrome "all else is an instant" '[.[] | select(.ph == "i" and .cat != "lost")] | length == 78'
chrome "with its fields" 'any(.name == "sys_enter" and .cat == "evring" and .ts == 12007000 and .tid == 1 and
	.args.id == 257 and .args.comm == "bash" and .args.args[5] == 6)'
chrome "hostile names" 'any(.args.comm == "a\"b\\c\n\u001b[31m")'
chrome "what is not decoded" 'any(.name == "type-291" and .args.payload_hex == "2301000037000000")'
chrome "losses across all tracks" '[.[] | select(.ph == "i" and .s == "g") | [.name, .tid, .ts, .args.count]] ==
	[["LOST 7 events (dropped)", 2, 12079000, 7], ["LOST 2 events (dropped)", 1, 12079000, 2]]'
chrome "losses for as long as they may have lasted" 'any(.ph == "X" and .cat == "lost" and .ts == 12013000 and
	.dur == 66000 and .args.count == 7)'
evlog --format chrome --wall "$dir/all.img" >"$dir/wall.chrome"
check "chrome: wall time" jq -e '[.[] | .ts // empty] | min == 1700000002001000' "$dir/wall.chrome"
check "chrome: fields of all kinds, lies and losses" \
	"$dir/trace" mixed chrome "$dir/events" "$dir/mixed.chrome" "$dir/mixed.json" 3
# shellcheck disable=SC2016 # jq's
check "chrome: of those, each switch that is not from idle is a slice, all else an instant" jq -ne --slurpfile \
	json "$dir/mixed.json" --slurpfile chrome "$dir/mixed.chrome" '
	def is_switch: .payload_hex == null and (.event == "switch" or .event == "sched_switch");
	def count(s): reduce s as $x (0; . + 1);
	count($json[] | select(is_switch and .prev_pid != 0)) as $slices |
	count($json[] | select(.time != null and (is_switch | not))) as $instants |
	count($chrome[0][] | select(.cat == "sched" and .ph == "X" and (.args.cut | not))) == $slices and
	count($chrome[0][] | select(.ph == "i" and .cat != "lost")) == $instants and
	([$json[] | select(.time == null) | .count] | add) ==
		([$chrome[0][] | select(.ph == "i" and .cat == "lost") | .args.count] | add)'
check "chrome: rotated: written" "$dir/trace" mixed chrome "$dir/events" "$dir/parts.chrome" "$dir/parts.json" 3 200000
check "chrome: several files, each complete" bash -c "
	test \$(ls '$dir'/parts.chrome.0* | wc -l) -ge 3 && for f in '$dir'/parts.chrome*; do
		test \$(tail -c 3 \"\$f\" | tr '\n' .) = .]. && jq -e '.[0].name == \"process_name\" and
			([.[] | select(.ph != \"M\") | .tid] - [.[] | select(.name == \"thread_name\") | .tid] == [])' \"\$f\" || exit 1
	done"
sums() {
	jq -cs '[.[][]] | [([.[] | select(.cat == "sched" and .ph == "X" and (.args.cut | not))] | length),
		([.[] | select(.ph == "i") | .args.count // 1] | add), ([.[] | .args.seq // 0] | add)]' "$@"
}
sums "$dir"/parts.chrome* >"$dir/got"
sums "$dir/mixed.chrome" >"$dir/want"
check "chrome: together they are the same" diff "$dir/want" "$dir/got"
# Where the last slice of a track in one file ends, the first in the next begins; but for what a
# number that jq reads cannot tell.
# shellcheck disable=SC2016 # jq's own
check "chrome: what runs goes on in the next file" jq -ne '
	def track($tid): [.[] | select(.tid == $tid and .ph == "X" and .cat == "sched")];
	[inputs] | [range(length - 1) as $i | (1, 2, 3) as $tid | (.[$i] | track($tid) | last) as $cut |
		(.[$i + 1] | track($tid) | first) as $on | select($cut.args.cut) |
		($cut.ts + $cut.dur - $on.ts) * 1000 | round] | length >= 3 and all(. > -1000 and . < 1000)' \
	"$dir"/parts.chrome.0* "$dir/parts.chrome"
evlog --format chrome --output "$dir/half.chrome" "$dir/all.img"
truncate -s -40 "$dir/half.chrome"
evlog --format chrome --rotate-size 1M --output "$dir/half.chrome" "$dir/all.img"
check "chrome: what a crash has left gets its end, and a number" jq -e 'length > 70' "$dir/half.chrome.000001"
evlog --format chrome --output "$dir/again.chrome" "$dir/all.img"
evlog --format chrome --rotate-size 1M --output "$dir/again.chrome" "$dir/all.img"
check "chrome: what has its end stays as it is" cmp "$dir/again.chrome.000001" "$dir/all.chrome"
"$BIN/evlog" --format chrome "$dir/none.img" >"$dir/stdout" 2>"$dir/stderr"
check "chrome: no clock: status 1, and why" bash -c "
	test $? -eq 1 -a ! -s '$dir/stdout' && grep -q 'keeps no time stamps' '$dir/stderr'"
exit "$failed"
