/* Sparse messages: all values, then all their indices, packed without gaps.
 *
 *     | value 0 … value k−1 | indices |
 *
 * Values travel in the workload's precision, or as fp16 or bf16 (2 bytes). Indices count from the
 * start of the bucket of d values and ascend strictly. They travel as
 *
 *     u32, u64    4·k, 8·k bytes
 *     bitmap      ⌈d/8⌉ bytes: bit i says whether value i is there
 *     rice        each gap g (values skipped since the index before) as ⌊g/2^R⌋ zeros, a one, and
 *                 the R low bits of g; bits fill bytes from the lowest, the last byte with zeros
 *
 * R is the parameter of least expected bits for k of d independent places: with q = 1 − k/d, the
 * expected length R + 1 + s/(1 − s), s = q^(2^R), gains by going to R + 1 while s > (√5 − 1)/2. So
 * R is the number of squarings that bring q to (√5 − 1)/2 or below: the rule of Kiely ("Selecting
 * the Golomb Parameter in Rice Coding", JPL IPN 42-159, 2004), max(0, 1 + ⌊log2(ln(φ−1)/ln q)⌋),
 * without logarithms. Both sides derive it from k and d; it is not sent.
 * How many values a message holds is no part of it either: members with fixed counts know k from
 * the shapes, others send it in front (sparse_real.h). */
#ifndef TW_CODEC_H
#define TW_CODEC_H

#include "bitstream.h"
#include "parts.h"

enum tw_index { TW_INDEX_U32, TW_INDEX_U64, TW_INDEX_BITMAP, TW_INDEX_RICE };
enum tw_value { TW_VALUE_OWN, TW_VALUE_FP16, TW_VALUE_BF16 };

/* How entries travel. */
struct tw_codec_way {
    enum tw_index index;
    enum tw_value value;
};

/* 1: as they are in memory: u32 indices, values in the workload's precision. */
static inline int tw_codec_is_plain(struct tw_codec_way way)
{
    return way.index == TW_INDEX_U32 && way.value == TW_VALUE_OWN;
}

/* Their names as options' NULL-terminated choices, in the order of the enums. */
extern const char *const tw_codec_index_names[];
extern const char *const tw_codec_value_names[];

/* Bytes of one value of the given kind in a workload of this precision. */
unsigned tw_codec_value_B(enum tw_value value, enum tw_precision precision);

/* Row of the option index, an int of a member's params struct. */
#define TW_CODEC_INDEX_ROW(params) TW_CODEC_INDEX_ROW_AT(params, index)
#define TW_CODEC_INDEX_ROW_AT(params, field)                                                      \
    {                                                                                             \
        "index", TW_OPTION_CHOICE, offsetof(params, field), "u32", 0, 0, 0, tw_codec_index_names, \
            "",                                                                                   \
            "how indices travel: 4 or 8 bytes each, one bit per value, or "                       \
            "Rice-coded gaps"                                                                     \
    }

/* Row of the option values, an int of a member's params struct. */
#define TW_CODEC_VALUES_ROW(params) TW_CODEC_VALUES_ROW_AT(params, values)
#define TW_CODEC_VALUES_ROW_AT(params, field)                                 \
    {                                                                         \
        "values", TW_OPTION_CHOICE, offsetof(params, field), "fp32", 0, 0, 0, \
            tw_codec_value_names, "",                                         \
            "type on the wire: the workload's precision (fp32), or 2 "        \
            "bytes, rounded"                                                  \
    }

/* Rounded values held beside n own ones: n, or 0 when none is rounded. */
static inline uint64_t tw_codec_rounded(enum tw_value value, uint64_t n)
{
    return value == TW_VALUE_OWN ? 0 : n;
}

/* The work of rounding n values, or of reading n rounded ones; none of others. */
static inline void tw_codec_charge(enum tw_value value, uint64_t n, struct tw_work *work)
{
    if (value != TW_VALUE_OWN)
        tw_work_add(work, TW_KERNEL_CAST, n, 0);
}

/* Beside copying: the work of writing n entries, and of reading n twice (judged when they arrive,
 * used later). There is no kernel of its own for bits. */
void tw_codec_charge_put(enum tw_index index, enum tw_value value, uint64_t n,
                         struct tw_work *work);
void tw_codec_charge_read(enum tw_index index, enum tw_value value, uint64_t n,
                          struct tw_work *work);

/* Proven δ when at least `share` of ‖x‖² is kept: bf16 loses at most 2^-16 of that (8 bits of
 * significand), numbers within its range; of fp16, whose range is narrow, nothing is claimed: −1.
 * A `share` below 0 (nothing proven) stays. */
double tw_codec_value_delta(enum tw_value value, double share);

/* The element type of a SUM of such values. */
enum tw_element tw_codec_value_element(enum tw_value value, enum tw_precision precision);

/* Bytes of count of d indices; the most that any such list takes under rice. */
uint64_t tw_codec_index_B(enum tw_index index, uint64_t count, uint64_t d);

/* Bytes that no list of any count takes more of. */
uint64_t tw_codec_index_most_B(enum tw_index index, uint64_t d);

