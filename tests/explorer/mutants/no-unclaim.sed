# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: a block that a nested writer made needless is kept
# scenario: nested
s/^\t\tevring_unclaim\(.*\);$/\t\t;/
