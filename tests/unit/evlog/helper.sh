# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# How the unit tests of evlog build their helpers; they source it behind tests/unit/harness.sh.
# shellcheck disable=SC2154 # root and dir are the harness's
CC=${CC:-gcc}

# build OPTION... FILE...: compiles helpers of evlog's tests.
build() {
	"$CC" -O1 -g -std=gnu11 -Wall -Wextra -Werror -pthread -I "$root/consumer" \
		-I "$root/consumer/evlog" -I "$root/uapi" -I "$root/module" -I "$root/module/include" "$@"
}

# build_evlog OPTION... FILE...: the same, with all of the built evlog but its main().
build_evlog() {
	local source
	local -a objects libs
	for source in "$root"/consumer/evlog/*.c; do
		[[ $source = */main.c ]] ||
			objects+=("$root/build/obj/consumer/evlog/$(basename "$source" .c).o")
	done
	read -ra libs < <(make -s -C "$root" evlog-libs)
	build "$@" "${objects[@]}" "${libs[@]}" -ldl
}

# make_images KIND...: of a channel, by evlog/image.c, as KIND.img in $dir.
make_images() {
	local kind
	build -o "$dir/image" "$root/tests/unit/evlog/image.c" || return 1
	for kind; do
		"$dir/image" "$kind" "$dir/$kind.img" || return 1
	done
}
