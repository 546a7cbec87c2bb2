# SPDX-License-Identifier: GPL-2.0
# source: module/ring.c
# what: the hint is written without asking whose block it is
# scenario: claims exchange cursor search search-cursor
# survives: a hint may be wrong at any time; readers ask whether it fits (header-hint)
s/if \(prev < r->nblocks && READ_ONCE\(r->index\[prev\]\.cpu\) == c->cpu\)/if (prev < r->nblocks)/
