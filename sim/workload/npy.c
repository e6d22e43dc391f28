/* The .npy format (NumPy enhancement proposal 1 and numpy/lib/format.py):
 *   93 'NUMPY', major, minor; header length, u16 (version 1) or u32 (2, 3), little-endian;
 *   header: a Python dictionary { 'descr': …, 'fortran_order': …, 'shape': (…) }, padded by spaces
 *   and a newline; then the values.
 * Version 3 only allows UTF-8 in the header, which no key or type that we take needs. */
#include "npy.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define DESCR_MAX 16

/* The header's text, and what was found in it. */
struct header {
    const char *at, *end;
    char descr[DESCR_MAX];
    int fortran;
    unsigned seen; /* 1 descr, 2 fortran_order, 4 shape */
};

static void skip_space(struct header *header)
{
    while (header->at < header->end && isspace((unsigned char)*header->at))
        header->at++;
}

/* Takes the character if it comes next. */
static int accept(struct header *header, char wanted)
{
    skip_space(header);
    if (header->at == header->end || *header->at != wanted)
        return 0;
    header->at++;
    return 1;
}

static tw_status damaged(struct tw_err *err, const char *what)
{
    return tw_err_set(err, TW_CORRUPT, ".npy header: %s", what);
}

/* A quoted string without escapes. */
static tw_status read_text(struct header *header, char *text, size_t size, struct tw_err *err)
{
    size_t length = 0;
    char quote;

    skip_space(header);
    if (header->at == header->end || (*header->at != '\'' && *header->at != '"'))
        return damaged(err, "a quoted string was expected");
    quote = *header->at++;
    while (header->at < header->end && *header->at != quote) {
        if (length + 1 >= size || *header->at == '\\' || !isprint((unsigned char)*header->at))
            return damaged(err, "a string is too long or holds odd characters");
        text[length++] = *header->at++;
    }
    text[length] = '\0';
    if (!accept(header, quote))
        return damaged(err, "a string does not end");
    return TW_OK;
}

static tw_status read_descr(struct header *header, struct tw_err *err)
{
    skip_space(header);
    if (header->at < header->end && (*header->at == '[' || *header->at == '('))
        return tw_err_set(err, TW_REFUSED, ".npy: structured types are not read");
    return read_text(header, header->descr, sizeof header->descr, err);
}

static tw_status read_order(struct header *header, struct tw_err *err)
{
    static const char *const words[2] = {"False", "True"};

    skip_space(header);
    for (int i = 0; i < 2; i++) {
        const size_t length = strlen(words[i]);
        if ((size_t)(header->end - header->at) >= length &&
            memcmp(header->at, words[i], length) == 0) {
            header->at += length;
            header->fortran = i;
            return TW_OK;
        }
    }
    return damaged(err, "fortran_order is neither True nor False");
}

static tw_status read_size(struct header *header, uint64_t *size, struct tw_err *err)
{
    uint64_t value = 0;

    skip_space(header);
    if (header->at == header->end || !isdigit((unsigned char)*header->at))
        return damaged(err, "shape is not a tuple of whole numbers");
    for (; header->at < header->end && isdigit((unsigned char)*header->at); header->at++) {
        const uint64_t digit = (uint64_t)(*header->at - '0');
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, digit, &value))
            return damaged(err, "a size in shape overflows");
    }
    if (header->at < header->end && *header->at == 'L')
        header->at++; /* as Python 2 wrote long numbers */
    *size = value;
    return TW_OK;
}

static tw_status read_shape(struct header *header, struct tw_npy *npy, struct tw_err *err)
{
    if (!accept(header, '('))
        return damaged(err, "shape is not a tuple");
    for (npy->dimensions = 0; !accept(header, ')'); npy->dimensions++) {
        uint64_t size = 0;
        tw_status status = read_size(header, &size, err);
        if (status != TW_OK)
            return status;
        if (npy->dimensions == TW_NPY_DIMENSIONS)
            return tw_err_set(err, TW_REFUSED, ".npy: more than %d dimensions", TW_NPY_DIMENSIONS);
        npy->shape[npy->dimensions] = size;
        if (!accept(header, ',') && (header->at == header->end || *header->at != ')'))
            return damaged(err, "shape does not end");
    }
    return TW_OK;
}

static tw_status read_entry(struct header *header, struct tw_npy *npy, struct tw_err *err)
{
    static const char *const keys[3] = {"descr", "fortran_order", "shape"};
    char key[DESCR_MAX];
    int which = 0;
    tw_status status = read_text(header, key, sizeof key, err);

    if (status != TW_OK)
        return status;
    while (which < 3 && strcmp(key, keys[which]) != 0)
        which++;
    if (which == 3 || header->seen & 1U << which)
        return damaged(err, "a key is unknown or comes twice");
    if (!accept(header, ':'))
        return damaged(err, "':' was expected after a key");
    header->seen |= 1U << which;
    if (which == 0)
        return read_descr(header, err);
    if (which == 1)
        return read_order(header, err);
    return read_shape(header, npy, err);
}

