#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # sed's own in single quotes; functions run by check()
#
# make install puts there what consumer/README.md says, and nothing else; and with what is
# there, and nothing of this tree, programs can be compiled and manuals read.
# CC: the compiler.

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
CC=${CC:-gcc}
unset MAKEFLAGS MAKELEVEL KDIR PREFIX DESTDIR

in_tree() { make -s -C "$root" "$@"; }

# The first column of the table in consumer/README.md.
promised() {
	sed -n '/^## What `make install` puts where/,$s/^| `\([^`]*\)`.*/\1/p' "$root/consumer/README.md" |
		LC_ALL=C sort
}

# Those in the folder $1, with the modes that they have to have.
as_promised() {
	(cd "$1" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$dir/there"
	promised >"$dir/promised"
	test -s "$dir/promised" && diff "$dir/promised" "$dir/there" &&
		! find "$1" -type f -path '*/bin/*' ! -perm 755 | grep . &&
		! find "$1" -type f ! -path '*/bin/*' ! -perm 644 | grep .
}

only_below() { (cd "$1" && ! find . -type f ! -path "./$2/*" | grep .); }

check "make install-user" in_tree install-user DESTDIR="$dir/a" PREFIX=/opt/evring
check "all that it says, and no more" as_promised "$dir/a/opt/evring"
check "nothing beside PREFIX" only_below "$dir/a" opt/evring

kernel=/lib/modules/$(uname -r)/build
if [ -d "$kernel" ]; then
	check "make install would build the module" \
		bash -c "make -n -C '$root' install DESTDIR='$dir/b' | grep -q 'packaging/module install'"
else
	check "make install, without a kernel" in_tree install DESTDIR="$dir/b"
	mv "$dir/check.out" "$dir/said"
	check "it tells that the module is not there" grep -q "all but the module: there is no $kernel" \
		"$dir/said"
	check "the same below /usr/local" as_promised "$dir/b/usr/local"
	check "and nothing else" only_below "$dir/b" usr/local
	check "a kernel that was named has to be there" \
		bash -c "! make -s -C '$root' install DESTDIR='$dir/c' KDIR=/nowhere"
fi

installed=$dir/a/opt/evring
# The first program of consumer/README.md.
sed -n '/^```c$/,/^```$/{/^```$/q;/^```/!p}' "$root/consumer/README.md" >"$dir/readme.c"
cd "$dir" || exit 1
check "README's program compiles" "$CC" -std=c11 -Wall -Wextra -Werror -O2 -I "$installed/include" \
	-o readme readme.c
cp "$root/consumer/examples/double.c" .
check "a program with the double compiles" "$CC" -std=c11 -I "$installed/include" \
	-I "$installed/include/evring-core" -pthread -o double double.c
check "and runs" ./double
for tool in evlog evringctl evbench; do
	check "$tool runs" "$installed/bin/$tool" --version
	# Warnings of groff are failures.
	command -v groff >/dev/null || continue
	check "$tool has a manual" bash -c "
		groff -mandoc -Tutf8 -ww '$installed/share/man/man1/$tool.1' >man 2>warnings &&
		cat warnings && test ! -s warnings && grep -qi '$tool' man"
done
exit "$failed"
