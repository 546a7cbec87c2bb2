// SPDX-License-Identifier: GPL-2.0
/*
 * A short replay of the fuzzer of system calls, tests/fuzz/ioctl.c.
 *
 * timeout: 150
 */
#include "../fuzz/ioctl.c"
