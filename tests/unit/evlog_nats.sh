#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # bash -c expands; functions run by way of check()
#
# evlog --to and evlog pull with a real nats-server on this machine: every event arrives, and
# arrives once, whatever happens to the server and to evlog; what cannot be is said clearly.
# timeout: 180
# BIN: folder of the built tools; CC: compiler for the helpers.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
# shellcheck source=tests/unit/evlog/credentials.sh
. "$root/tests/unit/evlog/credentials.sh"
BIN=${BIN:-$root/build/bin}

find_program nats-server nats-server
nats_server=$program
needs openssl openssl
needs jq jq
if [ ! -e /usr/include/nats/nats.h ]; then
	echo "evlog was built without NATS: apt install libnats-dev"
	exit 77
fi

# --- helpers ------------------------------------------------------------------------

# Below the ports that a client gets, so that none is in the way when the server comes back.
server='' port=$((RANDOM % 12000 + 20000))
trap '[ -z "$server" ] || kill -9 "$server"; rm -rf "$dir"' EXIT

make_helpers() {
	local unit=$root/tests/unit/evlog
	make_images all many some none && build -o "$dir/stream" "$unit/stream.c" -lnats &&
		build_evlog -o "$dir/live" "$unit/live.c"
}

# until_true COMMAND...: waits until it succeeds, but not for ever.
until_true() {
	local _
	for _ in {1..500}; do
		"$@" && return 0
		sleep 0.02
	done
	return 1
}

# start [OPTION...]: a server, always at the same port.
start() {
	stop
	rm -f "$dir/server.log"
	"$nats_server" -a 127.0.0.1 -p "$port" -js -sd "$dir/store" "$@" >"$dir/server.log" 2>&1 &
	server=$!
	disown
	until_true grep -qs 'Server is ready' "$dir/server.log"
	at=nats://127.0.0.1:$port
	grep -q 'Server is ready' "$dir/server.log" || tail -n 3 "$dir/server.log"
}

# It may have been stopped already.
stop() {
	[ -n "$server" ] || return 0
	kill -9 "$server" 2>/dev/null
	while kill -0 "$server" 2>/dev/null; do sleep 0.01; done
	server=''
}

# fresh [BYTES [WINDOW_MS [MESSAGE_BYTES]]]: no spool, and an empty stream.
fresh() {
	stop
	rm -rf "$dir/store" "$dir/spool"
	start
	stream make LOG 'log.>' "$@"
}

stream() { "$dir/stream" "$at" "$@"; }

# send [OPTION...] IMAGE
send() { timeout 60 "$BIN/evlog" --to "$at/log.a" "$@"; }
spool_send() { send --spool "$dir/spool" "$@"; }
pull() { timeout 60 "$BIN/evlog" pull -q "$@"; }

# has_stored COUNT: the stream has so many messages.
has_stored() { [ "$(stream count LOG)" -ge "$1" ]; }

# is_larger SIZE GLOB: the files have more than SIZE bytes.
is_larger() {
	# shellcheck disable=SC2086 # a glob is meant
	[ "$(cat $2 2>/dev/null | wc -c)" -gt "$1" ]
}

# All $1 events are in the stream, each once, those of each CPU in order if $2 is there.
all_once() {
	stream ids LOG >"$dir/ids" || return 1
	[ "$(wc -l <"$dir/ids")" -eq "$1" ] || { wc -l <"$dir/ids" && return 1; }
	[ "$(sort -u "$dir/ids" | wc -l)" -eq "$1" ] || { echo double: && sort "$dir/ids" | uniq -d && return 1; }
	[ -z "${2-}" ] || awk -F: '{ if ($4 != n[$3]++) { print "order:", $0; exit 1 } }' "$dir/ids"
}

