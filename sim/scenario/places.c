/* Where elements stand. libxml2 keeps the line on which a start tag ends, in 16 bits, and no file;
 * an editor should be sent to where the tag begins, in the file in which it was written. So every
 * element that is parsed carries its place. */
#include "read_xml.h"

#include <string.h>

#include <libxml/SAX2.h>

/* Called at the end of a start tag: its '<' is the last one before, since attribute values cannot
 * hold one. */
static void start_element(void *data, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                          int attribute_count, int default_count, const xmlChar **attributes)
{
    xmlParserCtxtPtr parser = data;
    struct tw_xml *xml = parser->_private;
    xmlSAX2StartElementNs(data, name, prefix, uri, namespace_count, namespaces, attribute_count,
                          default_count, attributes);
    const xmlParserInputPtr input = parser->input;
    struct tw_place *place = tw_pool_take(xml->pool, sizeof *place);
    if (!place || !input || !input->base || !input->cur || !parser->node) {
        xml->report->memory |= !place;
        return;
    }
    long lines = 0;
    const xmlChar *c = input->cur;
    while (c > input->base && *c != '<')
        lines += *--c == '\n';
    place->file = xml->parsing;
    place->line = input->line - (*c == '<' ? lines : 0);
    parser->node->_private = place;
}

/* Called at the '[' or '>' of a DOCTYPE: nothing behind it is read, no entity declared. */
static void refuse_doctype(void *data, const xmlChar *name, const xmlChar *external,
                           const xmlChar *system)
{
    static const char mark[] = "<!DOCTYPE";
    xmlParserCtxtPtr parser = data;
    struct tw_xml *xml = parser->_private;
    const xmlParserInputPtr input = parser->input;
    struct tw_err err = {0};
    long lines = 0;
    (void)name;
    (void)external;
    (void)system;
    if (input && input->base && input->cur)
        for (const xmlChar *c = input->cur;
             c > input->base && strncmp((const char *)c, mark, sizeof mark - 1) != 0;)
            lines += *--c == '\n';
    tw_err_set(&err, TW_INPUT, "a DOCTYPE is not allowed");
    tw_err_at(&err, xml->parsing, input ? input->line - lines : 0);
    tw_report_add(xml->report, TW_ERROR, &err);
    xml->doctype = 1;
    xml->taken = 1; /* what the parser still says follows from this */
    xmlStopParser(parser);
}

void tw_xml_watch_places(struct tw_xml *xml, xmlParserCtxtPtr parser)
{
    parser->_private = xml;
    parser->sax->internalSubset = refuse_doctype;
    parser->sax->startElementNs = start_element;
}

struct tw_place tw_xml_place(const struct tw_xml *xml, xmlNodePtr node)
{
    const struct tw_place *place = node->type == XML_ELEMENT_NODE ? node->_private : NULL;
    return place ? *place : (struct tw_place){xml->path, 0};
}

void tw_xml_copy_places(xmlNodePtr from, xmlNodePtr to)
{
    if (from->type == XML_ELEMENT_NODE)
        to->_private = from->_private;
    for (from = from->children, to = to->children; from && to; from = from->next, to = to->next)
        if (from->type == XML_ELEMENT_NODE)
            tw_xml_copy_places(from, to);
}
