# SPDX-License-Identifier: GPL-2.0
#
# Check the loads and fences in a disassembly of codegen.c for AArch64: one line for
# each function that is wrong.

# Bytes do not count: "1288: ldar x1, [x0]" becomes code[n] = "ldar x1, [x0]".
/^[0-9a-f]+ <.*>:$/ {
	check()
	name = $2
	gsub(/[<>:]/, "", name)
	n = 0
	next
}

/^ *[0-9a-f]+:\t/ {
	sub(/^ *[0-9a-f]+:\t/, "")
	gsub(/[ \t]+/, " ")
	code[++n] = $0
}

END {
	check()
	for (f in wanted)
		if (!seen[f])
			wrong(f, "is not there")
	exit failed
}

BEGIN {
	split("cur entry head copy copy_any look in_place follow gather evring_run_end_", list, " ")
	for (i in list)
		wanted[list[i]] = 1
}

function wrong(who, what) {
	print who ": " what
	failed = 1
}

function is_acquire(i) { return code[i] ~ /^(ldar|ldapr|ldapur) / }
function is_fence(i) { return code[i] ~ /^dmb (ish|ishld|ld|sy|osh|oshld)$/ }
function is_load(i) { return code[i] ~ /^ld[a-z0-9]* / }
function is_memcpy(i) { return code[i] ~ /^bl .*<memcpy>/ }
function loads_of(i, base) { return is_load(i) && index(code[i], "[" base "]") + index(code[i], "[" base ",") }

# Does the instruction put something into x0 or w0?
function ends_x0(i) { return is_load(i) && code[i] ~ /^[a-z0-9]+ ([xw][0-9]+, )?[xw]0,/ || \
			     code[i] ~ /^(mov|add|sub|and) [xw]0,/ }

# How many values are loaded from instruction @a to @b.
function values(a, b,    i, count) {
	for (i = a; i <= b; i++)
		count += is_load(i) ? (code[i] ~ /^ldn?p / ? 2 : 1) : 0
	return count + 0
}

function first(kind, from,    i) {
	for (i = from; i <= n; i++)
		if (kind == "acquire" && is_acquire(i) || kind == "fence" && is_fence(i) || \
		    kind == "memcpy" && is_memcpy(i) || kind == "load" && is_load(i) || \
		    kind == "ret" && code[i] ~ /^ret/)
			return i
	return 0
}

# Barrier B: nothing is loaded after cur without its acquire.
function check_cur(    i) {
	for (i = n; i > 0 && !is_load(i); i--)
		;
	if (!is_acquire(i))
		wrong(name, "cur is loaded by " code[i])
}

# An acquire, @least values, a fence, then gen.
function check_seq(least,    a, d) {
	a = first("acquire", 1)
	d = first("fence", a + 1)
	if (!a || !d)
		wrong(name, "no acquire load with a fence after it")
	else if (values(a + 1, d) < least)
		wrong(name, "not all is loaded between the acquire and the fence")
	else if (!first("load", d + 1))
		wrong(name, "gen is not loaded after the fence")
	else if (least && values(d, n) != 1)
		wrong(name, "more than gen is loaded after the fence")
}

# All loads at x0 before the fence, the one at x1 after it.
function check_args(    i, d, data, gen, mine) {
	d = first("fence", 1)
	mine = 1
	for (i = 1; i <= n; i++) {
		if (mine && loads_of(i, "x0")) {
			data++
			if (i > d)
				wrong(name, "a record is loaded after the fence: " code[i])
		}
		if (loads_of(i, "x1")) {
			gen++
			if (i < d)
				wrong(name, "gen is loaded before the fence")
		}
		if (ends_x0(i))
			mine = 0
	}
	if (!d || !data || gen != 1)
		wrong(name, "no fence, no load of a record, or not one of gen")
}

# A call of memcpy, then a fence, then a load, all before the function returns.
function check_call(    c, d, r) {
	c = first("memcpy", 1)
	d = first("fence", c + 1)
	r = first("ret", c + 1)
	if (!c || !d || d > r || !first("load", d + 1) || first("load", d + 1) > r)
		wrong(name, "no fence and load of gen after the copy")
}

# A fence and a load after it; what comes before is a loop over the records.
function check_fence(    d) {
	d = first("fence", 1)
	if (!d || !first("load", d + 1))
		wrong(name, "no fence with a load of gen after it")
}

function check() {
	seen[name] = 1
	if (name == "cur")
		check_cur()
	else if (name == "entry")
		check_seq(5)
	else if (name == "head" || name == "follow")
		check_seq(0)
	else if (name == "copy" || name == "look" || name == "in_place")
		check_args()
	else if (name == "copy_any" || name == "gather")
		check_call()
	else if (name == "evring_run_end_")
		check_fence()
}