# told COMMAND...: keeps what it says in $dir/told; its status.
told() { "$@" 2>"$dir/told" || { local status=$? && cat "$dir/told" && return "$status"; }; }
says() { grep -Eq -- "$1" "$dir/told" || { cat "$dir/told" && return 1; }; }
spool_is_empty() { ! compgen -G "$dir/spool/*.spool"; }

says_one_line() { [ "$(wc -l <"$dir/told")" -eq 1 ] || { cat "$dir/told" && return 1; }; }

# refused STATUS MESSAGE COMMAND...: what is wrong with a command line is told in one line.
refused() {
	local want=$1 message=$2 status=0
	shift 2
	"$@" >"$dir/told" 2>&1 || status=$?
	if [ "$status" -ne "$want" ] || ! says "$message" || { [ "$want" = 2 ] && ! says_one_line; }; then
		echo "status $status"
		return 1
	fi
}

check "helpers build" make_helpers
[ "$failed" -eq 0 ] || exit 1
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
start
some=12000 many=40000

# --- what is published -----------------------------------------------------------------

no_lines() { jq -c 'del(.host, .channel)' "$@"; }

stream make LOG 'log.>'
check "--dry-run" bash -c "'$BIN/evlog' --dry-run --to '$at/log.a' --spool '$dir/dry' '$dir/all.img' |
	grep -q 'would publish json to .*, stream LOG, with a spool of 256 MiB in'"
check "does nothing" bash -c "! test -e '$dir/dry' && test '$(stream count LOG)' -eq 0"
check "an image" told send "$dir/all.img"
"$BIN/evlog" -q -j --wall "$dir/all.img" >"$dir/all.json"
check "each event is a message" all_once "$(wc -l <"$dir/all.json")"
check "pull: the same lines as --json --wall, in the same order" \
	bash -c "diff <(jq -c . '$dir/all.json') <('$BIN/evlog' pull -q '$at/log.a' | jq -c 'del(.host, .channel)')"
check "a message tells machine and channel" bash -c "
	'$BIN/evlog' pull -q '$at/log.a' | jq -es --arg host '$(hostname)' 'all(.host == \$host and .channel == \"test\")'"
check "ids: boot, channel and its creation, CPU, number" \
	grep -qx '0\{32\}:test@10000000000:1:0' "$dir/ids"
check "ids of losses tell more" grep -qx '0\{32\}:test@10000000000:1:[0-9]*:dropped:7:0' "$dir/ids"
check "the same again" told send "$dir/all.img"
check "is told" says '0 stored, 81 were there'
check "and changes nothing" all_once "$(wc -l <"$dir/all.json")"
check "a filter and a format" told send --text --event fork "$dir/none.img"
fresh
check "text lines" told send --text "$dir/all.img"
check "without a newline" bash -c "'$BIN/evlog' -q --text '$dir/all.img' --wall | diff - <('$BIN/evlog' pull -q '$at/log.a')"

# --- what happens to the server -----------------------------------------------------------

fresh
{ until_true has_stored 1000 && stop && sleep 0.3; } &
breaker=$!
told send "$dir/many.img" &
sender=$!
wait "$breaker"
start
check "the server killed and started again while events come" wait "$sender"
check "says so" says 'trying again, events wait'
check "every event is there once" all_once "$many"

fresh
{ until_true has_stored 1000 && kill -9 "$server"; } &
breaker=$!
check "the server killed, a spool: all is taken" told spool_send "$dir/many.img"
wait "$breaker"
check "says what is left" says '[1-9][0-9]* in the spool, 0 not delivered'
start
check "the next start sends what is left" told spool_send "$dir/many.img"
check "first, and reads nothing twice" says '^evlog: 0 events'
check "every event is there once, in order" all_once "$many" ordered
check "the spool is empty" spool_is_empty

fresh 500000
{ sleep 1; stream make LOG 'log.>'; } &
breaker=$!
check "a stream that is full, and gets room" told send "$dir/some.img"
wait "$breaker"
check "says so" says 'refuses events: maximum bytes exceeded; trying again'
check "every event is there once" all_once "$some"

