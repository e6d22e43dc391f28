/* Writing one field of a CSV file (RFC 4180). */
#include <math.h>
#include <string.h>
#include "results.h"

void tw_csv_text(FILE *to, const char *text)
{
    if (!text)
        return;
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

void tw_csv_real(FILE *to, double value)
{
    /* 17 significant digits are enough for every double to be read back bit by bit. */
    if (isfinite(value))
        fprintf(to, "%.17g", value);
}
