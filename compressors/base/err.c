/* Filling struct tw_err, and the near-miss search behind "did you mean". */
#include "err.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Longest name that tw_nearest compares; no name of the project comes near it. */
#define NEAREST_MAX 127

#undef tw_err_set /* macros for the analyzer only (err.h) */
#undef tw_err_hint

/* Copies as much of text as fits and always ends it. */
static void copy_cut(char *out, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);
    memcpy(out, text, length);
    out[length] = '\0';
}

tw_status tw_err_set(struct tw_err *err, tw_status status, const char *format, ...)
{
    if (!err)
        return status;
    /* Through a buffer, because the arguments may point into err->text (adding a prefix). */
    char text[sizeof err->text];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    err->status = status;
    memcpy(err->text, text, sizeof text);
    err->hint[0] = '\0';
    return status;
}

tw_status tw_err_hint(struct tw_err *err, tw_status status, const char *format, ...)
{
    if (!err)
        return status;
    char hint[sizeof err->hint];
    va_list list;
    va_start(list, format);
    vsnprintf(hint, sizeof hint, format, list);
    va_end(list);
    err->status = status;
    memcpy(err->hint, hint, sizeof hint);
    return status;
}

void tw_err_at(struct tw_err *err, const char *file, long line)
{
    if (!err)
        return;
    copy_cut(err->file, sizeof err->file, file ? file : "");
    err->line = line;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance by one row of the table; both lengths are at most NEAREST_MAX. */
static unsigned edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned row[NEAREST_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; i < a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < b_length; j++) {
            unsigned above = row[j + 1];
            row[j + 1] = min3(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[b_length];
}

const char *tw_nearest(const char *wrong, const char *const *names, size_t count)
{
    size_t length = strlen(wrong);
    if (length > NEAREST_MAX)
        return NULL;
    unsigned best = 2 + (unsigned)length / 3; /* one more than what is near enough */
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t name_length = strlen(names[i]);
        if (name_length > NEAREST_MAX)
            continue;
        unsigned distance = edit_distance(wrong, length, names[i], name_length);
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

char *tw_join(const char *const *names, size_t count, char *buffer, size_t size)
{
    static const char cut[] = " …";
    size_t used = 0;
    if (size == 0)
        return buffer;
    buffer[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names[i]) + (i > 0);
        /* Unless this is the last name, the mark must still fit behind it. */
        size_t needed = used + length + (i + 1 < count ? sizeof cut : 1);
        if (needed > size) {
            if (used + sizeof cut <= size)
                memcpy(buffer + used, cut, sizeof cut);
            return buffer;
        }
        snprintf(buffer + used, size - used, "%s%s", i > 0 ? " " : "", names[i]);
        used += length;
    }
    return buffer;
}
