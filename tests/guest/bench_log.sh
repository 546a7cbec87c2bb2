#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evbench's loggers: each has every event of the tracepoint in its files, once, which evbench itself
# looks for, whatever their format; table and JSON have a figure of each that is on board, and a
# reason for each that is not. What gets too many events for its ring ends in no figure. Nothing
# stays behind: no file, no channel, no module, and tracefs is as it was.
#
# vm: --smp 2
# timeout: 240
# shellcheck source=tests/guest/harness.sh
. harness.sh
out=/tmp/bench_log.out
json=/tmp/bench_log.json
folder=/tmp/logs
evidence="$out"
ours='evlog read-write-4k read-write-64k read-write-1m'
mkdir -p $folder

# measured NAME: has it bytes in files, and memory, in the table? Times are too short here to count.
measured() { awk -v name="$1" '$2 == name && $9 > 64 && $11 > 0 { found = 1 } END { exit !found }' "$out"; }
skipped() { grep -q "^ *64  $1  *skipped: .*$2" "$out"; }

# What tracefs's buffer is, or is to be when it is first used.
buffer_size() { sed 's/.*expanded: //; s/)//' /sys/kernel/tracing/buffer_size_kb; }
buffer=$(buffer_size)
evbench run -m log -s 64 -n 1 -w 0 --records 4000 --output $folder --json $json >"$out" 2>&1
check "it measures" [ $? -eq 0 ]
check "it has a table" grep -q '^log: ' "$out"
for logger in $ours; do
	check "$logger: every event is in its files" measured "$logger"
	check "$logger: so says the document" sh -c "grep -A1 '\"name\": \"$logger\"' $json | grep -q '\"cpu_ns_per_record\": { \"median\": [0-9]'"
done
for logger in perf-record:perf trace-cmd:trace-cmd; do
	if command -v "${logger#*:}" >/dev/null; then
		check "${logger%:*}: every event is in its files" measured "${logger%:*}"
	else
		check "${logger%:*}: it is not there" skipped "${logger%:*}" "${logger#*:} is not on PATH"
	fi
done
check "memory has no disk to write to directly" skipped evlog-direct O_DIRECT
check "so says the document" sh -c "grep -A1 evlog-direct $json | grep -q '\"skipped\": \"'"
evbench compare $json $json >"$out" 2>&1
check "compare reads it" grep -q '^log .*CPU ns/record' "$out"

PATH=/usr/local/bin/none:/bin /usr/local/bin/evbench run -m log -s 16 -n 1 -w 0 --records 400 -b evlog,read-write-4k --output $folder >"$out" 2>&1
check "without evlog on PATH it measures the others" grep -q '^ *16  read-write-4k  *[0-9]' "$out"
check "and says what is missing" grep -q '^ *16  evlog  *skipped: evlog is not on PATH' "$out"
evbench run -m log -b evlog --output /none >"$out" 2>&1
check "where it cannot write it says so" grep -q 'output /none: .*cannot be made' "$out"

# A file system that has no room for all of it.
mkdir -p $folder/small && mount -t tmpfs -o size=300k none $folder/small
evbench run -m log -s 64 -n 1 -w 0 -b read-write-64k --output $folder/small >"$out" 2>&1
check "a logger that fails ends in no figure" [ $? -eq 1 ]
check "and what it said is told" grep -q 'read-write-64k ended with status 1; it said: .*No space' "$out"
umount $folder/small && rmdir $folder/small

check "no file stays" [ -z "$(ls $folder)" ]
check "tracefs has its buffer as it was, but for whole pages: $buffer, $(buffer_size)" \
	[ "$(($(buffer_size) / 8))" -eq "$((buffer / 8))" ]
check "the module is gone" sh -c '! grep -q ^evring_peers /proc/modules'
check "no channel stays" sh -c '! evringctl list | grep evbench'
exit "$failed"
