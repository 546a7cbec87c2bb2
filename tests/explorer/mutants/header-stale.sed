# SPDX-License-Identifier: GPL-2.0
# source: consumer/evring.h
# what: the header takes what it copied of a block for what is in the next
# scenario: overrun nested exchange
/^static inline void evring_set_head_/,/^}/ s/^\tc->copied = EVRING_UNCOPIED_;$/\tif (!c->buffer) c->copied = EVRING_UNCOPIED_;/
