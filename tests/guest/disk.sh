#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A disk that is full, fails, or loses its power under evlog. Full: by default evlog ends; with
# --on-error drop it goes on when there is room, and its files tell what they lack; with wait
# nothing is lost but what the kernel counts as dropped. A disk that for a while can be neither read
# nor written, one whose filesystem gives up, and one that forgets at a stroke all that it was not
# told to keep: what a lossless, durable log has acknowledged is there.
#
# ext4 without a journal goes on by itself when the disk is back. One that could not write its journal
# takes nothing more before it is mounted anew: evlog waits, is ended, and goes on then.
#
# vm: --smp 2
# timeout: 180
# shellcheck disable=SC2317 # functions run by check()
# shellcheck source=tests/guest/harness.sh
. harness.sh
disk=/tmp/disk
log=$disk/log
told=/tmp/disk.told
evidence="$told* /tmp/disk.verified"
mkdir -p $disk

# accepted CHANNEL, dropped CHANNEL: records, by the kernel's count.
accepted() { evringctl stat "$1" | awk '$1 == "accepted" { print $2 }'; }
dropped() { evringctl stat "$1" | awk '$1 == "dropped" { print $2 }'; }

# verified FILE...: sets records, lost, dropped, doubled and damaged to what evlog verify finds.
verified() {
	evlog verify "$@" >/tmp/disk.verified 2>&1
	# shellcheck disable=SC2046 # words
	set -- $(awk '$1 == "all" { print $2, $4, $5, $6, $7 }' /tmp/disk.verified)
	records=$1 lost=$2 drops=$3 doubled=$4 damaged=$5
	[ -n "$damaged" ]
}
# whole FILE...: nothing is damaged, nothing is there twice.
whole() { verified "$@" && [ "$damaged" -eq 0 ] && [ "$doubled" -eq 0 ]; }

# generate CHANNEL COUNT [RATE]: so many on each CPU.
generate() { evringctl attach "$1" "gen:count=$2,size=100,rate=${3:-8000},cpus=0-1,wait" >/dev/null; }

### Full

fill() {
	mount -t tmpfs -o size=4m none $disk && dd if=/dev/zero of=$disk/ballast bs=1k count=2600 2>/dev/null
}
begins='cannot write to .*: No space left on device: make room there'
ends='can be written again after'

fill
evringctl create full --size 1M || exit 1
timeout 120 evlog --format raw --rotate-size 1M --output $log full 2>$told.stop &
stopped=$!
timeout 120 evlog --on-error drop --format raw --rotate-size 1M --output $disk/raw --metrics $disk.prom full 2>$told.raw &
raw=$!
timeout 120 evlog --on-error drop --json --output $disk/json full 2>$told.json &
json=$!
until_true test -s $log -a -s $disk/raw -a -e $disk/json
# each_told FILE...: each has found no room; else more is made.
each_told() {
	channel=$1
	shift
	for file; do
		grep -q "$begins" "$file" || { generate "$channel" 500 && return 1; }
	done
}
until_true each_told full $told.stop $told.raw $told.json
generate full 300
wait $stopped
check "full: by default evlog ends by status 1" test $? -eq 1
check "and says why" grep -Eq "^evlog: $begins" $told.stop
check "what it wrote is whole" whole $log*
check "drop: that it begins is told" grep -Eq "^evlog: $begins; events are dropped until" $told.raw
check "of lines, too" grep -Eq "^evlog: $begins; events are dropped until" $told.json
rm -f $disk/ballast $log*
check "that there is room again is told" until_true grep -q "$ends" $told.raw
check "of lines, too" until_true grep -q "$ends" $told.json
generate full 500
kill $raw $json
wait $raw
check "it ends well" test $? -eq 0
wait $json
check "lines, too" test $? -eq 0
# unwritten NAME: by the summary.
unwritten() { sed -n 's/.* \([0-9]*\) unwritten).*/\1/p' "$told.$1"; }
overrun() { sed -n 's/.* lost (\([0-9]*\) overrun.*/\1/p' "$told.$1"; }
all=$(accepted full)
check "its files are whole" whole $disk/raw*
check "they tell what they lack: $lost" test "$lost" -eq "$(($(unwritten raw) + $(overrun raw)))" -a "$lost" -gt 0
check "together that is all: $all" test $((records + lost)) -eq "$all"
check "the metrics tell it" test "$(awk '/^evlog_unwritten_events_total\{/ { n += $2 } END { print n }' $disk.prom)" -eq "$(unwritten raw)"
events=$(grep -c '"event":"generator"' $disk/json)
missing=$(sed -n 's/.*"event":"[ou][a-z]*".*"count":\([0-9]*\).*/\1/p' $disk/json | awk '{ n += $1 } END { print n + 0 }')
check "lines tell what is missing: $missing" test "$missing" -eq "$(($(unwritten json) + $(overrun json)))" -a "$missing" -gt 0
check "together that is all of them" test $((events + missing)) -eq "$all"
evringctl remove full
umount $disk

