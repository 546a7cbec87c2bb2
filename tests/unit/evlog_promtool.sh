#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions run by check()
#
# Prometheus's own tool takes what evlog --metrics writes: as the text format, without a remark, and
# as OpenMetrics; and it is not one that takes anything.
# BIN: folder of the built tools; CC: compiler for the helper.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
BIN=${BIN:-$root/build/bin}

find_program promtool prometheus
make_images all || exit 1
cd "$dir" || exit 1
"$BIN/evlog" --quiet --metrics evlog.prom all.img >out || exit 1

silent() { "$program" check metrics <"$1" >said 2>&1 && [ ! -s said ]; }
refused() { ! silent "$1"; }

check "promtool finds nothing to say" silent evlog.prom
sed 's/^# HELP evlog_lag.*//' evlog.prom >bad.prom
check "it would, without a HELP" refused bad.prom
# A file for backfilling has to be OpenMetrics, with a time.
sed '/^[^#]/s/$/ 1700000000/' evlog.prom >timed.prom
check "Prometheus reads it as OpenMetrics" "$program" tsdb create-blocks-from openmetrics timed.prom blocks
sed -i '$d' timed.prom
no_end() { ! "$program" tsdb create-blocks-from openmetrics timed.prom blocks; }
check "it would not, without the end" no_end
exit "$failed"
