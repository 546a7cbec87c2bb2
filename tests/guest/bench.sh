#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# evbench measures in every mode, writes all of it as JSON, which compare reads, finds a polling
# reader that cost no wake-up and sleeping ones that cost some, and every record in time order; it
# refuses what cannot be measured, and leaves no channel behind.
#
# vm: --smp 2
# shellcheck source=tests/guest/harness.sh
. harness.sh
out=/tmp/bench.out
evidence="$out"

# The column of a latency table's line: rate, then reader.
latency_of() { awk -v rate="$1" -v reader="$2" -v column="$3" '$1 == rate && index($0, reader) { print $(NF - column) }' "$out"; }

refuses() { ! evbench run "$@" >/dev/null 2>"$out" && grep -q -- "$1" "$out"; }

evbench run -m consume,emit,stream,faults,memory,latency,first -s 16,64 -n 3 --records 2000 -r 200,2000 -d 0.3 \
	-p 0 -c 1 --json /tmp/bench.json >"$out" 2>&1
check bench_measures_every_mode [ $? -eq 0 ]
for mode in consume emit stream faults memory latency first; do
	check "bench_${mode}_has_a_table" grep -q "^$mode: " "$out"
done
for observers in none idle '8 idle' '64 idle' asleep gating sleeping polling; do
	check "bench_emit_with_observers_$observers" grep -q "^  *64  *1  emit  *$observers  *[0-9]" "$out"
done
for idling in spin sleep batch; do
	for backend in inplace read-64k uring-64k; do
		check "bench_stream_${backend}_by_$idling" grep -q "^  *64  *1  $backend  *$idling  *[0-9]" "$out"
	done
done
# Columns from the right: CPU seconds, wake-ups, late p99, late p50, records, largest.
for rate in 200 2000; do
	check "bench_latency_counts_all_but_the_first_at_$rate" [ "$(latency_of "$rate" evring_wait 4)" -eq "$((rate * 9 / 10))" ]
	check "bench_latency_polling_wakes_nobody_at_$rate" [ "$(latency_of "$rate" polling 1)" -eq 0 ]
	if ! grep -q 'epoll, BPF ring is left out' "$out"; then
		for reader in 'BPF ring' 'BPF perf'; do
			check "bench_latency_${reader}_has_all_but_the_first_at_$rate" \
				[ "$(latency_of "$rate" "$reader" 4)" -eq "$((rate * 9 / 10))" ]
		done
	fi
	check "bench_latency_sleeping_is_woken_at_$rate" [ "$(latency_of "$rate" 'epoll, mapped' 1)" -gt 0 ]
done
evbench compare /tmp/bench.json /tmp/bench.json >"$out" 2>&1
check bench_compares_with_itself [ $? -eq 0 ]
check bench_compares_every_latency [ "$(grep -c '^latency ' "$out")" -ge 16 ]
check bench_leaves_no_channel sh -c '! evringctl list | grep evbench'
for wrong in '--rate 0' '--rate 1000001' '--duration 0' '--duration x' '--size 15'; do
	# shellcheck disable=SC2086 # an option and its value
	check "bench_refuses $wrong" refuses $wrong
done
evbench run --plot /tmp/none >"$out" 2>&1
check bench_without_gnuplot_names_the_package grep -q gnuplot-nox "$out"
exit "$failed"
