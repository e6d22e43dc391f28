/* Escaping, and base64 (RFC 4648). */
#include "html.h"

#include <jansson.h>
#include <string.h>

static const char *entity_of(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? "\xEF\xBF\xBD" : NULL;
    }
}

/* Bytes of the UTF-8 character that text begins with; 0: none does. jansson is the judge. */
static size_t character(const char *text)
{
    size_t rest = strnlen(text, 4);
    for (size_t size = 2; size <= rest; size++) {
        json_t *valid = json_stringn(text, size);
        json_decref(valid);
        if (valid)
            return size;
    }
    return 0;
}

void tw_html_text(FILE *out, const char *text)
{
    for (size_t size = 1; text && *text; text += size) {
        const char *entity = entity_of((unsigned char)*text);
        size = 1;
        if ((unsigned char)*text >= 0x80) {
            size = character(text);
            /* U+FFFE and U+FFFF are no characters of XML either. */
            if (size == 0 ||
                (size == 3 && !memcmp(text, "\xEF\xBF", 2) && (unsigned char)text[2] >= 0xBE)) {
                entity = "\xEF\xBF\xBD";
                size = size ? size : 1;
            }
        }
        if (entity)
            fputs(entity, out);
        else
            fwrite(text, 1, size, out);
    }
}

static void base64(FILE *out, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned long group = (unsigned long)bytes[i] << 16;
        group |= left > 1 ? (unsigned long)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? bytes[i + 2] : 0;
        fputc(digits[group >> 18 & 63], out);
        fputc(digits[group >> 12 & 63], out);
        fputc(left > 1 ? digits[group >> 6 & 63] : '=', out);
        fputc(left > 2 ? digits[group & 63] : '=', out);
    }
}

void tw_html_svg(FILE *out, const char *svg, size_t size, const char *name)
{
    fputs("<img alt=\"", out);
    tw_html_text(out, name);
    fputs("\" src=\"data:image/svg+xml;base64,", out);
    base64(out, (const unsigned char *)svg, size);
    fputs("\"/>", out);
}
