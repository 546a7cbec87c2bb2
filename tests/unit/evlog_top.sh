#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # tmux's own in single quotes; functions run by check()
#
# evlog top: printed, of an image and of a channel that lives (the test double); and on a terminal
# (tmux): what it shows as events come and are lost, its keys, another size, and how it ends.
# timeout: 180
# BIN: folder of the built tools; CC: compiler for the helpers.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

needs tmux tmux
make_images all || exit 1
build -o "$dir/driven" "$root/tests/unit/evlog/driven.c" || exit 1
cd "$dir" || exit 1
unset TMUX

# live: start a channel. $channel: its path. tell LINE...: what it shall do.
live() {
	rm -f orders path
	mkfifo orders
	./driven <orders >path &
	exec 7>orders
	until [ -s path ]; do sleep 0.02; done
	channel=$(cat path)
}
tell() { printf '%s\n' "$@" >&7; }

### Printed

top() { "$BIN/evlog" top "$@" >out 2>err; }
has() { grep -Eq -- "$1" out || { cat out err; return 1; }; }

check "an image" top --batch 1 all.img
check "its channel: events, losses, lag" has '^test +1.01k +[0-9.k]+ +79 +115 +9 +0$'
check "an event" has '^sys_enter +115 +[0-9.k]+ +9$'
check "a process" has '^ +1240 ls +[0-9.]+ +[0-9.k]+ +3$'
check "a CPU, and what was lost there" has '^1 +64 +[0-9.k]+ +5 +90 +7 +0$'
check "the loss is told at the top" has '^LOST 9 events: 0 overrun, 9 dropped; '
check "nothing a terminal obeys" bash -c '! LC_ALL=C grep -q "[^[:print:]]" out'
check "sorted by what is chosen" top --batch 1 --sort name --view event all.img
check "by name" bash -c 'sed -n "/^EVENT/,\$p" out | sed 1d >rows && [ -s rows ] && sort -V -c rows'
check "one view alone" bash -c '! grep -q "^PROCESS\|^CPU" out'

for args in "--batch 0" "--batch x" "--batch" "--delay 0" "--delay 0.05" "--delay x" "--delay 1e9" \
	"--sort colour" "--view channels" "--nosuch"; do
	# shellcheck disable=SC2086
	top $args all.img
	status=$?
	check "wrong usage: top $args" bash -c "[ $status -eq 2 ] && [ \$(wc -l <err) -eq 1 ] && grep -q '^evlog: top: ' err && [ ! -s out ]"
done
top nosuch
check "no such channel: status 1, one line" bash -c "[ $? -eq 1 ] && [ \$(wc -l <err) -eq 1 ] && grep -q '^evlog: ' err"
top all.img </dev/null
check "no terminal: it says what to do" bash -c "[ $? -eq 1 ] && grep -q '^evlog: top: this is no terminal: use --batch N$' err && [ ! -s out ]"
"$BIN/evlog" top --batch 1 all.img >/dev/full 2>err
check "an output that is full: status 1" bash -c "[ $? -eq 1 ] && grep -q 'cannot write to standard output' err"

live
"$BIN/evlog" top --batch 1000 --delay 0.1 "$channel" >out 2>err &
pid=$!
# prints PATTERN: soon.
prints() {
	local i

	for ((i = 0; i < 200; i++)); do
		grep -Eq -- "$1" out && return
		sleep 0.05
	done
	tail -n 20 out
	return 1
}
check "a channel that lives: first nothing" prints '^nothing lost'
tell 'emit 20 0 42 sh'
check "events come, with their rates" prints '^exit +[1-9][0-9]* .* 20$'
check "then no more: the rate ends" prints '^exit +0 +0 +20$'
tell 'drop 6 1'
check "drops" prints '^LOST 6 events: 0 overrun, 6 dropped; '
tell 'user 5000 1 9'
check "an overrun" prints '^LOST [1-9][0-9]{3} events: [0-9]+ overrun, 6 dropped; '
tell remove
check "its end is told" prints '^live \(removed\)'
wait "$pid"
check "and is the end" test $? -eq 0
check "all are accounted for" bash -c '
	set -- $(grep "^live" out | tail -n 1) && [ $(($5 + $7)) -eq 5026 ]'
exec 7>&-

