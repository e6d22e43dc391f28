/* A hash table from (lane, sender, receiver) to SimGrid's mailbox, open addressing. */
#include <simgrid/mailbox.h>
#include <stdio.h>
#include <stdlib.h>
#include "simgrid_mailboxes.h"

struct tw_mailbox_slot {
    uint64_t key; /* lane · 2^56 + sender · 2^28 + receiver + 1; 0: empty */
    sg_mailbox_t mailbox;
};

static struct tw_mailbox_slot *slot_of(const struct tw_mailboxes *mailboxes, uint64_t key)
{
    size_t at = (size_t)((key * 0x9E3779B97F4A7C15U) >> 20) & mailboxes->mask;
    while (mailboxes->slots[at].key && mailboxes->slots[at].key != key)
        at = (at + 1) & mailboxes->mask;
    return &mailboxes->slots[at];
}

static int grow(struct tw_mailboxes *mailboxes)
{
    size_t size = mailboxes->slots ? 2 * (mailboxes->mask + 1) : 1024;
    struct tw_mailboxes larger = {calloc(size, sizeof *larger.slots), size - 1, mailboxes->used};
    if (!larger.slots)
        return 0;
    for (size_t i = 0; mailboxes->slots && i <= mailboxes->mask; i++)
        if (mailboxes->slots[i].key)
            *slot_of(&larger, mailboxes->slots[i].key) = mailboxes->slots[i];
    free(mailboxes->slots);
    *mailboxes = larger;
    return 1;
}

int tw_mailboxes_open(struct tw_mailboxes *mailboxes)
{
    return grow(mailboxes);
}

void tw_mailboxes_close(struct tw_mailboxes *mailboxes)
{
    free(mailboxes->slots);
    *mailboxes = (struct tw_mailboxes){0};
}

sg_mailbox_t tw_mailbox_of(struct tw_mailboxes *mailboxes, int lane, int sender, int receiver)
{
    uint64_t key = ((uint64_t)lane << 56 | (uint64_t)sender << 28 | (uint64_t)receiver) + 1;
    struct tw_mailbox_slot *slot = slot_of(mailboxes, key);
    if (slot->key)
        return slot->mailbox;
    char name[48];
    snprintf(name, sizeof name, "%d:%d>%d", lane, sender, receiver);
    /* Gives way to other actors, which may fill the same slot or move the table. */
    sg_mailbox_t mailbox = sg_mailbox_by_name(name);
    if (2 * mailboxes->used > mailboxes->mask && !grow(mailboxes)) {
        fputs("[child/CRITICAL] no memory for mailboxes\n", stderr);
        abort();
    }
    slot = slot_of(mailboxes, key);
    if (!slot->key) {
        slot->key = key;
        slot->mailbox = mailbox;
        mailboxes->used++;
    }
    return mailbox;
}
