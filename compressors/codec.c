/* Writing sparse messages, and the ends of reading them. */
#include "codec.h"

const char *const tw_codec_index_names[] = {"u32", "u64", "bitmap", "rice", NULL};
const char *const tw_codec_value_names[] = {"fp32", "fp16", "bf16", NULL};

/* (√5 − 1)/2 */
#define GOLDEN 0.61803398874989484820
#define RICE_MOST 31

unsigned tw_codec_value_B(enum tw_value value, enum tw_precision precision)
{
    return value == TW_VALUE_OWN ? tw_precision_B(precision) : 2U;
}

double tw_codec_value_delta(enum tw_value value, double share)
{
    if (value == TW_VALUE_OWN || share < 0.0)
        return share;
    return value == TW_VALUE_BF16 ? share * (1.0 - 0x1p-16) : -1.0;
}

enum tw_element tw_codec_value_element(enum tw_value value, enum tw_precision precision)
{
    if (value == TW_VALUE_OWN)
        return precision == TW_FP64 ? TW_ELEMENT_F64 : TW_ELEMENT_F32;
    return value == TW_VALUE_FP16 ? TW_ELEMENT_F16 : TW_ELEMENT_BF16;
}

int tw_codec_rice(uint64_t count, uint64_t d)
{
    int rice = 0;
    double skipped = d > 0 ? (double)(d - count) / (double)d : 0.0;
    while (skipped > GOLDEN && rice < RICE_MOST) {
        skipped *= skipped;
        rice++;
    }
    return rice;
}

uint64_t tw_codec_index_B(enum tw_index index, uint64_t count, uint64_t d)
{
    int rice;
    switch (index) {
    case TW_INDEX_U32:
        return 4 * count;
    case TW_INDEX_U64:
        return 8 * count;
    case TW_INDEX_BITMAP:
        return (d + 7) / 8;
    case TW_INDEX_RICE:
        /* a sum of floors is at most the floor of the sum: all skipped values in one gap */
        rice = tw_codec_rice(count, d);
        return (count * ((unsigned)rice + 1) + ((d - count) >> rice) + 7) / 8;
    }
    return 0;
}

/* Under rice: at R = 0 d bits; at R ≥ 1, q^(2^(R−1)) > .618 gives k < .963·d·2^-R, and
 * k(R + 1) + d·2^-R is at most d·2^-R(1 + .963(R + 1)) < 1.47·d. */
uint64_t tw_codec_index_most_B(enum tw_index index, uint64_t d)
{
    if (index == TW_INDEX_RICE)
        return (d + d / 2 + 7) / 8;
    return tw_codec_index_B(index, d, d);
}

void tw_codec_charge_put(enum tw_index index, enum tw_value value, uint64_t n, struct tw_work *work)
{
    tw_codec_charge(value, n, work);
    if (index == TW_INDEX_RICE)
        tw_work_add(work, TW_KERNEL_RICE, n, 0);
    else if (index == TW_INDEX_BITMAP)
        tw_work_add(work, TW_KERNEL_PACK, n, n);
}

void tw_codec_charge_read(enum tw_index index, enum tw_value value, uint64_t n,
                          struct tw_work *work)
{
    tw_codec_charge(value, n, work);
    if (index == TW_INDEX_RICE)
        tw_work_add(work, TW_KERNEL_RICE, 2 * n, 0);
    else if (index == TW_INDEX_BITMAP)
        tw_work_add(work, TW_KERNEL_PACK, n, n);
}

static uint64_t put_bitmap(uint32_t base, uint64_t count, uint64_t d, const uint32_t *indices,
                           unsigned char *wire)
{
    uint64_t size_B = (d + 7) / 8;
    if (size_B > 0)
        memset(wire, 0, size_B);
    for (uint64_t i = 0; i < count; i++)
        wire[(indices[i] - base) / 8] |= (unsigned char)(1U << ((indices[i] - base) % 8));
    return size_B;
}

