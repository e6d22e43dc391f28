/* Numbers as people say them: "25 Gbps", "3.2 ms", "25 µs", "1.5×". UTF-8. */
#ifndef TW_RESULTS_QUANTITY_H
#define TW_RESULTS_QUANTITY_H

#define TW_QUANTITY_MAX 48

/* Writes value into text, at most three significant digits unless it is whole. */
typedef void (*tw_quantity)(double value, char text[TW_QUANTITY_MAX]);

void tw_quantity_time(double seconds, char text[TW_QUANTITY_MAX]);
void tw_quantity_rate(double bits_per_s, char text[TW_QUANTITY_MAX]);
void tw_quantity_bytes(double bytes, char text[TW_QUANTITY_MAX]); /* decimal: "1.5 MB" */
void tw_quantity_factor(double factor, char text[TW_QUANTITY_MAX]);
void tw_quantity_plain(double value, char text[TW_QUANTITY_MAX]);
/* "25 557 032", in groups of three. */
void tw_quantity_count(double value, char text[TW_QUANTITY_MAX]);

#endif
