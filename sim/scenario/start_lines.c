/* Where start tags begin. libxml2 keeps the line on which a start tag ends; an editor should be
 * sent to where it begins. Only tags over several lines are remembered. */
#include "read_xml.h"

#include <stdint.h>
#include <string.h>

#include <libxml/SAX2.h>

/* Enough for any file that a person writes; it bounds the search. */
#define START_LINES_MAX 1024

struct tw_start_line {
    struct tw_start_line *next;
    const char *file, *name;
    long ends, starts;
};

static void remember(struct tw_xml *xml, const char *name, long ends, long lines)
{
    if (xml->start_line_count++ >= START_LINES_MAX)
        return;
    struct tw_start_line *start = tw_pool_take(xml->pool, sizeof *start);
    char *copy = tw_pool_text(xml->pool, name, strlen(name));
    if (!start || !copy) {
        xml->report->memory = 1;
        return;
    }
    *start = (struct tw_start_line){xml->start_lines, xml->parsing, copy, ends, ends - lines};
    xml->start_lines = start;
}

/* Called at the end of a start tag: its '<' is the last one before, since attribute values cannot
 * hold one. */
static void start_element(void *data, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                          int attribute_count, int default_count, const xmlChar **attributes)
{
    xmlParserCtxtPtr parser = data;
    xmlSAX2StartElementNs(data, name, prefix, uri, namespace_count, namespaces, attribute_count,
                          default_count, attributes);
    const xmlParserInputPtr input = parser->input;
    long lines = 0;
    if (!input || !input->base || !input->cur)
        return;
    const xmlChar *c = input->cur;
    while (c > input->base && *c != '<')
        lines += *--c == '\n';
    if (*c != '<')
        lines = 0;
    if (parser->node)
        parser->node->_private = (void *)(intptr_t)(input->line - lines);
    struct tw_xml *xml = parser->_private;
    if (lines > 0 && xml->parsing != xml->path)
        remember(xml, (const char *)name, input->line, lines);
}

void tw_xml_watch_lines(struct tw_xml *xml, xmlParserCtxtPtr parser)
{
    parser->_private = xml;
    parser->sax->startElementNs = start_element;
}

long tw_xml_line(const struct tw_xml *xml, xmlNodePtr node, const char *file)
{
    if (node->_private)
        return (long)(intptr_t)node->_private;
    long line = xmlGetLineNo(node);
    for (const struct tw_start_line *start = xml->start_lines; start; start = start->next)
        if (start->ends == line && strcmp(start->name, (const char *)node->name) == 0 &&
            strcmp(start->file, file) == 0)
            return start->starts;
    return line;
}