static uint64_t put_rice(uint32_t base, uint64_t count, uint64_t d, const uint32_t *indices,
                         unsigned char *wire)
{
    struct tw_bitstream stream = {.out = wire};
    unsigned rice = (unsigned)tw_codec_rice(count, d);
    uint32_t mask = (UINT32_C(1) << rice) - 1, least = base;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t gap = indices[i] - least;
        tw_bitstream_unary(&stream, gap >> rice);
        tw_bitstream_put(&stream, gap & mask, rice);
        least = indices[i] + 1;
    }
    return tw_bitstream_end(&stream);
}

uint64_t tw_codec_put(enum tw_index index, uint64_t count, uint64_t d, const uint32_t *indices,
                      unsigned char *wire)
{
    return tw_codec_put_from(index, 0, count, d, indices, wire);
}

uint64_t tw_codec_put_from(enum tw_index index, uint32_t base, uint64_t count, uint64_t d,
                           const uint32_t *indices, unsigned char *wire)
{
    if (index == TW_INDEX_BITMAP)
        return put_bitmap(base, count, d, indices, wire);
    if (index == TW_INDEX_RICE)
        return put_rice(base, count, d, indices, wire);
    tw_codec_write(wire, count, NULL, 0, indices, index == TW_INDEX_U32 ? 4 : 8);
    return tw_codec_index_B(index, count, d);
}

void tw_codec_write(unsigned char *wire, uint64_t count, const void *values, unsigned value_B,
                    const uint32_t *indices, unsigned index_B)
{
    if (count == 0)
        return;
    if (value_B > 0)
        memcpy(wire, values, count * value_B);
    wire += count * value_B;
    if (index_B == 4) {
        memcpy(wire, indices, 4 * count);
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t wide = indices[i];
        memcpy(wire + 8 * i, &wide, 8);
    }
}

void tw_codec_open(struct tw_codec_reader *reader, enum tw_index index, uint64_t count, uint64_t d,
                   const unsigned char *data, uint64_t size_B)
{
    *reader = (struct tw_codec_reader){.data = data, .size_B = size_B, .d = d, .index = index};
    if (index == TW_INDEX_RICE)
        reader->rice = tw_codec_rice(count, d);
}

int tw_codec_at_end(const struct tw_codec_reader *reader)
{
    uint64_t end = 8 * reader->size_B, bit = reader->bit;
    if (reader->index == TW_INDEX_BITMAP)
        bit = reader->least;
    else if (reader->index != TW_INDEX_RICE)
        return 1;
    for (; bit < end; bit += 56)
        if (tw_bitstream_window(reader->data, reader->size_B, bit) != 0)
            return 0;
    return reader->index == TW_INDEX_BITMAP || (reader->bit + 7) / 8 == reader->size_B;
}

void tw_codec_open_window(struct tw_codec_window *window, enum tw_index index, uint64_t start,
                          uint64_t end, uint64_t count, const unsigned char *data, uint64_t size_B)
{
    int words = index == TW_INDEX_U32 || index == TW_INDEX_U64;
    window->base = words ? 0 : start;
    tw_codec_open(&window->reader, index, count, end - window->base, data, size_B);
    window->reader.least = words ? start : 0;
}

int tw_codec_is_window(enum tw_index index, uint64_t start, uint64_t end, uint64_t count,
                       const unsigned char *data, uint64_t size_B)
{
    struct tw_codec_window window;
    if (count > end - start ||
        (index != TW_INDEX_RICE && size_B != tw_codec_index_B(index, count, end - start)))
        return 0;
    tw_codec_open_window(&window, index, start, end, count, data, size_B);
    for (uint64_t n = 0; n < count; n++)
        if (tw_codec_next(&window.reader) == TW_CODEC_BAD)
            return 0;
    return tw_codec_at_end(&window.reader);
}
