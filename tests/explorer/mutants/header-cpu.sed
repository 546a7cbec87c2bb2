# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header walks back into blocks of another CPU
# scenario: claims
/^static inline uint32_t evring_walk_/,/^}/ s/ \|\| e\.cpu != cpu\)/)/