static tw_status read_dictionary(struct header *header, struct tw_npy *npy, struct tw_err *err)
{
    if (!accept(header, '{'))
        return damaged(err, "it is not a dictionary");
    while (!accept(header, '}')) {
        tw_status status = read_entry(header, npy, err);
        if (status != TW_OK)
            return status;
        if (!accept(header, ',') && (header->at == header->end || *header->at != '}'))
            return damaged(err, "',' or '}' was expected after an entry");
    }
    skip_space(header);
    if (header->at != header->end)
        return damaged(err, "text follows the dictionary");
    if (header->seen != 7)
        return damaged(err, "descr, fortran_order or shape is missing");
    return TW_OK;
}

static tw_status set_type(const struct header *header, struct tw_npy *npy, struct tw_err *err)
{
    const char *descr = header->descr;

    if (strlen(descr) != 3 || !strchr("<>", descr[0]) || descr[1] != 'f' ||
        !strchr("248", descr[2])) {
        tw_err_set(err, TW_REFUSED, ".npy: type '%s' is not read", descr);
        return tw_err_hint(err, TW_REFUSED, "floats only: <f2 <f4 <f8 >f2 >f4 >f8");
    }
    npy->big_endian = descr[0] == '>';
    npy->value_B = (unsigned)(descr[2] - '0');
    if (header->fortran) {
        tw_err_set(err, TW_REFUSED, ".npy: fortran_order is not read");
        return tw_err_hint(err, TW_REFUSED, "save numpy.ascontiguousarray(array)");
    }
    return TW_OK;
}

/* Prefix and header length: *start is where the header begins. */
static tw_status read_prefix(const uint8_t *bytes, size_t size, size_t *start, size_t *length,
                             struct tw_err *err)
{
    if (size < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return tw_err_set(err, TW_CORRUPT, "not a .npy file");
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return tw_err_set(err, TW_CORRUPT, ".npy version %u.%u is not 1.0, 2.0 or 3.0", bytes[6],
                          bytes[7]);
    *start = bytes[6] == 1 ? 10 : 12;
    *length = bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] > 1 && size >= 12)
        *length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (size < *start || *length > size - *start)
        return tw_err_set(err, TW_CORRUPT, ".npy: truncated inside its header");
    return TW_OK;
}

tw_status tw_npy_parse(const uint8_t *bytes, size_t size, struct tw_npy *npy, struct tw_err *err)
{
    struct header header = {0};
    size_t start = 0, length = 0;
    uint64_t data_B;
    tw_status status;

    *npy = (struct tw_npy){0};
    status = read_prefix(bytes, size, &start, &length, err);
    if (status != TW_OK)
        return status;
    header.at = (const char *)bytes + start;
    header.end = header.at + length;
    status = read_dictionary(&header, npy, err);
    if (status == TW_OK)
        status = set_type(&header, npy, err);
    if (status != TW_OK)
        return status;
    npy->count = 1;
    for (int i = 0; i < npy->dimensions; i++) {
        if (__builtin_mul_overflow(npy->count, npy->shape[i], &npy->count))
            return damaged(err, "the shape overflows");
    }
    if (__builtin_mul_overflow(npy->count, (uint64_t)npy->value_B, &data_B))
        return damaged(err, "the shape overflows");
    if (data_B != size - start - length)
        return tw_err_set(err, TW_CORRUPT,
                          ".npy: %s: its shape needs %llu bytes of data, it has %zu",
                          data_B > size - start - length ? "truncated" : "too long",
                          (unsigned long long)data_B, size - start - length);
    npy->data = bytes + start + length;
    return TW_OK;
}

tw_status tw_npy_open(const char *path, struct tw_npy *npy, struct tw_err *err)
{
    struct tw_mapping mapped;
    struct tw_err inner = {0};
    tw_status status = tw_mapping_open(path, &mapped, err);

    *npy = (struct tw_npy){0};
    if (status != TW_OK)
        return status;
    status = tw_npy_parse(mapped.bytes, mapped.size, npy, &inner);
    if (status != TW_OK) {
        *npy = (struct tw_npy){0};
        tw_mapping_close(&mapped);
        tw_err_set(err, status, "%s: %s", path, inner.text);
        return tw_err_hint(err, status, "%s", inner.hint);
    }
    npy->map = mapped;
    return TW_OK;
}

void tw_npy_close(struct tw_npy *npy)
{
    tw_mapping_close(&npy->map);
    *npy = (struct tw_npy){0};
}

static double from_half(uint64_t bits)
{
    const unsigned exponent = bits >> 10 & 31;
    const double sign = bits & 0x8000 ? -1.0 : 1.0;
    const double fraction = (double)(bits & 1023);

    if (exponent == 31)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, (int)exponent - 25);
}

void tw_npy_read(const struct tw_npy *npy, uint64_t first, uint64_t count, double *out)
{
    const unsigned size = npy->value_B;
    const uint8_t *at = npy->data + first * size;

    for (uint64_t i = 0; i < count; i++, at += size) {
        uint64_t bits = 0;
        uint32_t single;
        float value;

        for (unsigned b = 0; b < size; b++)
            bits |= (uint64_t)at[b] << 8 * (npy->big_endian ? size - 1 - b : b);
        single = (uint32_t)bits;
        if (size == 2 && npy->brain)
            single <<= 16; /* bfloat16 is the upper half of a single */
        if (size == 2 && !npy->brain) {
            out[i] = from_half(bits);
        } else if (size < 8) {
            memcpy(&value, &single, sizeof value);
            out[i] = (double)value;
        } else {
            memcpy(&out[i], &bits, sizeof out[i]);
        }
    }
}
