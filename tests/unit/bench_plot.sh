#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions run by check()
#
# What evbench plot draws of a document: a picture over each axis that has two positions, titled
# with kernel and command, with every curve named; and what it says where there is nothing to draw,
# no gnuplot or no such file.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
evbench=$root/build/bin/evbench
cd "$dir" || exit 1

needs gnuplot gnuplot-nox

# result MODE NAME VARIANT PAYLOAD PRODUCERS RECORDS-A-SECOND
result() {
	printf '{ "mode": "%s", "name": "%s", "variant": "%s", "payload": %s, "producers": %s,
		"records_per_s": { "median": %s, "min": 1, "max": 9e9 } }' "$@"
}

# latency NAME RATE
latency() {
	printf '{ "mode": "latency", "name": "%s", "variant": "", "payload": 64, "rate": %s,
		"percentiles": [[0, 1000], [50, 2000], [99, 9000], [100, 20000]] }' "$@"
}

# document RESULT...
document() {
	local comma=''
	printf '{ "program": "evbench", "date": "2026-01-01T00:00:00Z",
		"command": "evbench run -b it'\''s_this", "parameters": {},
		"machine": { "kernel": "Linux 6.1_x", "accelerator": "TCG", "icount": false },
		"results": ['
	while [ $# -gt 0 ]; do
		printf '%s%s' "$comma" "$1"
		comma=,
		shift
	done
	printf '] }\n'
}

document "$(result consume inplace '' 16 1 2e6)" "$(result consume read-64k '' 16 1 1e6)" \
	"$(result consume inplace '' 1024 1 1e6)" "$(result consume read-64k '' 1024 1 1e5)" \
	"$(result emit emit none 64 1 5e6)" "$(result emit emit none 64 2 9e6)" >two.json
document "$(result consume inplace '' 64 1 2e6)" "$(result emit emit none 64 1 5e6)" >one.json
document "$(result consume inplace '' 16 1 2e6)" "$(result consume inplace '' 64 1 null)" >null.json
document "$(latency polling 100)" "$(latency epoll 100)" "$(latency epoll 5000)" >latency.json

is() { [ "$1" = "$2" ] || { printf '%s\ninstead of\n%s\n' "$1" "$2" && return 1; }; }
holds() { grep -qF -- "$2" "$1" || { echo "$1 holds no $2" && return 1; }; }
fails_with() {
	local text=$1
	shift
	"$@" >out 2>&1
	is $? 1 && holds out "$text"
}

check draws "$evbench" plot two.json "a dir, it's new"
mv "a dir, it's new" pictures
check makes_what_has_a_curve is "$(ls pictures)" $'consume-size.svg\nemit-producers.svg'
check names_curves eval 'holds pictures/consume-size.svg inplace && holds pictures/consume-size.svg read-64k'
check names_the_kernel holds pictures/consume-size.svg 'Linux 6.1_x; accelerator TCG'
check names_the_command holds pictures/consume-size.svg "evbench run -b it's_this"
check has_units eval 'holds pictures/consume-size.svg "payload, bytes" && holds pictures/consume-size.svg records/s'
check says_which_payload holds pictures/emit-producers.svg '64 bytes of payload'
check draws_the_first_curve_solid is "$(grep -c stroke-dasharray pictures/emit-producers.svg)" 0
check draws_the_second_with_dashes eval 'grep -q stroke-dasharray pictures/consume-size.svg'
check draws_latencies "$evbench" plot latency.json latency
check draws_each_rate is "$(ls latency)" $'latency-100.svg\nlatency-5000.svg'
check latency_has_percentiles eval 'holds latency/latency-100.svg "<tspan>99</tspan>" || holds latency/latency-100.svg 99'
check latency_names_its_axis holds latency/latency-100.svg 'percentile of records'
check latency_has_a_unit holds latency/latency-100.svg 'latency, µs'
check latency_has_its_readers eval 'holds latency/latency-100.svg polling && ! grep -q polling latency/latency-5000.svg'
sed 's/"icount": false/"icount": true/' two.json >counted.json
check draws_instructions "$evbench" plot counted.json counted
check names_instructions holds counted/consume-size.svg 'instructions, median'
check one_size_is_no_curve fails_with 'nothing to draw' "$evbench" plot one.json none
check no_figure_is_no_point fails_with 'nothing to draw' "$evbench" plot null.json none
check no_such_file fails_with 'absent.json' "$evbench" plot absent.json none
check dir_is_a_file fails_with 'not a folder' "$evbench" plot two.json one.json
mkdir nothing && ln -s /bin/sh nothing/sh
check names_the_package fails_with 'install the package gnuplot-nox' env PATH="$dir/nothing" "$evbench" plot two.json none2
check names_the_package_before_it_runs fails_with 'install the package gnuplot-nox' \
	env PATH="$dir/nothing" "$evbench" run --plot none2
"$evbench" plot two.json 2>out
check takes_a_folder is $? 2
exit "$failed"
