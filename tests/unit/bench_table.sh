#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # Markdown's quotes; functions run by check()
#
# What make bench-table writes: the tables between the marker lines and nothing else of the file
# changed, medians rounded, ratios of what was measured, date, kernel and command; and what it says
# without markers or results.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
mkdir -p "$dir/bench" "$dir/build/bench"
cp "$root"/bench/table "$root"/bench/table.jq "$dir/bench"
cd "$dir" || exit 1

needs jq jq

line() { grep -qxF -- "$1" file.md || { echo "no line: $1" && cat file.md && return 1; }; }
holds() { grep -qF -- "$1" file.md || { echo "nowhere: $1" && cat file.md && return 1; }; }

fails_with() {
	local text=$1
	shift
	! "$@" >out 2>&1 || return 1
	grep -qF -- "$text" out || { cat out && return 1; }
}

# result MODE NAME VARIANT PAYLOAD COST
result() {
	printf '{ "mode": "%s", "name": "%s", "variant": "%s", "payload": %s, "producers": 1, "samples": [1, 2, 3],
		"ns_per_record": { "median": %s, "min": 1, "max": 9 } }' "$@"
}

kept='{ "mode": "history", "name": "kfifo", "variant": "oldest", "payload": 64, "producers": 1, "samples": [1],
	"buffer_bytes_per_record": { "median": 80.16 } }'
printf '{ "program": "evbench", "date": "2026-03-04T05:06:07Z", "machine": { "kernel": "Linux 6.1",
	"accelerator": "TCG", "icount": true }, "results": [ %s, %s, %s, %s, %s, %s, %s ] }\n' \
	"$(result consume inplace '' 16 11.66)" "$(result consume inplace '' 64 12)" \
	"$(result consume read-64k '' 16 46.64)" "$(result consume read-64k '' 64 36)" \
	"$(result consume read-1 '' 64 1200)" "$(result emit emit none 64 148.94)" "$kept" >build/bench/counted.json
echo 'tests/vm/run --icount -- evbench run' >build/bench/counted.command
printf '%s\n' before '<!-- bench: begin (make bench-table) -->' old '<!-- bench: end -->' after >file.md
cp file.md again.md

check writes bench/table file.md
check keeps_what_is_around eval '[ "$(head -n 1 file.md)$(tail -n 1 file.md)" = beforeafter ]'
check replaces_what_was_there eval '! grep -qx old file.md'
check tells_date_kernel_and_emulation eval 'holds "on 2026-03-04: Linux 6.1, a guest under emulation"'
check tells_the_command line '    tests/vm/run --icount -- evbench run'
check has_a_column_for_each_size line '|  | 16 B | 64 B |'
check rounds_medians line '| in place, by batch | 11.7 | 12.0 |'
check leaves_a_gap_where_nothing_was_measured line '| one record a `read()` |  | 1200.0 |'
check has_ratios line '| best `read()` against in place | 4.0x | 3.0x |'
check has_ratios_only_of_what_was_measured line '| one record a `read()` against in place |  | 100x |'
check has_emission line '| `evring_emit()` | 148.9 |'
check has_memory_by_what_is_kept line '| kfifo, spin lock, keeps the oldest | 80.2 |'
cp file.md brief.md
check writes_what_README_has bench/table brief.md brief
check that_has_less_rows eval '! grep -q "^| .evring_emit" brief.md && grep -q "^| in place" brief.md'
check and_says_where_the_others_are grep -qF bench/RESULTS.md brief.md
cp file.md once.md
check writes_again bench/table file.md
check is_the_same_twice cmp once.md file.md
echo nothing >plain.md
check wants_markers fails_with 'lacks the lines' bench/table plain.md
echo '{}' >build/bench/counted.json
check refuses_what_is_no_result fails_with 'run make bench again' bench/table file.md
check leaves_the_file_alone_then cmp once.md file.md
rm -r build/bench
check wants_results fails_with 'run make bench first' bench/table file.md
exit "$failed"
