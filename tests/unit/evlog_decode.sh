#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# evlog's decoder with event types that no module has: each kind of field as JSON and as
# text, print fmts that libtraceevent cannot print, and payloads that lie about lengths,
# places, indexes and divisors, under sanitizers: what cannot be decoded is shown as bytes.
# CC: compiler for the helper.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
# shellcheck source=tests/unit/evlog/helper.sh
. "$(dirname "$0")/evlog/helper.sh"
# shellcheck source=tests/unit/evlog/events.sh
. "$(dirname "$0")/evlog/events.sh"

needs jq jq

make_helper() {
	local src=$root/consumer/evlog

	build -fsanitize=address,undefined -fno-sanitize-recover=all -o "$dir/decode" \
		"$root/tests/unit/evlog/decode.c" \
		"$src"/{text,json,line,decode,appendix,filter,near,value,bounds,builtin,task,tracefs,clock}.c \
		-ltraceevent
}

# show text|json NAME PAYLOAD: one record, behind whose common bytes PAYLOAD stands, in
# hexadecimal; an underscore there is only for the reader.
show() {
	local id=${ids[$2]}

	"$dir/decode" "$dir/events" "$1" "$id" "$(printf '%02x00000007000000%s' "$id" "${3//_/}")"
}

# json NAME PAYLOAD FILTER: true for the object.
json() {
	show json "$1" "$2" | jq -es "length == 1 and (.[0] | .system == \"test\" and .pid == 7 and ($3))"
}

# text NAME PAYLOAD REGEX: what the line has behind the name.
text() {
	show text "$1" "$2" | tee /dev/stderr | grep -Eq ": $3\$"
}

event test/numbers '"%d", REC->a' 's8 a:1:1' 'u8 b:1:0' 'short c:2:1' 'u32 d:4:0' 's64 e:8:1' \
	'unsigned long f:8:0' 'void * g:8:0' 'bool h:1:0'
event test/arrays '"-"' 's16 a[3]:6:1' 'u8 b[4]:4:0' 'char c[6]:6:0' 'struct thing d:3:0' \
	'u64 e[2]:16:0'
event test/dynamic '"%s", __get_str(a)' '__data_loc char[] a:4:0' '__data_loc s32[] b:4:1' \
	'__rel_loc char[] c:4:0' '__data_loc u8[] d:4:0'
event test/taken '"%d %d", REC->pid, REC->cpu' 'int pid:4:1' 'u32 cpu:4:0' 'char comm[8]:8:0'
event test/hex '"%s", __print_hex(REC->buf, REC->len)' 'u8 buf[8]:8:0' 'u32 len:4:0'
event test/hexes '"%s", __print_hex(__get_dynamic_array(buf), __get_dynamic_array_len(buf))' \
	'__data_loc u8[] buf:4:0'
event test/numbered '"%s", __print_array(__get_dynamic_array(v), REC->n, REC->each)' \
	'__data_loc u32[] v:4:0' 'u32 n:4:0' 'u32 each:4:0'
event test/divide '"%u", REC->a / REC->b' 'u32 a:4:0' 'u32 b:4:0'
event test/rest '"%u", REC->a % REC->b' 'u32 a:4:0' 'u32 b:4:0'
event test/width '"%.*s|", REC->n, REC->name' 'int n:4:1' 'char name[8]:8:0'
event test/wide '"%*d|", REC->n, REC->n' 'int n:4:1'
event test/indexed '"%llu", REC->args[REC->i]' 'u64 args[4]:32:0' 'u32 i:4:0'
event test/mask '"%s", __get_bitmask(m)' '__data_loc unsigned long[] m:4:0'
event test/cpus '"%s", __get_cpumask(m)' '__data_loc cpumask_t m:4:0'
event test/relative '"%d %s", __get_rel_dynamic_array_len(a), __get_rel_str(b)' \
	'__rel_loc u8[] a:4:0' '__rel_loc char[] b:4:0'
event test/address '"%pM %pI4 %pI6c %pISpc %pU", REC->m, REC->i, REC->j, __get_sockaddr(s), REC->u' \
	'u8 m[6]:6:0' 'u8 i[4]:4:0' 'u8 j[16]:16:0' '__data_loc u8[] s:4:0' 'u8 u[16]:16:0'
event test/names '"%s %s", REC->a & 3 ? __print_flags(REC->a, "|", { 1, "x" }, { 2, "y" }) : "none", __print_symbolic(REC->b, { 0, "zero" }, { 7, "seven" })' \
	'u32 a:4:0' 'u8 b:1:0'
event test/stranger '"%s", stranger(REC->a)' 'u32 a:4:0'
event test/pointer '"%s %ps", REC->a, REC->a' 'const char * a:8:0'
event test/tail '"%s", REC->a' 'char a[]:0:0'
event test/escape '"%s\n", REC->a' 'char a[8]:8:0'
event ftrace/bprint '"%ps: %s", (void *)REC->ip, REC->fmt' 'unsigned long ip:8:0' \
	'const char * fmt:8:0' 'u32 buf[]:0:0'
event ftrace/print '"%ps: %s", (void *)REC->ip, REC->buf' 'unsigned long ip:8:0' 'char buf[]:0:0'

check "helper builds" make_helper
[ "$failed" -eq 0 ] || exit 1

### What fields are

check "numbers have their signs, and are strings beyond 2^53" json numbers \
	ffff_feff_ffffffff_feffffffffffffff_0102030405060780_100000000000ffff_01 \
	'[.a, .b, .c, .d, .e, .f, .g, .h] == [-1, 255, -2, 4294967295, -2, "0x8007060504030201",
	 "0xffff000000000010", 1]'
