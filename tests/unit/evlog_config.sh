#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions run by way of check()
#
# evlog's options from a file: what a line may be, that the command line comes before it, and how
# what is wrong is refused. --dry-run: it says what would be done, finds what would fail, and
# writes nothing.
# BIN: folder of the built tools; CC: compiler for the helper.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

make_images all || exit 1
cd "$dir" || exit 1

# config LINE...: the file, and what evlog makes of the image with it and the arguments in ARGS.
config() {
	printf '%s\n' "$@" >evlog.conf
	"$BIN/evlog" --config evlog.conf "${ARGS[@]}" all.img >out 2>err
	status=$?
}

# shows EXPECTED LINE...: as much on standard output.
shows() {
	local expected=$1

	shift
	config "$@"
	[ "$status" -eq 0 ] && [ "$(wc -l <out)" -eq "$expected" ] && [ ! -s err ] && return
	cat out err
	return 1
}

# refused MESSAGE LINE...: by status 2 and one line that is like MESSAGE, and nothing is shown.
refused() {
	local message=$1

	shift
	config "$@"
	[ "$status" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "^evlog: $message" err && [ ! -s out ] && return
	cat out err
	return 1
}

ARGS=(--quiet)
check "a line is an option" shows 3 'count = 3'
check "spaces, comments, empty lines" shows 3 '# for people' '' '	count	=	3  ' '   # more'
check "an option that takes nothing" shows 3 'json' 'count=3' 'new = no'
check "and it was taken" grep -q '^{"event":"fork"' out
check "a value is taken as it is" shows 3 'where = prev_comm == "bash"'
check "several lines of one option" shows 4 'event = switch' 'event = exit' 'where = prev_prio == 120' 'where = exit_code == 256'
check "a file of comments" shows "$("$BIN/evlog" -q all.img | wc -l)" '# nothing'
printf 'count = 3' >evlog.conf
check "no newline at the end" test "$("$BIN/evlog" -q --config evlog.conf all.img | wc -l)" -eq 3

ARGS=(--quiet -n 2)
check "the command line comes before the file" shows 2 'count = 3'
ARGS=(--quiet --event exit)
check "and takes the place of all its lines" shows 11 'event = switch' 'event = fork'
check "each of them" bash -c '! grep -Eq "switch|fork" out && grep -q exit: out'
ARGS=(--quiet --json=no)
check "an option undone" shows 3 'count = 3' 'json'
check "it was" bash -c '! grep -q "{" out'
ARGS=(--quiet=no)
config 'quiet' 'count = 1'
check "--quiet undone" grep -q '1 events' err

ARGS=(--quiet)
check "an unknown key: file, line, and what is near" refused 'evlog.conf:2: outptu: there is no such option; near: output;' '' 'outptu = a'
check "a key has to be whole" refused 'evlog.conf:1: coun: there is no such option; near: count' 'coun = 3'
check "a bad value" refused 'evlog.conf:3: --count x: not a whole number' '# 1' '# 2' 'count = x'
check "a value that is missing" refused 'evlog.conf:1: count: it needs a value' 'count ='
check "no value at all" refused 'evlog.conf:1: count: it needs a value' 'count'
check "neither yes nor no" refused 'evlog.conf:1: --lossless maybe: only yes or no' 'lossless = maybe'
check "no line of the form" refused 'evlog.conf:2: neither KEY = VALUE' 'count = 3' 'count 3'
check "a line without a key" refused 'evlog.conf:1: neither KEY = VALUE' '= 3'
check "an unknown format" refused 'evlog.conf:1: --format xml: there is no such format' 'format = xml'
check "a file in a file" refused 'evlog.conf:1: config: that is for the command line alone' 'config = a'
check "--help in a file" refused 'evlog.conf:1: help: that is for the command line alone' 'help'
check "options that contradict each other" refused '--new and --last' 'new' 'last = 5s'
printf 'count = 3\n\0\n' >nul.conf
ARGS=(--config nul.conf)
check "two files" refused '--config nul.conf: one file at a time' ''
for file in nul.conf nowhere .; do
	"$BIN/evlog" --config "$file" all.img >out 2>err
	status=$?
	check "--config $file: status 2" test "$status" -eq 2
	check "--config $file: one line" bash -c "[ \$(wc -l <err) -eq 1 ] && grep -q '^evlog: .*$file' err && [ ! -s out ]"
done

### One line each

for args in "--no-such" "-Z" "--count" "-n" "--count x" "--dead 1s" "--fo x" "--json=x" "a b"; do
	# shellcheck disable=SC2086
	"$BIN/evlog" $args all.img >out 2>err
	check "one line: evlog $args" bash -c "[ \$(wc -l <err) -eq 1 ] && grep -q '^evlog: ' err && [ ! -s out ]"
done

### --dry-run

dry() { "$BIN/evlog" --dry-run "$@" >out 2>err; }
says() { grep -q -- "$1" out || { cat out err; return 1; }; }
fails() {
	local message=$1

	shift
	dry "$@"
	[ $? -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q -- "^evlog: $message" err && return
	cat out err
	return 1
}

echo kept >there
check "--dry-run" dry --output there --count 3 --json all.img
check "it says what would be read" says '^would read .*/*all.img: an image of channel test, 256 KiB, 2 CPUs, clock monotonic$'
check "and how much" says '^from the oldest event on, at most 3 events, to what is there now$'
check "and what would be written" says '^would write json to there, in place of the 5 bytes there$'
check "nothing else" test ! -s err
check "nothing was written" grep -qx kept there
check "to a new file" dry --output new all.img
check "it says so" says '^would write text to new, a new file$'
check "it was not made" test ! -e new
check "what a configuration asks for" dry --config evlog.conf all.img
check "a trace" dry --format ctf --output trace all.img
check "it says so, too" says '^would write ctf to trace, a new directory$'
check "it was not made either" test ! -e trace
check "a trace where a file is" fails '--output there: could not be written: Not a directory' --format ctf --output there all.img
check "a trace without a name" fails '--format ctf: a trace is a directory' --format ctf all.img
check "a file where a folder is" fails '--output \.: could not be written: Is a directory' --output . all.img
check "no folder" fails '--output nowhere/x: could not be written: No such file' --output nowhere/x all.img
check "a channel that is not there" fails '.*nosuch: no such channel' nosuch
check "an image to be followed" fails '--follow: .* is an image' --follow all.img
check "the image itself" fails '.*that is what is being read' --output all.img all.img
dry --where 'prev_pid = 3' all.img
check "a bad expression: status 2" test $? -eq 2
dry --config nul.conf all.img
check "a bad configuration: status 2" test $? -eq 2
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$dir" && chmod 644 there all.img
	nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$BIN/evlog" --dry-run --output "$1" all.img 2>err; }
	check "a folder that may not be written to" bash -c "! $(declare -f nobody); BIN='$BIN' nobody new; [ \$? -eq 1 ]"
	check "it says so" grep -q '^evlog: --output new: could not be written: Permission denied$' err
	check "a file that may not be written to" bash -c "! $(declare -f nobody); BIN='$BIN' nobody there; [ \$? -eq 1 ]"
	check "it says so, too" grep -q '^evlog: --output there: could not be written: Permission denied$' err
fi
exit "$failed"
