#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What happens to a logger that runs for months: its channel is removed under it, by an operator or
# with the module that it belongs to; the clock is set back an hour while files are rotated by time
# and metrics are told; sixteen channels are logged at once. Each time the files are complete, and
# verified.
#
# vm: --smp 2
# shellcheck disable=SC2016 # what is in single quotes is awk's
# shellcheck source=tests/guest/harness.sh
. harness.sh
dir=/tmp/faults
evidence="$dir/told*"
mkdir -p $dir

accepted() { evringctl stat "$1" | awk '$1 == "accepted" { print $2 }'; }
# records FILE...: that evlog verify finds.
files() { echo $#; }
records() { evlog verify "$@" | awk '$1 == "all" { print $2 }'; }

### The channel goes

evringctl create gone --size 256K --mode 0660 || exit 1
timeout 120 evlog --lossless --format raw --output $dir/gone gone 2>$dir/told &
pid=$!
until_true test -s $dir/gone
evringctl attach gone gen:rate=2000,cpus=0-1 >/dev/null
sleep 2
evringctl remove gone
wait $pid
check "a channel removed under it: it ends well" test $? -eq 0
check "it says so" grep -q '^evlog: /dev/evring/gone was removed$' $dir/told
check "the file is complete" evlog verify --quiet $dir/gone
check "with all that it read: $(records $dir/gone)" grep -q "^evlog: $(records $dir/gone) events, 0 lost" $dir/told
check "it was closed" sh -c "! evlog verify $dir/gone | grep -q 'not closed'"

# Time enough for both to be there before the first pulse.
insmod /lib/evring/evring_pulse.ko period_ms=2000 || exit 1
timeout 120 evlog --json --output $dir/pulse pulse 2>$dir/told &
pid=$!
evlog --format raw --output $dir/pulse.raw pulse 2>$dir/told.raw &
raw=$!
until_true test -s $dir/pulse.raw
kill -STOP $raw
until_true grep -q pulse $dir/pulse
check "the module that it belongs to goes" rmmod evring_pulse
kill -CONT $raw
wait $pid
check "it ends well" test $? -eq 0
wait $raw
check "a raw log, too" test $? -eq 0
check "it says why" grep -q '^evlog: /dev/evring/pulse was removed$' $dir/told
check "the lines are there" grep -q '"event":"pulse"' $dir/pulse
check "the raw log is complete" evlog verify --quiet $dir/pulse.raw
# decoded FILE: how many of its records are known by the names of their events.
decoded() { evlog -q "$1" | grep -c ' pulse: '; }
all=$(records $dir/pulse.raw)
check "whose module was gone when it was written, of $all records" test "$all" -gt 0 -a "$(decoded $dir/pulse.raw)" -eq "$all"

### The clock is set back

evringctl create timed --size 4M || exit 1
timeout 120 evlog --json --wall --rotate-time 1s --keep 20 --metrics $dir/timed.prom --output $dir/timed timed 2>$dir/told &
pid=$!
timeout 120 evlog --format raw --rotate-time 1s --keep 20 --output $dir/timed.raw timed 2>$dir/told.raw &
raw=$!
until_true test -e $dir/timed -a -s $dir/timed.raw
evringctl attach timed gen:rate=200,cpus=0-1 >/dev/null
sleep 3
before=$(files $dir/timed.0*)
metrics=$(awk '/^evlog_events_total/ { n += $2 } END { print n }' $dir/timed.prom)
check "files are rotated by time: $before" test "$before" -ge 1
date -s "@$(($(date +%s) - 3600))" >/dev/null
sleep 6
after=$(files $dir/timed.0*)
later=$(awk '/^evlog_events_total/ { n += $2 } END { print n }' $dir/timed.prom)
date -s "@$(($(date +%s) + 3600))" >/dev/null
check "set back an hour: files are still rotated, $after by now" test "$after" -ge $((before + 2)) -a "$after" -le $((before + 12))
check "metrics are still told: $metrics, then $later" test "$later" -gt "$metrics"
evringctl detach timed
kill $pid $raw
wait $pid
check "it ends well" test $? -eq 0
wait $raw
check "a raw log, too" test $? -eq 0
check "time stamps go on, the wall time too" sh -c "cat $dir/timed.0* $dir/timed | sed -n 's/.*\"event\":\"generator\",\"time\":\([0-9.]*\).*\"wall\":\"\([^\"]*\)\".*/\1 \2/p' |
	awk '\$1 + 1 < last || \$2 < wall_last { bad = 1 } { last = \$1; if (NR % 20 == 0) { wall_last = seen; seen = \$2 } } END { exit bad || NR < 100 }'"
all=$(accepted timed)
check "all of $all events are there, as lines" test "$(cat $dir/timed.0* $dir/timed | grep -c '"event":"generator"')" -eq "$all"
check "and in the raw log" test "$(records $dir/timed.raw*)" -eq "$all"
evringctl remove timed

### Sixteen at once

channels='a b c d e f g h i j k l m n o p'
pids='' emitting=''
for c in $channels; do
	evringctl create "many_$c" --size 64K --block 4K --mode 0660 || exit 1
	timeout 120 evlog --quiet --lossless --format raw --rotate-size 1M --output "$dir/many_$c" "many_$c" 2>>$dir/told.many &
	pids="$pids $!"
done
for c in $channels; do
	until_true test -s "$dir/many_$c"
	evringctl attach "many_$c" gen:count=400,size=100,rate=1000,cpus=0-1,wait >/dev/null &
	emitting="$emitting $!"
done
# shellcheck disable=SC2086 # words
wait $emitting
all=0 found=0
for c in $channels; do
	all=$((all + $(accepted "many_$c")))
done
# shellcheck disable=SC2086 # words
kill $pids
ends=0
for pid in $pids; do
	wait "$pid" || ends=$((ends + 1))
done
check "sixteen channels at once: each ends well" test "$ends" -eq 0
check "nothing is said" test ! -s $dir/told.many
for c in $channels; do
	found=$((found + $(records "$dir/many_$c"*)))
	evlog verify --quiet "$dir/many_$c"*
	status=$?
	[ $status -eq 0 ] || [ $status -eq 3 ] || ends=$((ends + 1))
	evringctl remove "many_$c"
done
check "no file is damaged" test "$ends" -eq 0
check "all of $all records are there" test "$found" -eq "$all" -a "$all" -gt 4000
exit "$failed"