### On a terminal

tm() { tmux -L "evlog-top-$$" -f /dev/null "$@" 7>&-; }
trap 'tm kill-server 2>/dev/null; rm -rf "$dir"' EXIT
# A session called t is what is looked at; the other one keeps the server.
start() { tm new-session -d -s t "$@"; }
seen() { tm capture-pane -t t: -p "$@" >screen && cat screen; }

# sees PATTERN: soon.
sees() {
	local i

	for ((i = 0; i < 100; i++)); do
		seen | grep -Eq -- "$1" && return
		sleep 0.05
	done
	seen
	return 1
}
lacks() {
	local i

	for ((i = 0; i < 100; i++)); do
		seen | grep -Eq -- "$1" || return 0
		sleep 0.05
	done
	cat screen
	return 1
}
press() { tm send-keys -t t: "$@"; }

tm new-session -d -s hold "sleep 170" || exit 1
live
start -x 100 -y 30 "'$BIN/evlog' top --delay 0.2 $channel; echo ended by \$?; sleep 60"
check "it starts" sees '^evlog top .*q quits, h helps'
check "nothing is lost yet" sees '^nothing lost'
tell 'emit 20 0 42 sh' 'user 30 1 7'
check "events come" sees '^exit +[0-9.k]+ +[0-9.k]+ +20$'
check "with their process" sees '^ +42 sh +[0-9.]+ +[0-9.k]+ +20$'
check "and their CPU" sees '^1 +[0-9.]+ +[0-9.k]+ +30 +0 +0 +0$'
check "most first" bash -c 'grep -A1 "^EVENT" screen | tail -n 1 | grep -q "^user"'
press r
check "r: least first" sees '^evlog top .*by rate, reversed'
check "it is so" bash -c 'grep -A1 "^EVENT" screen | tail -n 1 | grep -q "^exit"'
press r
for order in bytes events lost name rate; do
	press s
	check "s: by $order" sees "^evlog top .*by $order"
done
press p
check "p: processes" lacks '^EVENT'
check "and no CPUs, but the channel" bash -c 'grep -q "^PROCESS" screen && grep -q "^CHANNEL" screen && ! grep -q "^CPU" screen'
press e
check "e: events" sees '^EVENT'
press c
check "c: CPUs" sees '^CPU'
press a
check "a: all" sees '^PROCESS'
press h
check "h: help" sees 'sort by the next of'
press h
check "h: back" lacks 'sort by the next of'
press Space
check "space: it says that it is held" sees ', held'
tell 'emit 5 0 42 sh'
sleep 0.6
check "nothing changes" sees '^exit .* 20$'
press Space
check "space again: it goes on" sees '^exit .* 25$'
tell 'drop 4 0' 'user 5000 1 9'
check "a loss is told at the top" sees '^LOST [0-9]+ events: [0-9]+ overrun, 4 dropped'
alarm() { seen -e | grep -E 'LOST [0-9]+ events' | grep -Eq $'\e\\[[0-9;]*(41|1|7)'; }
check "and stands out" alarm
tm resize-window -t t: -x 60 -y 12
check "smaller: the loss is there still" sees '^LOST'
check "on so many lines" bash -c '[ $(wc -l <screen) -le 12 ] && [ $(wc -L <screen) -le 60 ]'
check "and the tables share them" sees '^CPU'
tm resize-window -t t: -x 30 -y 3
check "very small" sees '^LOST'
tm resize-window -t t: -x 120 -y 40
check "larger" sees '^CPU .* LAG$'
tell remove
check "removed: told, and it stays" sees '^live \(removed\)'
press q
check "q: it ends well, and leaves the terminal as it was" sees '^ended by 0'
tm kill-session -t t
start -x 80 -y 24 "'$BIN/evlog' top all.img; echo ended by \$?; sleep 60"
check "an image" sees '^test '
press C-c
check "interrupted: it ends well" sees '^ended by 0'
tm kill-session -t t
start -x 80 -y 24 "TERM=nosuch '$BIN/evlog' top all.img; echo ended by \$?; sleep 60"
check "an unknown terminal: it says so" sees 'a terminal of the kind nosuch is not known'
check "by status 1" sees '^ended by 1'
tm kill-server
exec 7>&-
wait
exit "$failed"
