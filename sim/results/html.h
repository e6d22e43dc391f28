/* Pieces of a page: text that cannot be taken for markup, pictures inside of the page. */
#ifndef TW_RESULTS_HTML_H
#define TW_RESULTS_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Text for element content and quoted attributes: & < > " ' as entities; what XML does not allow
 * (control characters, bytes that are no UTF-8) as U+FFFD. NULL writes nothing. */
void tw_html_text(FILE *out, const char *text);

/* <img> whose SVG is in the page itself; as a picture, so that scripts in it never run and its
 * names meet no others. */
void tw_html_svg(FILE *out, const char *svg, size_t size, const char *name);

#endif