fill
evringctl create held --size 64K --block 4K --mode 0660 || exit 1
timeout 120 evlog --lossless --on-error wait --format raw --rotate-size 1M --output $log held 2>$told.wait &
pid=$!
until_true test -s $log
until_true each_told held $told.wait
generate held 1000
check "wait: that it begins is told" grep -Eq "^evlog: $begins; waiting until" $told.wait
rm $disk/ballast
check "and that it is over" until_true grep -q "$ends" $told.wait
generate held 500
kill $pid
wait $pid
check "wait: it ends well" test $? -eq 0
check "its files are whole" whole $log*
check "nothing is lost" test "$lost" -eq 0 -a "$records" -eq "$(accepted held)"
check "but what the kernel dropped, which is told: $drops" test "$drops" -eq "$(dropped held)"
evringctl remove held
umount $disk

### A disk that fails, and one that loses its power

if ! command -v dmsetup >/dev/null || [ ! -x /usr/local/bin/mke2fs ] || ! { stock ext4 dm-flakey && insmod /lib/stock/brd.ko rd_nr=1 rd_size=32768; }; then
	echo "no device-mapper here, with dm-flakey, brd and ext4: packaging/deps guest"
	[ "$failed" -ne 0 ] || exit 77
	exit 1
fi
device=/dev/dm-0
sectors=65536
table() { echo "0 $sectors $1"; }
dm() { dmsetup --noudevrules --noudevsync "$@"; }
# becomes TABLE: what the disk is from now on; what waits to be written stays where it is.
becomes() { dm suspend --nolockfs --noflush failing && dm load failing --table "$(table "$1")" && dm resume failing; }
good='linear /dev/ram0 0'
# begin MKFS-OPTION...: a good disk, and a lossless, durable log on it.
begin() {
	dm create failing --table "$(table "$good")" && /usr/local/bin/mke2fs -q -F "$@" $device &&
		mount -t ext4 $device $disk && evringctl create durable --size 64K --block 4K --mode 0660 || exit 1
	timeout 120 evlog --lossless --durable --on-error wait --format raw --rotate-size 1M --output $log durable 2>$told.durable &
	pid=$!
	until_true test -s $log
}
# What there is in memory is forgotten: what counts is the disk.
forget() { umount $disk && mount -t ext4 $device $disk; }
end() {
	evringctl remove durable
	umount $disk && dm remove failing
}

# fails_for_a_while TABLE MKFS-OPTION...: so it is while it fails.
fails_for_a_while() {
	bad=$1
	shift
	begin "$@"
	generate durable 500 1000
	becomes "$bad"
	generate durable 300 1000
	check "that it begins is told" until_true grep -Eq "$fails; waiting until" $told.durable
	becomes "$good"
	check "and that it is over" until_true grep -q "$ends" $told.durable
	generate durable 500 1000
	kill $pid
	wait $pid
	check "it ends well" test $? -eq 0
	check "that was told once" test "$(grep -c "$fails" $told.durable)" -eq 1
	forget
	check "the files are whole" whole $log*
	check "nothing is lost: $records records" test "$lost" -eq 0 -a "$records" -eq "$(accepted durable)"
	end
}
fails='^evlog: cannot write to .*: Input/output error'
unwritable='flakey /dev/ram0 0 0 3600 1 error_writes'
echo "# a disk that can be neither read nor written"
fails_for_a_while error -t ext4 -O ^has_journal
echo "# one that can be read"
fails_for_a_while "$unwritable" -t ext4 -O ^has_journal

# Its journal could not be written either: the filesystem takes nothing until it is mounted anew.
begin -t ext4
generate durable 500 1000
becomes "$unwritable"
generate durable 300 1000
sync
becomes "$good"
check "a filesystem that has given up: evlog waits" until_true grep -Eq "$fails|Read-only" $told.durable
kill $pid
wait $pid
check "asked to end it ends by status 1" test $? -eq 1
check "and says why" grep -q '^evlog: cannot write to .*; what its index tells of is whole' $told.durable
forget
check "mounted anew it has whole files" whole $log*
check "evlog goes on there" evlog --quiet --no-follow --format raw --output $log durable
check "they are whole still" whole $log*
check "they have what the ring held: $records records" test "$lost" -eq 0 -a "$records" -eq "$(accepted durable)"
end

begin -t ext4
evringctl attach durable gen:size=100,rate=2000,cpus=0-1 >/dev/null
much() { [ "$(accepted durable)" -gt 4000 ]; }
until_true much
# The ring has so many records that are not acknowledged, at most: it cannot have more.
sure=$(($(accepted durable) - 64 * 1024 / 120))
becomes "flakey /dev/ram0 0 0 3600 1 drop_writes"
kill -9 $pid
wait $pid 2>/dev/null
evringctl detach durable
umount $disk
becomes "$good"
mount -t ext4 $device $disk
check "a disk that lost its power: its files are whole" whole $log*
check "what was acknowledged is there: $sure of $records" test "$records" -ge "$sure" -a "$sure" -gt 3000 -a "$lost" -eq 0
check "it is gone on with" evlog --quiet --no-follow --format raw --output $log durable
check "and nothing is there twice" whole $log*
end
exit "$failed"
