/* Panels, title and legend of a gnuplot script. Places are reckoned in pixels of a page, because
 * both terminals are told the same size. */
#include "canvas.h"

#include <string.h>

/* Pixels, with the terminals' font of size 16. A line of text: */
#define TITLE_LINE 36
#define SUBTITLE_LINE 26
#define LEGEND_LINE 30
/* an average character, on the safe side: */
#define TITLE_CHARACTER 14.5
#define SUBTITLE_CHARACTER 10.2
#define LEGEND_CHARACTER 11.5
/* around a panel's frame: */
#define PANEL_TITLE 44
#define PANEL_TICKS 52
#define PANEL_GAP 104
#define RIGHT 56
/* and the rest: */
#define RIM 16
#define AXIS_NAME 36
#define SAMPLE 84
#define SAMPLE_GAP 12
#define ENTRY_GAP 40
#define WIDTH_MIN 1400
#define HEIGHT_MIN 860

static void quote(FILE *script, const char *text, char doubled)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'' || *text == doubled)
            fputc(*text, script);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
    }
    fputc('\'', script);
}

void tw_canvas_text(FILE *script, const char *text)
{
    quote(script, text, '\'');
}

void tw_canvas_tick(FILE *script, const char *text, double place, int minor)
{
    quote(script, text, '%');
    fprintf(script, " %.12g%s", place, minor ? " 1" : "");
}

/* ---- text on the page ---- */

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

/* A text at a place in pixels from the page's upper left corner; how: "center font ',20'". */
static void label(const struct tw_canvas *canvas, const char *text, double x, double y,
                  const char *how)
{
    fputs("    set label ", canvas->script);
    tw_canvas_text(canvas->script, text);
    fprintf(canvas->script, " at screen %.5f, screen %.5f %s\n", x / canvas->width,
            1 - y / canvas->height, how);
}

/* Centred lines from y downwards, or only their number when `how` is NULL. */
static int wrap(const struct tw_canvas *canvas, const char *text, double character, double y,
                double step, const char *how)
{
    int lines = 0;
    while (*text == ' ')
        text++;
    for (; *text; lines++) {
        char line[512];
        size_t length = line_length(text, (int)((canvas->width - 60) / character));
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        if (how)
            label(canvas, line, canvas->width / 2.0, y + lines * step, how);
        text += length;
        while (*text == ' ')
            text++;
    }
    return lines;
}

/* ---- legend ---- */

/* Width of column c when the entries fill rows of `columns`. */
static double column_width(const struct tw_canvas *canvas, int columns, int c)
{
    int longest = 0;
    for (int i = c; i < canvas->legend_count; i += columns) {
        int length = characters(canvas->legend[i].label, strlen(canvas->legend[i].label));
        longest = length > longest ? length : longest;
    }
    return SAMPLE + SAMPLE_GAP + longest * LEGEND_CHARACTER + ENTRY_GAP;
}

static double legend_width(const struct tw_canvas *canvas, int columns)
{
    double width = 0;
    for (int c = 0; c < columns; c++)
        width += column_width(canvas, columns, c);
    return width - ENTRY_GAP;
}

static int legend_lines(const struct tw_canvas *canvas)
{
    return (canvas->legend_count + canvas->legend_columns - 1) / canvas->legend_columns;
}

static void write_sample(const struct tw_canvas *canvas, const struct tw_legend *entry, double x,
                         double y)
{
    FILE *to = canvas->script;
    double w = canvas->width, h = canvas->height;
    char style[80];
    switch (entry->kind) {
    case TW_LEGEND_BOX:
        fprintf(
            to,
            "    set object rectangle from screen %.5f, screen %.5f to screen %.5f, screen %.5f "
            "fc rgb '%s' fs solid noborder\n",
            (x + 20) / w, 1 - (y + 8) / h, (x + SAMPLE) / w, 1 - (y - 8) / h, entry->fill);
        return;
    case TW_LEGEND_RULE:
        snprintf(style, sizeof style, "%s", TW_RULE_STYLE);
        break;
    case TW_LEGEND_LINE:
        snprintf(style, sizeof style, "lt %d dt %d lw 2.5", entry->style.colour, entry->style.dash);
        fprintf(to, "    set label '' at screen %.5f, screen %.5f point lt %d pt %d ps 1.3\n",
                (x + SAMPLE / 2.0) / w, 1 - y / h, entry->style.colour, entry->style.mark);
        break;
    }
    fprintf(to,
            "    set arrow from screen %.5f, screen %.5f to screen %.5f, screen %.5f nohead %s\n",
            x / w, 1 - y / h, (x + SAMPLE) / w, 1 - y / h, style);
}

