/* Panels, title and legend of a gnuplot script. Places are reckoned in pixels of a page with 16
 * pixel text, because both terminals are told the same size. */
#include "canvas.h"

#include <string.h>

#define TITLE_LINE 34 /* pixels a line of the title takes, at font size 20 */
#define SUBTITLE_LINE 26
#define LEGEND_LINE 30
#define TITLE_CHARACTER 14.0 /* pixels of an average character, on the safe side */
#define SUBTITLE_CHARACTER 10.5
#define LEGEND_CHARACTER 11.0
#define LEGEND_SAMPLE 90
#define PANEL_TOP 44
#define PANEL_RIGHT 26
#define PANEL_BOTTOM 84

void tw_canvas_text(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', script);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
    }
    fputc('\'', script);
}

/* Characters, not bytes, of UTF-8 text. */
static int characters(const char *text, size_t bytes)
{
    int count = 0;
    for (size_t i = 0; i < bytes && text[i]; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* Bytes of the longest beginning of text, ending before a blank, of at most `most` characters; a
 * single longer word is taken whole. */
static size_t line_length(const char *text, int most)
{
    size_t best = 0;
    for (size_t i = 1;; i++) {
        if (text[i] && text[i] != ' ')
            continue;
        if (best && characters(text, i) > most)
            return best;
        best = i;
        if (!text[i])
            return best;
    }
}

/* Calls for each wrapped line; returns how many lines there are. script NULL: only counts. */
static int wrap(FILE *script, const char *text, int most, int tag, double y, double step, double x,
                int size)
{
    int lines = 0;
    while (*text == ' ')
        text++;
    for (; *text; lines++) {
        size_t length = line_length(text, most);
        char line[512];
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        if (script) {
            fprintf(script, "    set label %d ", tag + lines);
            tw_canvas_text(script, line);
            fprintf(script, " at screen %.4f, screen %.4f center font ',%d'\n", x, y - lines * step,
                    size);
        }
        text += length;
        while (*text == ' ')
            text++;
    }
    return lines;
}

static int legend_width(const struct tw_canvas *canvas)
{
    int longest = 0;
    for (int i = 0; i < canvas->legend_count; i++) {
        int length = characters(canvas->legend[i].label, strlen(canvas->legend[i].label));
        longest = length > longest ? length : longest;
    }
    return LEGEND_SAMPLE + (int)(longest * LEGEND_CHARACTER);
}

/* Columns and rows of panels: as square as it gets, rather wide than high. */
static void arrange(struct tw_canvas *canvas)
{
    int columns = 1;
    while (columns * columns < canvas->panels)
        columns++;
    if (canvas->panels == 3)
        columns = 3;
    canvas->columns = columns;
    canvas->rows = (canvas->panels + columns - 1) / columns;
    canvas->width = columns * canvas->panel_width;
    if (canvas->width < 1400)
        canvas->width = 1400;
}

static void measure(struct tw_canvas *canvas)
{
    arrange(canvas);
    int titles =
        wrap(NULL, canvas->title, (int)((canvas->width - 60) / TITLE_CHARACTER), 0, 0, 0, 0, 0);
    int subtitles = wrap(NULL, canvas->subtitle, (int)((canvas->width - 60) / SUBTITLE_CHARACTER),
                         0, 0, 0, 0, 0);
    canvas->top = 14 + titles * TITLE_LINE + subtitles * SUBTITLE_LINE;
    canvas->legend_columns = (canvas->width - 40) / legend_width(canvas);
    if (canvas->legend_columns < 1)
        canvas->legend_columns = 1;
    if (canvas->legend_columns > canvas->legend_count && canvas->legend_count)
        canvas->legend_columns = canvas->legend_count;
    int lines = (canvas->legend_count + canvas->legend_columns - 1) / canvas->legend_columns;
    canvas->bottom = 24 + lines * LEGEND_LINE;
    int panels = canvas->rows * canvas->panel_height;
    canvas->height = canvas->top + canvas->bottom + panels;
    if (canvas->height < 900)
        canvas->height = 900;
}

void tw_canvas_open(struct tw_canvas *canvas)
{
    FILE *to = canvas->script;
    measure(canvas);
    fprintf(to,
            "# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d %s.gp\n"
            "set encoding utf8\n"
            "set colorsequence podo\n"
            "set datafile separator comma\n"
            "set datafile columnheaders\n"
            "set datafile missing NaN\n"
            "# v in the lines of a panel and a series, nothing elsewhere\n"
            "at(p, s, v) = column('panel') == p && column('series') == s ? v : NaN\n"
            "do for [kind in 'svg png'] {\n"
            "    if (kind eq 'svg') {\n"
            "        set terminal svg size %d,%d noenhanced font 'sans-serif,16' background "
            "'white'\n"
            "    } else {\n"
            "        set terminal pngcairo size %d,%d noenhanced font 'sans-serif,16' background "
            "'white'\n"
            "    }\n"
            "    set output '%s.'.kind\n"
            "    set multiplot\n"
            "    set border 3 lc rgb '#404040'\n"
            "    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1\n"
            "    set tics nomirror\n"
            "    unset key\n",
            canvas->name, canvas->width, canvas->height, canvas->width, canvas->height,
            canvas->name);
    double line = (double)TITLE_LINE / canvas->height,
           small = (double)SUBTITLE_LINE / canvas->height;
    double y = 1 - 26.0 / canvas->height;
    int lines =
        wrap(to, canvas->title, (int)((canvas->width - 60) / TITLE_CHARACTER), 1, y, line, .5, 20);
    wrap(to, canvas->subtitle, (int)((canvas->width - 60) / SUBTITLE_CHARACTER), 20,
         y - lines * line, small, .5, 15);
}

int tw_canvas_is_low(const struct tw_canvas *canvas, int panel)
{
    return panel + canvas->columns >= canvas->panels;
}

int tw_canvas_is_left(const struct tw_canvas *canvas, int panel)
{
    return panel % canvas->columns == 0;
}

void tw_canvas_panel(const struct tw_canvas *canvas, int panel, const char *title)
{
    FILE *to = canvas->script;
    double width = (double)canvas->width / canvas->columns;
    double height = (double)(canvas->height - canvas->top - canvas->bottom) / canvas->rows;
    double x = panel % canvas->columns * width, y = canvas->top + panel / canvas->columns * height;
    fprintf(to,
            "    set lmargin at screen %.4f; set rmargin at screen %.4f\n"
            "    set tmargin at screen %.4f; set bmargin at screen %.4f\n",
            (x + canvas->left) / canvas->width, (x + width - PANEL_RIGHT) / canvas->width,
            1 - (y + PANEL_TOP) / canvas->height, 1 - (y + height - PANEL_BOTTOM) / canvas->height);
    fputs("    set title ", to);
    tw_canvas_text(to, title);
    fputs(" offset 0,-0.3\n", to);
}

/* The legend is a plot of its own without axes, so that it never lies on data. */
void tw_canvas_close(const struct tw_canvas *canvas)
{
    FILE *to = canvas->script;
    fprintf(to,
            "    unset title; unset xlabel; unset ylabel; unset logscale; unset arrow\n"
            "    unset border; unset tics; unset grid\n"
            "    set lmargin at screen 0; set rmargin at screen 1\n"
            "    set tmargin at screen %.4f; set bmargin at screen 0\n"
            "    set key center center horizontal maxcols %d Left reverse samplen 3\n"
            "    set xrange [0:1]; set yrange [0:1]\n"
            "    plot ",
            (double)canvas->bottom / canvas->height, canvas->legend_columns);
    for (int i = 0; i < canvas->legend_count; i++) {
        fprintf(to, "%sNaN %s title ", i ? ", \\\n      " : "", canvas->legend[i].style);
        tw_canvas_text(to, canvas->legend[i].label);
    }
    fputs("\n    unset multiplot\n    unset output\n}\n", to);
}
