/* The zip format, as PKWARE's APPNOTE 6.3.9 tells it: members one behind the other, each with a
 * local header; a directory of all of them; at the end a record that says where the directory is.
 * Numbers are little-endian. Fields of 2 or 4 bytes that are too small hold all ones, and zip64
 * adds wide ones: in a record of its own for the end, in "extra" field 1 for members. */
#include "zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { END_B = 22, LOCATOR_B = 20, END64_B = 56, ENTRY_B = 46, LOCAL_B = 30 };
enum { COMMENT_MAX = 65535, RATIO_MAX = 1032 }; /* 1032 : 1 is the most that deflate can do */
#define NARROW 0xffffffffU

static uint64_t number(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static tw_status damaged(struct tw_err *err, const char *what)
{
    return tw_err_set(err, TW_CORRUPT, "zip: %s", what);
}

/* Whether `count` bytes from `at` on lie in front of `end`. */
static int inside(uint64_t at, uint64_t count, uint64_t end)
{
    return at <= end && count <= end - at;
}

/* The end record is the last thing but for a comment, whose length it tells. */
static int find_end(const uint8_t *bytes, size_t size, size_t *end)
{
    for (size_t comment = 0; comment <= COMMENT_MAX && comment + END_B <= size; comment++) {
        const uint8_t *at = bytes + size - END_B - comment;
        if (memcmp(at, "PK\5\6", 4) == 0 && number(at + 20, 2) == comment) {
            *end = size - END_B - comment;
            return 1;
        }
    }
    return 0;
}

/* The wide end record that a locator in front of the end record points to. */
static tw_status read_end64(const uint8_t *bytes, size_t end, uint64_t *count, uint64_t *length,
                            uint64_t *start, struct tw_err *err)
{
    const uint8_t *wide;
    uint64_t at;

    if (end < LOCATOR_B || memcmp(bytes + end - LOCATOR_B, "PK\6\7", 4) != 0)
        return damaged(err, "its zip64 record is missing");
    at = number(bytes + end - LOCATOR_B + 8, 8);
    if (!inside(at, END64_B, end) || memcmp(bytes + at, "PK\6\6", 4) != 0)
        return damaged(err, "its zip64 record is not where it should be");
    wide = bytes + at;
    if (number(wide + 16, 4) != 0 || number(wide + 20, 4) != 0 ||
        number(wide + 24, 8) != number(wide + 32, 8))
        return tw_err_set(err, TW_REFUSED, "zip: several disks are not read");
    *count = number(wide + 32, 8);
    *length = number(wide + 40, 8);
    *start = number(wide + 48, 8);
    return TW_OK;
}

tw_status tw_zip_open(const uint8_t *bytes, size_t size, struct tw_zip *zip, struct tw_err *err)
{
    uint64_t count, length, start;
    size_t end;

    *zip = (struct tw_zip){0};
    if (!find_end(bytes, size, &end))
        return damaged(err, "truncated, or not a zip file: it has no end record");
    count = number(bytes + end + 10, 2);
    length = number(bytes + end + 12, 4);
    start = number(bytes + end + 16, 4);
    if (count == 0xffff || length == NARROW || start == NARROW) {
        const tw_status status = read_end64(bytes, end, &count, &length, &start, err);
        if (status != TW_OK)
            return status;
    } else if (number(bytes + end + 4, 4) != 0 || number(bytes + end + 8, 2) != count) {
        return tw_err_set(err, TW_REFUSED, "zip: several disks are not read");
    }
    if (!inside(start, length, end) || count > length / ENTRY_B)
        return damaged(err, "its directory is not inside the file");
    *zip = (struct tw_zip){bytes, size, (size_t)start, (size_t)(start + length), count};
    return TW_OK;
}

/* Wide values from extra field 1, in this order, for those that are all ones. */
static tw_status widen(const uint8_t *extra, size_t extra_B, uint64_t *const *values,
                       struct tw_err *err)
{
    while (extra_B >= 4) {
        const size_t length = number(extra + 2, 2);
        size_t used = 4;

        if (length > extra_B - 4)
            return damaged(err, "an extra field is longer than its place");
        if (number(extra, 2) != 1) {
            extra += 4 + length;
            extra_B -= 4 + length;
            continue;
        }
        for (int i = 0; i < 3; i++) {
            if (*values[i] != NARROW)
                continue;
            if (used + 8 > 4 + length)
                return damaged(err, "a zip64 field is too short");
            *values[i] = number(extra + used, 8);
            used += 8;
        }
        return TW_OK;
    }
    for (int i = 0; i < 3; i++) {
        if (*values[i] == NARROW)
            return damaged(err, "a zip64 field is missing");
    }
    return TW_OK;
}

/* Where the member's data is, by its local header, which must agree with the directory. */
static tw_status find_data(const struct tw_zip *zip, uint64_t local, struct tw_zip_member *member,
                           unsigned method, struct tw_err *err)
{
    const uint8_t *header;
    uint64_t data;

    if (!inside(local, LOCAL_B, zip->size) || memcmp(zip->bytes + local, "PK\3\4", 4) != 0)
        return damaged(err, "a member's header is not where it should be");
    header = zip->bytes + local;
    data = local + LOCAL_B + number(header + 26, 2) + number(header + 28, 2);
    if (!inside(data, member->data_B, zip->size))
        return damaged(err, "truncated: a member's data is not inside the file");
    if (number(header + 8, 2) != method || number(header + 26, 2) != member->name_B ||
        memcmp(header + LOCAL_B, member->name, member->name_B) != 0)
        return damaged(err, "a member's header contradicts the directory");
    member->data = zip->bytes + data;
    return TW_OK;
}

static tw_status check_member(const struct tw_zip_member *member, unsigned flags, unsigned method,
                              struct tw_err *err)
{
    if (flags & 1U)
        return tw_err_set(err, TW_REFUSED, "zip: encrypted members are not read");
    if (method != 0 && method != 8)
        return tw_err_set(err, TW_REFUSED, "zip: compression method %u is not read", method);
    if (method == 0 && member->data_B != member->unpacked_B)
        return damaged(err, "a stored member has two sizes");
    if (member->unpacked_B / RATIO_MAX > member->data_B)
        return damaged(err, "a member claims to unpack to more than deflate can");
    return TW_OK;
}

tw_status tw_zip_next(struct tw_zip *zip, struct tw_zip_member *member, struct tw_err *err)
{
    const uint8_t *entry = zip->bytes + zip->at;
    uint64_t local, *wide[3] = {&member->unpacked_B, &member->data_B, &local};
    unsigned flags, method;
    size_t name_B, extra_B, whole_B;
    tw_status status;

    *member = (struct tw_zip_member){0};
    if (!inside(zip->at, ENTRY_B, zip->end) || memcmp(entry, "PK\1\2", 4) != 0)
        return damaged(err, "its directory is damaged");
    name_B = number(entry + 28, 2);
    extra_B = number(entry + 30, 2);
    whole_B = ENTRY_B + name_B + extra_B + number(entry + 32, 2);
    if (!inside(zip->at, whole_B, zip->end))
        return damaged(err, "its directory is damaged");
    flags = (unsigned)number(entry + 8, 2);
    method = (unsigned)number(entry + 10, 2);
    *member = (struct tw_zip_member){.name = (const char *)entry + ENTRY_B,
                                     .name_B = name_B,
                                     .deflated = method == 8,
                                     .crc = (uint32_t)number(entry + 16, 4),
                                     .data_B = number(entry + 20, 4),
                                     .unpacked_B = number(entry + 24, 4)};
    local = number(entry + 42, 4);
    status = widen(entry + ENTRY_B + name_B, extra_B, wide, err);
    if (status == TW_OK)
        status = find_data(zip, local, member, method, err);
    if (status == TW_OK)
        status = check_member(member, flags, method, err);
    zip->at += whole_B;
    zip->left--;
    return status;
}

/* zlib counts in 32 bits: both sides are handed over in parts. */
static tw_status inflate_all(const struct tw_zip_member *member, uint8_t *out, struct tw_err *err)
{
    const uInt part = 1U << 30;
    uint64_t in_left = member->data_B, out_left = member->unpacked_B;
    z_stream stream = {0};
    int answer = Z_OK;

    stream.next_in = (Bytef *)member->data; /* zlib does not write there */
    stream.next_out = out;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return tw_err_set(err, TW_MEMORY, "no memory to unpack a zip member");
    while (answer == Z_OK) {
        if (stream.avail_in == 0) {
            stream.avail_in = in_left > part ? part : (uInt)in_left;
            in_left -= stream.avail_in;
        }
        if (stream.avail_out == 0) {
            stream.avail_out = out_left > part ? part : (uInt)out_left;
            out_left -= stream.avail_out;
        }
        answer = inflate(&stream, Z_NO_FLUSH); /* Z_BUF_ERROR when nothing is left on a side */
    }
    in_left += stream.avail_in;
    out_left += stream.avail_out;
    inflateEnd(&stream);
    if (answer == Z_MEM_ERROR)
        return tw_err_set(err, TW_MEMORY, "no memory to unpack a zip member");
    if (answer != Z_STREAM_END || in_left > 0 || out_left > 0)
        return damaged(err, "a member does not unpack to the size it tells");
    return TW_OK;
}

static uint32_t checksum(const uint8_t *bytes, uint64_t size)
{
    uLong crc = crc32(0, NULL, 0);
    for (uint64_t at = 0; at < size; at += 1U << 30)
        crc = crc32(crc, bytes + at, size - at > 1U << 30 ? 1U << 30 : (uInt)(size - at));
    return (uint32_t)crc;
}

tw_status tw_zip_unpack(const struct tw_zip_member *member, const uint8_t **bytes, uint8_t **owned,
                        struct tw_err *err)
{
    tw_status status = TW_OK;

    *bytes = member->data;
    *owned = NULL;
    if (member->deflated) {
        *owned = malloc((size_t)member->unpacked_B + 1);
        *bytes = *owned;
        if (!*owned)
            return tw_err_set(err, TW_MEMORY, "no %llu B to unpack a zip member",
                              (unsigned long long)member->unpacked_B);
        status = inflate_all(member, *owned, err);
    }
    if (status == TW_OK && checksum(*bytes, member->unpacked_B) != member->crc)
        status = damaged(err, "the checksum of a member is wrong");
    if (status != TW_OK) {
        free(*owned);
        *owned = NULL;
        *bytes = NULL;
    }
    return status;
}