fresh 500000
check "a stream that is full, a spool" told spool_send "$dir/some.img"
check "some is left" says '[1-9][0-9]* in the spool, 0 not delivered'
stream make LOG 'log.>'
check "it gets room: the next start" told spool_send "$dir/some.img"
check "every event is there once, in order" all_once "$some" ordered

# --- what happens to evlog -----------------------------------------------------------------

# $1: for how long the server knows duplicates.
kill_evlog() {
	fresh 0 "$1"
	{ until_true has_stored 1000 && kill -STOP "$server"; } &
	breaker=$!
	"$BIN/evlog" --to "$at/log.a" --spool "$dir/spool" "$dir/many.img" 2>/dev/null &
	sender=$!
	disown
	wait "$breaker"
	until_true is_larger 0 "$dir/spool/*.spool" || return 1
	kill -9 "$sender"
	while kill -0 "$sender" 2>/dev/null; do sleep 0.01; done
	kill -CONT "$server"
}
check "a server that stands still, and evlog killed" kill_evlog 120000
check "its spool is there" compgen -G "$dir/spool/*.spool"
check "the next start" told spool_send "$dir/many.img"
check "every event is there once" all_once "$many"

check "the same, and started when the server has forgotten what it had" kill_evlog 100
sleep 0.2
check "the next start" told spool_send "$dir/many.img"
check "finds out what is there" says '[1-9][0-9]* were there'
check "every event is there once" all_once "$many"

