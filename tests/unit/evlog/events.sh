# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the unit tests of evlog that make event types have in common; they source it behind
# tests/unit/harness.sh.
#
# ids: the id of each event by its name.
# shellcheck disable=SC2154 # dir is the harness's
next=100
declare -A ids

# event SYSTEM/NAME PRINT FIELD...: an event of $dir/events, laid out as tracefs's folder.
# A field is "TYPE NAME:SIZE:SIGNED", each is behind the one before. The id is the next one.
event() {
	local folder=$dir/events/$1 print=$2 at=8 field declaration size

	mkdir -p "$folder"
	shift 2
	echo "$next" >"$folder/id"
	{
		printf 'name: %s\nID: %s\nformat:\n' "${folder##*/}" "$next"
		printf '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n'
		printf '\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n'
		printf '\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n'
		printf '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n'
		for field in "$@"; do
			declaration=${field%:*:*}
			size=${field%:*}
			size=${size##*:}
			printf '\tfield:%s;\toffset:%s;\tsize:%s;\tsigned:%s;\n' "$declaration" "$at" \
				"$size" "${field##*:}"
			at=$((at + size))
		done
		printf '\nprint fmt: %s\n' "$print"
	} >"$folder/format"
	# shellcheck disable=SC2034 # for who sources this
	ids[${folder##*/}]=$next
	next=$((next + 1))
}