check "arrays are arrays, characters strings, and the rest bytes" json arrays \
	ffff01000080_01fe0300_616200636465_0102ff_01000000000000000000000000000080 \
	'[.a, .b, .c, .d, .e] == [[-1, 1, -32768], [1, 254, 3, 0], "ab", "0102ff",
	 [1, "0x8000000000000000"]]'
check "fields of dynamic size" json dynamic \
	18000300_1c000800_10000200_1b000000_686900_00_01000000ffffffff_6f00 \
	'[.a, .b, .c, .d] == ["hi", [1, -1], "o", []]'
check "names that the head has" json taken 09000000_02000000_6964000000000000 \
	'[.pid_, .cpu_, .comm_, .cpu] == [9, 2, "id", 0]'
check "an array that is cut is bytes" json dynamic 18000100_1c000700_10000200_1b000000_0000_0000_01000000ffffffff_6f00 \
	'.b == "01000000ffffff"'

### What is printed

check "by the print fmt" text dynamic 18000300_1c000800_10000200_1b000000_686900_00_01000000ffffffff_6f00 hi
check "names of numbers" text names '0300000007' 'x\|y seven'
check "names of other numbers" text names '0400000001' 'none 0x1'
check "__print_hex" text hex '0102030405060708_03000000' '01 02 03'
check "__print_hex: a length beyond the payload" text hex '0102030405060708_0dffff7f' \
	'buf=\[1,2,3,4,5,6,7,8\] len=2147483405'
check "__print_hex of a dynamic array" text hexes '0c000200_aabb' 'aa bb'
check "__print_array" text numbered '14000800_02000000_04000000_0100000002000000' '1 2'
check "__print_array: too many" text numbered '14000800_03000000_04000000_0100000002000000' \
	'v=\[1,2\] n=3 each=4'
check "__print_array: of nothing" text numbered '14000800_ffffffff_00000000_0100000002000000' \
	'v=\[1,2\] n=4294967295 each=0'
