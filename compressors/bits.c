/* Fixed-width codes. Eight codes of w bits are exactly w bytes. In two steps, a block at a time:
 * four codes in 16 bits each <-> four codes next to each other in one word (side by side in
 * vectors), and two such words <-> w bytes (word by word). O(n). x86-64's order of bytes. */
#include "bits.h"
#include "base/isa.h"

#include <string.h>

#define EIGHT 8
#define BLOCK 1024        /* codes */
#define QUADS (BLOCK / 4) /* words of four codes */
#define PAIR_B 16         /* bytes that a pair of words reads or writes, from its first */

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

TW_DISPATCHED(static, void, squeeze,
              (const uint16_t *codes, uint64_t quads, unsigned w, uint64_t *words),
              (codes, quads, w, words))
{
    uint64_t mask = (UINT64_C(1) << w) - 1, second = mask << w, third = mask << 2 * w,
             fourth = mask << 3 * w;
    unsigned gap = 16 - w;
    for (uint64_t i = 0; i < quads; i++) {
        uint64_t four;
        memcpy(&four, codes + 4 * i, sizeof four);
        words[i] = (four & mask) | (four >> gap & second) | (four >> 2 * gap & third) |
                   (four >> 3 * gap & fourth);
    }
}

TW_DISPATCHED(static, void, spread,
              (const uint64_t *words, uint64_t quads, unsigned w, uint16_t *codes),
              (words, quads, w, codes))
{
    uint64_t mask = (UINT64_C(1) << w) - 1, second = mask << w, third = mask << 2 * w,
             fourth = mask << 3 * w;
    unsigned gap = 16 - w;
    for (uint64_t i = 0; i < quads; i++) {
        uint64_t four = (words[i] & mask) | (words[i] & second) << gap |
                        (words[i] & third) << 2 * gap | (words[i] & fourth) << 3 * gap;
        memcpy(codes + 4 * i, &four, sizeof four);
    }
}

/* How many of the pairs may be handled `beyond` bytes wide, of room bytes from the first on. */
static uint64_t wide_pairs(uint64_t pairs, unsigned w, uint64_t room, unsigned beyond)
{
    uint64_t wide = room >= beyond ? (room - beyond) / w + 1 : 0;
    return wide < pairs ? wide : pairs;
}

/* Pairs of words into w bytes each; room: bytes that may be written from wire on. (Halves are
 * stored one by one: a 16-byte load of what two stores have just written waits for both.) */
static void put_pairs(const uint64_t *words, uint64_t pairs, unsigned w, unsigned char *wire,
                      uint64_t room)
{
    uint64_t wide = wide_pairs(pairs, w, room, PAIR_B);
    for (uint64_t i = 0; i < pairs; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): squeeze() wrote it */
        uint64_t low = words[2 * i] | words[2 * i + 1] << 4 * w;
        uint64_t high = words[2 * i + 1] >> (64 - 4 * w);
        unsigned char *to = wire + i * w, last[PAIR_B];
        unsigned char *put = i < wide ? to : last;
        memcpy(put, &low, 8);
        memcpy(put + 8, &high, 8);
        if (i >= wide)
            memcpy(to, last, w);
    }
}

static void take_pair(const unsigned char *from, unsigned w, uint64_t *words)
{
    memcpy(&words[0], from, 8);
    memcpy(&words[1], from + 4 * w / 8, 8);
    words[1] >>= 4 * w % 8;
}

/* room: bytes that may be read from wire on. */
static void take_pairs(const unsigned char *wire, uint64_t pairs, unsigned w, uint64_t *words,
                       uint64_t room)
{
    uint64_t wide = wide_pairs(pairs, w, room, PAIR_B);
    for (uint64_t i = 0; i < wide; i++)
        take_pair(wire + i * w, w, words + 2 * i);
    for (uint64_t i = wide; i < pairs; i++) {
        unsigned char last[PAIR_B] = {0};
        memcpy(last, wire + i * w, w);
        take_pair(last, w, words + 2 * i);
    }
}

/* At most a block, and of whole eights. */
static void pack_block(const uint16_t *codes, uint64_t n, unsigned w, unsigned char *wire,
                       uint64_t room)
{
    uint64_t words[QUADS];
    squeeze(codes, n / 4, w, words);
    put_pairs(words, n / EIGHT, w, wire, room);
}

static void unpack_block(const unsigned char *wire, uint64_t n, unsigned w, uint16_t *codes,
                         uint64_t room)
{
    uint64_t words[QUADS];
    take_pairs(wire, n / EIGHT, w, words, room);
    spread(words, n / 4, w, codes);
}

static uint64_t whole_eights(uint64_t n)
{
    return n < BLOCK ? n / EIGHT * EIGHT : BLOCK;
}

static void pack_words(const uint16_t *codes, uint64_t n, unsigned w, unsigned char *wire)
{
    uint64_t room = tw_bits_B(n, w);
    while (n >= EIGHT) {
        uint64_t here = whole_eights(n), bytes = tw_bits_B(here, w);
        pack_block(codes, here, w, wire, room);
        codes += here;
        wire += bytes;
        room -= bytes;
        n -= here;
    }
    if (n > 0) {
        uint16_t rest[EIGHT] = {0};
        unsigned char eight[2 * EIGHT];
        memcpy(rest, codes, n * sizeof *rest);
        pack_block(rest, EIGHT, w, eight, w);
        memcpy(wire, eight, room);
    }
}

static void unpack_words(const unsigned char *wire, uint64_t n, unsigned w, uint16_t *codes)
{
    uint64_t room = tw_bits_B(n, w);
    while (n >= EIGHT) {
        uint64_t here = whole_eights(n), bytes = tw_bits_B(here, w);
        unpack_block(wire, here, w, codes, room);
        codes += here;
        wire += bytes;
        room -= bytes;
        n -= here;
    }
    if (n > 0) {
        uint16_t rest[EIGHT];
        unsigned char eight[2 * EIGHT] = {0};
        memcpy(eight, wire, room);
        unpack_block(eight, EIGHT, w, rest, w);
        memcpy(codes, rest, n * sizeof *rest);
    }
}

void tw_bits_pack(const uint16_t *codes, uint64_t n, unsigned w, unsigned char *wire)
{
    if (n == 0)
        return;
    if (w == 8)
        pack_bytes(codes, n, wire);
    else if (w == 16)
        memcpy(wire, codes, n * sizeof *codes);
    else
        pack_words(codes, n, w, wire);
}

void tw_bits_unpack(const unsigned char *wire, uint64_t n, unsigned w, uint16_t *codes)
{
    if (n == 0)
        return;
    if (w == 8)
        unpack_bytes(wire, n, codes);
    else if (w == 16)
        memcpy(codes, wire, n * sizeof *codes);
    else
        unpack_words(wire, n, w, codes);
}

int tw_bits_clean(const unsigned char *wire, uint64_t n, unsigned w)
{
    unsigned used = (unsigned)(n % EIGHT * w % 8);
    return used == 0 || wire[tw_bits_B(n, w) - 1] >> used == 0;
}
