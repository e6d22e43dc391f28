/* Fixed-width codes: eight codes at a time are exactly w bytes. */
#include "bits.h"
#include "base/isa.h"

#include <string.h>

#define EIGHT 8

uint64_t tw_bits_B(uint64_t n, unsigned w)
{
    return n / EIGHT * w + (n % EIGHT * w + 7) / 8;
}

TW_DISPATCHED(static, void, pack_bytes, (const uint16_t *codes, uint64_t n, unsigned char *wire),
              (codes, n, wire))
{
    for (uint64_t i = 0; i < n; i++)
        wire[i] = (unsigned char)codes[i];
}

TW_DISPATCHED(static, void, unpack_bytes, (const unsigned char *wire, uint64_t n, uint16_t *codes),
              (wire, n, codes))
{
    for (uint64_t i = 0; i < n; i++)
        codes[i] = wire[i];
}

/* Up to eight codes in 64 bits each way: the low four below, the high four above 4·w bits. */
static void pack_eight(const uint16_t *codes, unsigned w, unsigned char *wire, size_t bytes)
{
    uint64_t low = 0, high = 0;
    for (unsigned j = 0; j < EIGHT / 2; j++) {
        low |= (uint64_t)codes[j] << (w * j);
        high |= (uint64_t)codes[j + EIGHT / 2] << (w * j);
    }
    unsigned __int128 both = (unsigned __int128)high << (4 * w) | low;
    memcpy(wire, &both, bytes);
}

static void unpack_eight(const unsigned char *wire, size_t bytes, unsigned w, uint16_t *codes)
{
    unsigned __int128 both = 0;
    memcpy(&both, wire, bytes);
    uint64_t low = (uint64_t)both, high = (uint64_t)(both >> (4 * w));
    uint64_t mask = ((uint64_t)1 << w) - 1;
    for (unsigned j = 0; j < EIGHT / 2; j++) {
        codes[j] = (uint16_t)(low >> (w * j) & mask);
        codes[j + EIGHT / 2] = (uint16_t)(high >> (w * j) & mask);
    }
}

void tw_bits_pack(const uint16_t *codes, uint64_t n, unsigned w, unsigned char *wire)
{
    if (w == 8) {
        pack_bytes(codes, n, wire);
        return;
    }
    for (; n >= EIGHT; n -= EIGHT, codes += EIGHT, wire += w)
        pack_eight(codes, w, wire, w);
    if (n > 0) {
        uint16_t rest[EIGHT] = {0};
        memcpy(rest, codes, n * sizeof *rest);
        pack_eight(rest, w, wire, tw_bits_B(n, w));
    }
}

void tw_bits_unpack(const unsigned char *wire, uint64_t n, unsigned w, uint16_t *codes)
{
    if (w == 8) {
        unpack_bytes(wire, n, codes);
        return;
    }
    for (; n >= EIGHT; n -= EIGHT, codes += EIGHT, wire += w)
        unpack_eight(wire, w, w, codes);
    if (n > 0) {
        uint16_t rest[EIGHT];
        unpack_eight(wire, tw_bits_B(n, w), w, rest);
        memcpy(codes, rest, n * sizeof *rest);
    }
}

int tw_bits_clean(const unsigned char *wire, uint64_t n, unsigned w)
{
    unsigned used = (unsigned)(n % EIGHT * w % 8);
    return used == 0 || wire[tw_bits_B(n, w) - 1] >> used == 0;
}
