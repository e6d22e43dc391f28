/* Recursive Elias codes: a code is put together in one word and read from one:
 * at most 45 bits, of a number up to 2^32. */
#include "elias.h"

static unsigned log2_of(uint64_t k)
{
    return 63U - (unsigned)__builtin_clzll(k);
}

unsigned tw_elias_length(uint64_t k)
{
    unsigned length = 1;
    for (; k > 1; k = log2_of(k))
        length += log2_of(k) + 1;
    return length;
}

uint64_t tw_elias_most_B(uint64_t d, uint64_t most)
{
    return TW_ELIAS_HEAD_B + (d * (2 + tw_elias_length(most)) + 7) / 8;
}

/* Groups are found from the last to the first: each goes before those that are there. */
static void put_code(struct tw_elias_writer *writer, uint64_t k)
{
    uint64_t code = 0;
    unsigned length = 1;
    while (k > 1) {
        unsigned low = log2_of(k);
        uint64_t group = 1 | (k & ((UINT64_C(1) << low) - 1)) << 1;
        code = code << (low + 1) | group;
        length += low + 1;
        k = low;
    }
    writer->bits += length;
    for (; length > 32; length -= 32, code >>= 32)
        tw_bitstream_put(&writer->stream, code & UINT32_MAX, 32);
    tw_bitstream_put(&writer->stream, code, length);
}

void tw_elias_write(struct tw_elias_writer *writer, unsigned char *wire)
{
    *writer = (struct tw_elias_writer){.stream.out = wire + TW_ELIAS_HEAD_B, .gap = 1};
}

void tw_elias_put(struct tw_elias_writer *writer, const uint16_t *codes, uint64_t n,
                  uint16_t middle)
{
    for (uint64_t i = 0; i < n; i++) {
        if (codes[i] == middle) {
            writer->gap++;
            continue;
        }
        int negative = codes[i] < middle;
        put_code(writer, writer->gap);
        tw_bitstream_put(&writer->stream, (uint64_t)negative, 1);
        writer->bits++;
        put_code(writer, negative ? (uint64_t)(middle - codes[i]) : (uint64_t)(codes[i] - middle));
        writer->gap = 1;
        writer->entries++;
    }
}

uint64_t tw_elias_end(struct tw_elias_writer *writer)
{
    memcpy(writer->stream.out - TW_ELIAS_HEAD_B, &writer->bits, TW_ELIAS_HEAD_B);
    return TW_ELIAS_HEAD_B + tw_bitstream_end(&writer->stream);
}

/* A number up to `most`, or 0 where the message holds none. Of a code up to 2^32 at most 44 bits go
 * before the last: a window holds them. */
static uint64_t read_code(struct tw_elias_reader *reader, uint64_t most)
{
    uint64_t window = tw_bitstream_window(reader->data, reader->size_B, reader->bit), k = 1;
    unsigned read = 1;
    while (window & 1U) {
        if (k > 32)
            return 0;
        unsigned low = (unsigned)k;
        k = UINT64_C(1) << low | (window >> 1 & ((UINT64_C(1) << low) - 1));
        window >>= low + 1;
        read += low + 1;
    }
    reader->bit += read;
    return k <= most && reader->bit <= reader->end ? k : 0;
}

/* The next level that is not 0 into the reader; ahead = 0 at the end. 0: damaged. */
static int read_entry(struct tw_elias_reader *reader)
{
    reader->ahead = 0;
    if (reader->bit == reader->end)
        return 1;
    uint64_t gap = read_code(reader, reader->d - reader->next);
    if (gap == 0)
        return 0;
    reader->negative = (int)(tw_bitstream_window(reader->data, reader->size_B, reader->bit++) & 1U);
    reader->level = (uint32_t)read_code(reader, reader->most);
    reader->next += gap;
    reader->ahead = 1;
    reader->entries++;
    return reader->level > 0;
}

int tw_elias_read(struct tw_elias_reader *reader, uint64_t d, uint16_t most,
                  const unsigned char *wire, uint64_t size_B)
{
    uint64_t bits;
    if (size_B < TW_ELIAS_HEAD_B)
        return 0;
    memcpy(&bits, wire, TW_ELIAS_HEAD_B);
    *reader = (struct tw_elias_reader){.data = wire + TW_ELIAS_HEAD_B,
                                       .size_B = size_B - TW_ELIAS_HEAD_B,
                                       .end = bits,
                                       .d = d,
                                       .most = most};
    if (reader->size_B != bits / 8 + (bits % 8 > 0) ||
        (bits % 8 && reader->data[bits / 8] >> (bits % 8)))
        return 0;
    return read_entry(reader);
}

int tw_elias_take(struct tw_elias_reader *reader, uint16_t *codes, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        codes[i] = (uint16_t)reader->most;
    while (reader->ahead && reader->next <= reader->done + n) {
        codes[reader->next - 1 - reader->done] =
            (uint16_t)(reader->negative ? reader->most - reader->level
                                        : reader->most + reader->level);
        if (!read_entry(reader))
            return 0;
    }
    reader->done += n;
    return 1;
}
