#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016,SC2317 # sed's own in single quotes; functions run by check()
#
# A driver outside of this tree: make install puts there what module/README.md says, and with that,
# the Kbuild file that stands there and nothing of this tree a copy of the sample builds without a
# warning, is loaded in a guest beside the module, whose tools then have its events. Without the
# module's symbols it does not build.
#
# timeout: 900

set -u
# shellcheck source=tests/unit/harness.sh
. "$(dirname "$0")/harness.sh"
unset MAKEFLAGS MAKELEVEL KDIR PREFIX DESTDIR

for tool in qemu-system-x86_64 cpio modprobe; do
	command -v "$tool" >/dev/null || { echo "$tool is missing; run packaging/deps guest" && exit 77; }
done
kernel=$("$root/tests/vm/kernels" fetch) || exit 1
release=$(cat "$kernel/release")
development=$dir/usr/local/src/evring

# The first column of the table in module/README.md, for this kernel.
promised() {
	sed -n '/^## What `make install` puts where/,$s/^| `\([^`]*\)`.*/\1/p' "$root/module/README.md" |
		sed "s/RELEASE/$release/" | LC_ALL=C sort
}

as_promised() {
	(cd "$development" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$dir/there"
	promised >"$dir/promised"
	test -s "$dir/promised" && diff "$dir/promised" "$dir/there"
}

check "make install" make -s -C "$root" install KDIR="$kernel/kbuild" DESTDIR="$dir"
check "all that it says for driver authors, and no more" as_promised

# The Kbuild file of module/README.md, in a folder with the sample.
mkdir "$dir/driver"
sed -n '/^```make$/,/^```$/{/^```/!p}' "$root/module/README.md" |
	sed "s,/usr/local,$dir&," >"$dir/driver/Kbuild"
cp "$root/module/samples/evring_pulse.c" "$dir/driver/mydriver.c"

build() { make -s -C "$kernel/kbuild" M="$dir/driver" KCFLAGS=-Werror modules; }
fails() { ! "$@"; }

check "the sample builds" build
check "without a warning" fails grep -i warning "$dir/check.out"
check "it is a module" test -s "$dir/driver/mydriver.ko"
check "which needs evring" bash -c "modinfo -F depends '$dir/driver/mydriver.ko' | grep -qx evring"
check "in a guest its events arrive" "$root/tests/vm/run" --smp 2 --timeout 60 \
	--with "$dir/driver/mydriver.ko" -- sh -c 'insmod /lib/evring/mydriver.ko period_ms=20 &&
		evringctl events | grep -q " pulse$" && evlog pulse --count 5 2>&1 >/dev/null | grep "^evlog: 5 events, 0 lost" &&
		rmmod mydriver'

mv "$development/$release/Module.symvers" "$dir/symvers"
rm -f "$dir/driver"/*.ko "$dir/driver"/*.o "$dir/driver"/*.mod*
check "without Module.symvers it does not build" fails build
exit "$failed"
