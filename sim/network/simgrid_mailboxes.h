/* Mailboxes by (lane, sender, receiver). SimGrid never frees one (250 B), and the messages of one
 * mailbox stay in order, so each triple that is used gets one and keeps it. For the child only. */
#ifndef TW_NETWORK_SIMGRID_MAILBOXES_H
#define TW_NETWORK_SIMGRID_MAILBOXES_H

#include <simgrid/forward.h>
#include <stddef.h>
#include <stdint.h>

struct tw_mailboxes {
    struct tw_mailbox_slot *slots; /* a hash table, owned */
    size_t mask, used;
};

/* 0: no memory. Zeroed is closed. */
int tw_mailboxes_open(struct tw_mailboxes *mailboxes);
void tw_mailboxes_close(struct tw_mailboxes *mailboxes);

/* Below 2^28 ranks and 128 lanes. Gives way to other actors when it makes one; ends the process
 * with a message when there is no memory. */
sg_mailbox_t tw_mailbox_of(struct tw_mailboxes *mailboxes, int lane, int sender, int receiver);

#endif