check "a division" text divide '0900000002000000' '4'
check "a division by 0" text divide '0900000000000000' 'a=9 b=0'
check "a remainder" text rest '0900000004000000' '1'
check "a remainder by 0" text rest '0900000000000000' 'a=9 b=0'
check "a width" text width '02000000_6162636465660000' 'ab\|'
check "a width below 0" text width 'ffffffff_6162636465660000' 'n=-1 name=abcdef'
check "a width without end" text wide 'ffffff7f' 'n=2147483647'
check "an index" text indexed "$(printf '%016d' 1 2 3 4)02000000" '216172782113783808'
check "an index beyond the array, in the payload" text indexed "$(printf '%064d' 0)04000000" '.*i=4'
check "an index beyond everything" text indexed "$(printf '%064d' 0)00000080" '.*i=2147483648'
check "a mask" text mask '0c000800_0f00000000000000' '00000000,0000000f'
check "a mask of nothing" text mask '0c000000' 'm=\[\]'
check "CPUs" text cpus '0c000800_0d00000000000000' '0,2-3'
check "CPUs: none" text cpus '0c000000' 'm='
check "a length that libtraceevent cannot tell" text relative '04000200_02000200_aabb_6f00' \
	'a=\[170,187\] b=o'
check "addresses" text address \
	"0a0b0c0d0e0f_7f000001_$(printf '%032d' 1)_36001000_$(printf '%032d' 0)_02000050_0a000001_0000000000000000" \
	'0a:0b:0c:0d:0e:0f 127\.0\.0\.1 ::1 10\.0\.0\.1:80 0{8}-0000-.*'
check "a function that nobody knows" text stranger '07000000' 'a=7'
check "a pointer" text pointer '1122334455667788' '8877665544332211 0x8877665544332211'
check "the rest of the payload" text tail '68656c6c6f' 'hello'
check "what a terminal obeys" text escape '1b5b330a6d000000' '\\x1b\[3\\nm'
check "records of ftrace's own" text bprint '0000000000000000_1100000000000000_0000' \
	'ip=0 fmt=0x11 buf=.*'

### What is not there

check "a payload that is short" text numbers 'ff' 'short, 9 bytes [0-9a-f]{18}'
check "a dynamic field beyond the payload" text dynamic '18000400_18000000_04000000_18000000_6869' \
	'broken, .*'
check "a dynamic field that does not end" text dynamic '18000200_18000000_04000000_18000000_6869' \
	'a=hi b=\[\] c= d=\[\]'
check "a relative field beyond the payload" text relative 'ffff0100_00000000' 'broken, .*'
check "another type's payload" bash -c "
	'$dir/decode' '$dir/events' text ${ids[divide]} 0100000007000000090000000a000000 |
	grep -Eq '<\.\.\.>-\? +divide: broken, 16 bytes 0100000007000000090000000a000000$'"
check "unknown to all" bash -c "'$dir/decode' '$dir/events' json 99 6300000007000000 |
	jq -es '.[0] | .event == \"type-99\" and .pid == 7 and .payload_hex == \"6300000007000000\"'"

### Lies

for seed in 1 2 3; do
	for how in text json; do
		check "payloads that lie: $how, seed $seed" bash -c "
			'$dir/decode' '$dir/events' $how $seed 'a == 3' 'a == \"x\"' 'n > 2 && n < 5' \
				'buf == 1' 'c =~ \"x.*\"' 'name != \"a\"' 'common_pid < 20 || COMM == \"y\"' \
				>'$dir/$how' 2>'$dir/told'"
		check "most were printed: seed $seed" bash -c "
			sed -n 's/.*known, \([0-9]*\) printed.*/\1/p' '$dir/told' | { read -r n && test \"\$n\" -ge 18; }"
	done
	check "each line is JSON: seed $seed" jq -es 'length > 4000' "$dir/json"
	check "nothing that a terminal obeys: seed $seed" bash -c "! LC_ALL=C grep -aq '[[:cntrl:]]' '$dir/text'"
done
exit "$failed"