fresh
stop
spool_is_cut() {
	local last
	last=$(printf '%s\n' "$dir"/spool/*.spool | tail -n 1)
	truncate -s -5 "$last"
}
start && stream make LOG 'log.>' && told spool_send --count 10 "$dir/some.img" && stop
check "no server, a spool" told spool_send "$dir/some.img"
check "says so" says 'no server answers.*events go to the spool'
check "a message that was half written" spool_is_cut
start
check "the next start" told spool_send "$dir/some.img"
check "cuts it off" says 'bytes of a message that was not finished are cut off'
check "reads that event again" says '^evlog: 1 events'
check "every event is there once, in order" all_once "$some" ordered

# --- lossless ------------------------------------------------------------------------------

# live SPOOL: a lossless run over a channel of its own.
live() { told timeout 60 "$dir/live" "$at/log.live" "$1" 12000 >"$dir/live.out"; }

# accepted: what the channel of "live" accepted has arrived once, and its drops are told.
accepted() {
	local first second dropped
	read -r first second dropped <"$dir/live.out"
	stream ids LOG >"$dir/ids"
	grep -v dropped "$dir/ids" >"$dir/records"
	[ "$(sort -u "$dir/records" | wc -l)" -eq $((first + second)) ] || return 1
	[ "$(wc -l <"$dir/records")" -eq $((first + second)) ] || return 1
	[ "$(awk -F: '/dropped/ { n += $6 } END { print n + 0 }' "$dir/ids")" -eq "$dropped" ]
}

fresh
{ until_true has_stored 1000 && stop && sleep 0.5; } &
breaker=$!
live - &
sender=$!
wait "$breaker"
start
check "lossless, the server killed: the ring holds what waits" wait "$sender"
check "what is dropped is told" accepted

fresh
{ until_true has_stored 1000 && kill -STOP "$server" && sleep 2 && kill -CONT "$server"; } &
breaker=$!
check "lossless, a server that stands still, a spool" live "$dir/spool"
wait "$breaker"
check "everything arrived" accepted

fresh 200000
{ sleep 1; stream make LOG 'log.>'; } &
settled() { LIVE_COUNT="$dir/stream $at count LOG" told timeout 60 "$dir/live" "$at/log.live" - 2000; }
check "lossless: what the ring may forget is with the server" settled

# --- reading back ---------------------------------------------------------------------------

fresh
for i in 5 1 3; do stream put LOG log.a "a$i" "${i}000000000" "{\"n\":$i}"; done
for i in 6 2 4; do stream put LOG log.b "b$i" "${i}000000000" "{\"n\":$i}"; done
numbers() { jq -rs 'map(.n) | join(" ")'; }
check "pull: merged by time" bash -c "test \"\$('$BIN/evlog' pull -q '$at/log.*' | jq -rs 'map(.n) | join(\" \")')\" = '1 2 3 4 5 6'"
check "pull: one subject" bash -c "test \"\$('$BIN/evlog' pull -q '$at/log.b' | jq -rs 'map(.n) | join(\" \")')\" = '2 4 6'"
check "pull --count" bash -c "test \"\$('$BIN/evlog' pull -q -n 2 '$at/log.>' | jq -rs 'map(.n) | join(\" \")')\" = '1 2'"
check "pull of several addresses" bash -c "test \"\$('$BIN/evlog' pull -q '$at/log.a' '$at/log.b' | jq -rs 'map(.n) | join(\" \")')\" = '1 2 3 4 5 6'"
pull --follow -n 8 -o "$dir/followed" "$at/log.>" 2>"$dir/told" &
puller=$!
until_true is_larger 0 "$dir/followed"
stream put LOG log.a a8 8000000000 '{"n":8}'
stop
start
stream put LOG log.b b7 7000000000 '{"n":7}'
check "pull --follow, the server restarted" wait "$puller"
check "says so" says 'trying again'
check "pull --follow: all of it" bash -c "test \"\$(jq -rs 'map(.n) | sort | join(\" \")' '$dir/followed')\" = '1 2 3 4 5 6 7 8'"

# --- what cannot be -------------------------------------------------------------------------

for args in "--to x y" "--to nats://a y" "--to nats:///s y" "--to http://a/s y" "--to nats://a/s.* y" \
	"--to nats://a/s..t y" "--to nats://a/\$JS y" "--spool d y" "--to nats://a/s -o f y" \
	"--to nats://a/s --spool-size 1M y" "--to nats://a/s --spool-size x y" \
	"--to nats://a/s --format ctf y" "--to nats://a/s --tls-cert f y" "--creds f y" "pull" "pull x" "pull nats://a/s -n 0" "pull --no-such" \
	"pull --tls-ca= nats://a/s" "pull --tls-key f nats://a/s" "pull -o"; do
	# shellcheck disable=SC2086
	check "status 2: $args" refused 2 evlog "$BIN/evlog" $args
done
check "no stream has the subject: how to make one" \
	refused 1 "no JetStream stream takes the subject other: make one: nats stream add" \
	"$BIN/evlog" --to "$at/other" "$dir/all.img"
check "pull: no stream has it" refused 1 'no JetStream stream has the subject other' "$BIN/evlog" pull "$at/other"
check "nobody there" refused 1 'no server answers there' "$BIN/evlog" --to nats://127.0.0.1:1/log.a "$dir/all.img"
check "pull: nobody there" refused 1 'no server answers there' "$BIN/evlog" pull nats://127.0.0.1:1/log.a
fresh 0 0 200
check "a stream's messages have to be small" refused 1 'message size exceeds maximum.*larger messages' send "$dir/all.img"
mkdir "$dir/lock"
exec 9<"$dir/lock"
flock 9
check "a spool that another uses" refused 1 'another evlog uses it' send --spool "$dir/lock" "$dir/all.img"
exec 9<&-
stop
fresh && told spool_send --count 10 "$dir/some.img" && stop
told spool_send "$dir/some.img"
check "a spool of another subject" refused 1 'holds events for the subject log.a' \
	"$BIN/evlog" --to "$at/log.b" --spool "$dir/spool" "$dir/all.img"
check "a folder that cannot be used" refused 1 'cannot use it: No such file' \
	"$BIN/evlog" --to "$at/log.a" --spool /nowhere/spool "$dir/all.img"
rm -rf "$dir/spool"
full_spool() {
	local status=0
	"$BIN/evlog" --to "$at/log.a" --spool "$dir/spool" --spool-size 4M "$dir/many.img" 2>"$dir/told" &
	sender=$!
	until_true is_larger 4000000 "$dir/spool/*.spool" || return 1
	kill "$sender"
	wait "$sender" || status=$?
	[ "$status" -eq 1 ] && says 'ended by a signal while events waited' && says ' [1-9][0-9]* in the spool' &&
		[ "$(cat "$dir"/spool/*.spool | wc -c)" -le 4194304 ]
}
check "a spool that is full: waits, and ends when asked to" full_spool

cat >"$dir/auth.conf" <<-CONF
	max_payload: 300
	authorization { users = [
		{ user: all, password: a }
		{ user: mute, password: m, permissions: { publish: ["\$JS.API.>"] } }
	] }
CONF
fresh
stop
start -c "$dir/auth.conf"
plain=$at
at=nats://all:a@127.0.0.1:$port
check "a name and a password" told send "$dir/none.img"
check "none" refused 1 'does not let us in: .*give --creds FILE, or nats://USER' \
	"$BIN/evlog" --to "$plain/log.a" "$dir/none.img"
check "not allowed to publish" refused 1 'does not let us publish.*let this user publish log.a' \
	"$BIN/evlog" --to "nats://mute:m@127.0.0.1:$port/log.a" "$dir/none.img"
check "too large for the server" refused 1 'the server takes 300: raise max_payload' send "$dir/all.img"
stop
at=$plain
start -c /dev/null -js=false
check "no JetStream" refused 1 'no JetStream for us: start it with -js' send "$dir/all.img"
stop

# --- TLS -------------------------------------------------------------------------------------

certify() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=evlog-test \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
}
check "a certificate" certify
rm -rf "$dir/store"
start --tls --tlscert "$dir/cert.pem" --tlskey "$dir/key.pem" --tlsverify --tlscacert "$dir/cert.pem"
identity=(--tls-ca "$dir/cert.pem" --tls-cert "$dir/cert.pem" --tls-key "$dir/key.pem")
export STREAM_TLS=$dir/cert.pem STREAM_KEY=$dir/key.pem
stream make LOG 'log.>'
check "TLS" told send --tls "${identity[@]}" "$dir/none.img"
check "TLS because the address says so" told timeout 60 "$BIN/evlog" --to "tls://127.0.0.1:$port/log.a" \
	"${identity[@]}" "$dir/none.img"
check "pull, by TLS" bash -c 'test "$("$@" | wc -l)" -eq 2' - "$BIN/evlog" pull -q "${identity[@]}" "$at/log.a"
unset STREAM_TLS STREAM_KEY
check "a server that nobody vouches for" refused 1 'no TLS with the server.*--tls-ca' send --tls "$dir/all.img"
check "no such file" refused 1 'tls-ca /nowhere: No such file' send --tls --tls-ca /nowhere "$dir/all.img"
check "no certificate" refused 1 'holds no certificate' send --tls --tls-ca "$dir/all.json" "$dir/all.img"
check "no credentials file" refused 1 'creds /nowhere: No such file' send --creds /nowhere "$dir/all.img"
stop

# --- credentials files ------------------------------------------------------------------------

check "keys and tokens" make_credentials
rm -rf "$dir/store"
start -c "$dir/operator.conf"
export STREAM_CREDS=$dir/user.creds
stream make LOG 'log.>'
check "a credentials file" told send --creds "$dir/user.creds" "$dir/none.img"
check "pull, with one" bash -c 'test "$("$@" | wc -l)" -eq 2' - "$BIN/evlog" pull -q --creds "$dir/user.creds" "$at/log.a"
check "without it" refused 1 'does not let us in: .*give --creds' send "$dir/none.img"
exit "$failed"
