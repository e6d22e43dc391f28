/* Codes of different lengths, one after the other in bytes, the lowest bit of a byte first: writing
 * whole words, reading through a window. (Rows of codes of one width are bits.h.) x86-64's order of
 * bytes. */
#ifndef TW_BITSTREAM_H
#define TW_BITSTREAM_H

#include <stdint.h>
#include <string.h>

/* Zeroed but for `out`. Whole words go out only when they are full: nothing is written beyond the
 * bytes of the whole. */
struct tw_bitstream {
    unsigned char *out;
    uint64_t word;  /* bits not written yet */
    unsigned held;  /* how many, < 32 */
    uint64_t bytes; /* written */
};

/* The lowest `width` ≤ 32 bits of value; the others must be 0. */
static inline void tw_bitstream_put(struct tw_bitstream *stream, uint64_t value, unsigned width)
{
    stream->word |= value << stream->held;
    stream->held += width;
    if (stream->held >= 32) {
        uint32_t full = (uint32_t)stream->word;
        memcpy(stream->out + stream->bytes, &full, 4);
        stream->bytes += 4;
        stream->word >>= 32;
        stream->held -= 32;
    }
}

/* `zeros` zeros and a one. */
static inline void tw_bitstream_unary(struct tw_bitstream *stream, uint64_t zeros)
{
    for (; zeros >= 31; zeros -= 31)
        tw_bitstream_put(stream, 0, 31);
    tw_bitstream_put(stream, UINT64_C(1) << zeros, (unsigned)zeros + 1);
}

/* Fills the last byte up with zeros. Returns the bytes of the whole. */
static inline uint64_t tw_bitstream_end(struct tw_bitstream *stream)
{
    for (; stream->held > 0; stream->held = stream->held > 8 ? stream->held - 8 : 0) {
        stream->out[stream->bytes++] = (unsigned char)stream->word;
        stream->word >>= 8;
    }
    return stream->bytes;
}

/* At least 57 bits from `bit` on, the first lowest; zeros beyond the end of data. */
static inline uint64_t tw_bitstream_window(const unsigned char *data, uint64_t size_B, uint64_t bit)
{
    uint64_t at = bit >> 3, word = 0;
    if (at + 8 <= size_B)
        memcpy(&word, data + at, 8);
    else if (at < size_B)
        memcpy(&word, data + at, size_B - at);
    return word >> (bit & 7U);
}

#endif