static void write_legend(const struct tw_canvas *canvas)
{
    int columns = canvas->legend_columns;
    double left = (canvas->width - legend_width(canvas, columns)) / 2;
    double top = canvas->height - RIM - legend_lines(canvas) * LEGEND_LINE + LEGEND_LINE / 2.0;
    for (int i = 0; i < canvas->legend_count; i++) {
        double x = left, y = top + i / columns * LEGEND_LINE;
        for (int c = 0; c < i % columns; c++)
            x += column_width(canvas, columns, c);
        write_sample(canvas, &canvas->legend[i], x, y);
        label(canvas, canvas->legend[i].label, x + SAMPLE + SAMPLE_GAP, y, "left");
    }
}

/* ---- the page ---- */

static int panel_title(const struct tw_canvas *canvas)
{
    return canvas->panels > 1 ? PANEL_TITLE : RIM;
}

/* Columns that make a page of panels rather wide than high. */
static int square(int panels)
{
    int columns = 1;
    while (columns * columns < panels)
        columns++;
    return panels == 3 ? 3 : columns;
}

/* Sizes of everything; frames grow to fill a page. */
static void measure(struct tw_canvas *canvas)
{
    if (!canvas->columns)
        canvas->columns = square(canvas->panels);
    canvas->rows = (canvas->panels + canvas->columns - 1) / canvas->columns;
    int rims = canvas->left + (canvas->columns - 1) * PANEL_GAP + RIGHT;
    if (rims + canvas->columns * canvas->frame_width < WIDTH_MIN)
        canvas->frame_width = (WIDTH_MIN - rims) / canvas->columns;
    canvas->width = rims + canvas->columns * canvas->frame_width;
    canvas->top = RIM + wrap(canvas, canvas->title, TITLE_CHARACTER, 0, 0, NULL) * TITLE_LINE +
                  wrap(canvas, canvas->subtitle, SUBTITLE_CHARACTER, 0, 0, NULL) * SUBTITLE_LINE +
                  (canvas->panels > 1 ? RIM / 2 : 0);
    canvas->legend_columns = canvas->legend_count ? canvas->legend_count : 1;
    while (canvas->legend_columns > 1 &&
           legend_width(canvas, canvas->legend_columns) > canvas->width - 60)
        canvas->legend_columns--;
    rims = canvas->top + canvas->rows * (panel_title(canvas) + PANEL_TICKS) + AXIS_NAME +
           legend_lines(canvas) * LEGEND_LINE + 2 * RIM;
    if (rims + canvas->rows * canvas->frame_height < HEIGHT_MIN)
        canvas->frame_height = (HEIGHT_MIN - rims) / canvas->rows;
    canvas->height = rims + canvas->rows * canvas->frame_height;
}

static void write_rim(const struct tw_canvas *canvas)
{
    double y = RIM + TITLE_LINE / 2.0;
    double panels = canvas->rows * (panel_title(canvas) + PANEL_TICKS + canvas->frame_height);
    int lines = wrap(canvas, canvas->title, TITLE_CHARACTER, y, TITLE_LINE, "center font ',21'");
    y = RIM + lines * TITLE_LINE + SUBTITLE_LINE / 2.0;
    wrap(canvas, canvas->subtitle, SUBTITLE_CHARACTER, y, SUBTITLE_LINE,
         "center font ',15' tc rgb '#404040'");
    label(canvas, canvas->x_label, (canvas->left + canvas->width - RIGHT) / 2.0,
          canvas->top + panels + AXIS_NAME / 2.0 - 4, "center");
    label(canvas, canvas->y_label, 24, canvas->top + panels / 2, "center rotate by 90");
    write_legend(canvas);
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
            "    unset key\n",
            canvas->name, canvas->width, canvas->height, canvas->width, canvas->height,
            canvas->name);
    write_rim(canvas);
}

int tw_canvas_is_left(const struct tw_canvas *canvas, int panel)
{
    return panel % canvas->columns == 0;
}

void tw_canvas_panel(const struct tw_canvas *canvas, int panel, const char *title)
{
    FILE *to = canvas->script;
    double w = canvas->width, h = canvas->height;
    double x = canvas->left + panel % canvas->columns * (canvas->frame_width + PANEL_GAP);
    double y = canvas->top + panel_title(canvas) +
               panel / canvas->columns * (panel_title(canvas) + canvas->frame_height + PANEL_TICKS);
    if (panel) /* the rim was drawn with the first panel */
        fputs("    unset label; unset arrow; unset object\n", to);
    fprintf(to,
            "    set lmargin at screen %.5f; set rmargin at screen %.5f\n"
            "    set tmargin at screen %.5f; set bmargin at screen %.5f\n",
            x / w, (x + canvas->frame_width) / w, 1 - y / h, 1 - (y + canvas->frame_height) / h);
    fputs("    set title ", to);
    tw_canvas_text(to, title);
    fputs(" offset 0,-0.4\n", to);
}

void tw_canvas_close(const struct tw_canvas *canvas)
{
    fputs("    unset label; unset arrow; unset object\n    unset multiplot\n    unset output\n}\n",
          canvas->script);
}