/* R for count of d indices. */
int tw_codec_rice(uint64_t count, uint64_t d);

/* Writes count ascending indices below d into room for tw_codec_index_B bytes; returns the bytes
 * written. */
uint64_t tw_codec_put(enum tw_index index, uint64_t count, uint64_t d, const uint32_t *indices,
                      unsigned char *wire);

/* The same of indices from `base` on: bits and gaps count from there, words are as they are. */
uint64_t tw_codec_put_from(enum tw_index index, uint32_t base, uint64_t count, uint64_t d,
                           const uint32_t *indices, unsigned char *wire);

/* Values in their own width, then u32 or u64 indices (index_B = 4 or 8). */
void tw_codec_write(unsigned char *wire, uint64_t count, const void *values, unsigned value_B,
                    const uint32_t *indices, unsigned index_B);

/* Index i of a packed list that may be unaligned. */
static inline uint64_t tw_codec_index(const unsigned char *indices, unsigned index_B, uint64_t i)
{
    if (index_B == 4) {
        uint32_t narrow;
        memcpy(&narrow, indices + 4 * i, 4);
        return narrow;
    }
    uint64_t wide;
    memcpy(&wide, indices + 8 * i, 8);
    return wide;
}

/* Reads a list of indices, one after the other, whatever bytes it is given. */
struct tw_codec_reader {
    const unsigned char *data;
    uint64_t size_B, d;
    enum tw_index index;
    int rice;
    uint64_t read;  /* indices so far */
    uint64_t bit;   /* next bit of a rice list */
    uint64_t least; /* that the next index can be */
};

void tw_codec_open(struct tw_codec_reader *reader, enum tw_index index, uint64_t count, uint64_t d,
                   const unsigned char *data, uint64_t size_B);

#define TW_CODEC_BAD UINT64_MAX

static inline uint64_t tw_codec_next_bit_(const struct tw_codec_reader *reader)
{
    uint64_t i = reader->least;
    while (i < reader->d) {
        uint64_t window = tw_bitstream_window(reader->data, reader->size_B, i);
        if (window)
            return i + (unsigned)__builtin_ctzll(window);
        i += 64 - (i & 7U);
    }
    return TW_CODEC_BAD;
}

static inline uint64_t tw_codec_next_gap_(struct tw_codec_reader *reader)
{
    uint64_t end = 8 * reader->size_B, most = reader->d >> reader->rice, high = 0;
    uint64_t window = tw_bitstream_window(reader->data, reader->size_B, reader->bit);
    while (window == 0) {
        unsigned seen = 64U - (unsigned)(reader->bit & 7U);
        high += seen;
        reader->bit += seen;
        if (reader->bit >= end || high > most)
            return TW_CODEC_BAD;
        window = tw_bitstream_window(reader->data, reader->size_B, reader->bit);
    }
    unsigned zeros = (unsigned)__builtin_ctzll(window);
    high += zeros;
    reader->bit += zeros + 1;
    if (reader->bit + (unsigned)reader->rice > end || high > most)
        return TW_CODEC_BAD;
    uint64_t low = tw_bitstream_window(reader->data, reader->size_B, reader->bit) &
                   ((UINT64_C(1) << reader->rice) - 1);
    reader->bit += (unsigned)reader->rice;
    return reader->least + (high << reader->rice | low);
}

/* The next index, above the one before and below d, or TW_CODEC_BAD when the data hold none. At
 * most `count` may be asked for. */
static inline uint64_t tw_codec_next(struct tw_codec_reader *reader)
{
    uint64_t index;
    if (reader->index == TW_INDEX_RICE)
        index = tw_codec_next_gap_(reader);
    else if (reader->index == TW_INDEX_BITMAP)
        index = tw_codec_next_bit_(reader);
    else
        index = tw_codec_index(reader->data, reader->index == TW_INDEX_U32 ? 4 : 8, reader->read);
    if (index < reader->least || index >= reader->d)
        return TW_CODEC_BAD;
    reader->read++;
    reader->least = index + 1;
    return index;
}

/* Whether nothing but zeros to fill the last byte is left. */
int tw_codec_at_end(const struct tw_codec_reader *reader);

/* Reads count indices of start … end − 1 that tw_codec_put_from(index, start, count, end − start)
 * wrote; next gives them as they were, or TW_CODEC_BAD. */
struct tw_codec_window {
    struct tw_codec_reader reader;
    uint64_t base; /* that is added */
};
void tw_codec_open_window(struct tw_codec_window *window, enum tw_index index, uint64_t start,
                          uint64_t end, uint64_t count, const unsigned char *data, uint64_t size_B);

static inline uint64_t tw_codec_window_next(struct tw_codec_window *window)
{
    uint64_t index = tw_codec_next(&window->reader);
    return index == TW_CODEC_BAD ? index : index + window->base;
}

/* 1: such a list, and nothing else. */
int tw_codec_is_window(enum tw_index index, uint64_t start, uint64_t end, uint64_t count,
                       const unsigned char *data, uint64_t size_B);

#endif
