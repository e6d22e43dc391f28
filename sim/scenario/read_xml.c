/* Reading XML so that every mistake has its exact file and line, also inside included files and
 * beyond line 65535. No network, no DTDs, no entities of the user's own. */
#include "read_xml.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PARSE_FLAGS (XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_NOBLANKS)

void tw_xml_report(struct tw_xml *xml, xmlNodePtr node, const char *hint, const char *format, ...)
{
    struct tw_err err = {0};
    char text[sizeof err.text];
    struct tw_place place = tw_xml_place(xml, node);
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tw_err_set(&err, TW_INPUT, "%s", text);
    tw_err_hint(&err, TW_INPUT, "%s", hint);
    tw_err_at(&err, place.file, place.line);
    tw_report_add(xml->report, TW_ERROR, &err);
}

/* Parser errors. Only the first of a parse is worth reading: the rest follow from it. */
static void hear(void *data, xmlErrorPtr error)
{
    struct tw_xml *xml = data;
    struct tw_err err = {0};
    if (error->level == XML_ERR_WARNING || xml->taken++ > 0)
        return;
    const char *message = error->message ? error->message : "unknown error";
    tw_err_set(&err, TW_INPUT, "not well-formed XML: %.*s", (int)strcspn(message, "\n"), message);
    tw_err_at(&err, xml->parsing, error->line);
    tw_report_add(xml->report, TW_ERROR, &err);
}

/* What libxml2 still says the old way goes nowhere: libraries do not print. */
static void ignore(void *data, const char *format, ...)
{
    (void)data;
    (void)format;
}

void tw_xml_begin(struct tw_xml *xml)
{
    xml->generic_before = xmlGenericError;
    xml->generic_before_data = xmlGenericErrorContext;
    xmlSetGenericErrorFunc(NULL, ignore);
    xml->before = xmlStructuredError;
    xml->before_data = xmlStructuredErrorContext;
    xmlSetStructuredErrorFunc(xml, hear);
}

void tw_xml_end(struct tw_xml *xml)
{
    xmlSetStructuredErrorFunc(xml->before_data, xml->before);
    xmlSetGenericErrorFunc(xml->generic_before_data, xml->generic_before);
    xmlResetLastError();
}

static void report_file(struct tw_xml *xml, const char *path, const char *text)
{
    struct tw_err err = {0};
    tw_err_set(&err, TW_INPUT, "%s", text);
    tw_err_at(&err, path, 0);
    tw_report_add(xml->report, TW_ERROR, &err);
}

xmlDocPtr tw_xml_parse(struct tw_xml *xml, const char *text, size_t size, const char *path)
{
    if (size > TW_XML_MAX_B) {
        report_file(xml, path, "the file is larger than 16 MiB");
        return NULL;
    }
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (!parser) {
        xml->report->memory = 1;
        return NULL;
    }
    xml->taken = 0;
    xml->doctype = 0;
    xml->parsing = path;
    tw_xml_watch_places(xml, parser);
    xmlDocPtr doc = xmlCtxtReadMemory(parser, text, (int)size, path, NULL, PARSE_FLAGS);
    xmlFreeParserCtxt(parser);
    if (!doc && xml->taken == 0)
        report_file(xml, path, "not well-formed XML");
    if (xml->doctype) {
        xmlFreeDoc(doc);
        return NULL;
    }
    return doc;
}

/* ---- elements ---- */

static char *copy_text(struct tw_xml *xml, const xmlChar *text)
{
    char *copy = text ? tw_pool_text(xml->pool, (const char *)text, strlen((const char *)text))
                      : tw_pool_text(xml->pool, "", 0);
    if (!copy)
        xml->report->memory = 1;
    return copy;
}

/* Attributes without a namespace; xml:base and xsi:… are the XML machinery's own. */
static int copy_attributes(struct tw_xml *xml, xmlNodePtr node, struct tw_node *element)
{
    int count = 0;
    for (xmlAttrPtr attribute = node->properties; attribute; attribute = attribute->next)
        count += attribute->ns == NULL;
    element->attributes = tw_pool_array(xml->pool, (size_t)count + 1, sizeof *element->attributes);
    if (!element->attributes)
        return 0;
    for (xmlAttrPtr attribute = node->properties; attribute; attribute = attribute->next) {
        if (attribute->ns)
            continue;
        xmlChar *text = xmlNodeGetContent((xmlNodePtr)attribute);
        struct tw_attribute *copy = &element->attributes[element->attribute_count++];
        copy->name = copy_text(xml, attribute->name);
        copy->text = copy_text(xml, text);
        copy->axis = TW_LITERAL;
        xmlFree(text);
        if (!copy->name || !copy->text)
            return 0;
    }
    return 1;
}

static struct tw_node *copy_element(struct tw_xml *xml, xmlNodePtr node, struct tw_node *parent)
{
    struct tw_node *element = tw_pool_take(xml->pool, sizeof *element);
    if (!element)
        return NULL;
    struct tw_place place = tw_xml_place(xml, node);
    element->parent = parent;
    element->file = place.file;
    element->line = place.line;
    element->name = copy_text(xml, node->name);
    element->text = "";
    if (strcmp((const char *)node->name, "description") == 0) {
        xmlChar *text = xmlNodeGetContent(node);
        element->text = copy_text(xml, text);
        xmlFree(text);
    }
    if (!element->name || !element->text || !copy_attributes(xml, node, element))
        return NULL;
    struct tw_node **last = &element->first;
    for (xmlNodePtr child = node->children; child; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        *last = copy_element(xml, child, element);
        if (!*last)
            return NULL;
        last = &(*last)->next;
    }
    return element;
}

struct tw_node *tw_xml_elements(struct tw_xml *xml, xmlDocPtr doc)
{
    struct tw_node *root = copy_element(xml, xmlDocGetRootElement(doc), NULL);
    if (!root)
        xml->report->memory = 1;
    return root;
}

/* ---- the whole way ---- */

static int keep_text(struct tw_xml *xml, xmlDocPtr doc, char **resolved)
{
    xmlChar *text = NULL;
    int size = 0;
    xmlDocDumpMemory(doc, &text, &size);
    *resolved = text ? copy_text(xml, text) : NULL;
    xmlFree(text);
    if (!*resolved)
        xml->report->memory = 1;
    return *resolved != NULL;
}

int tw_xml_read_scenario(struct tw_xml *xml, const char *text, size_t size, char **resolved)
{
    int good = 0;
    xmlDocPtr doc = tw_xml_parse(xml, text, size, xml->path);
    if (!doc)
        return 0;
    xmlNodePtr root = xmlDocGetRootElement(doc);
    if (!root || strcmp((const char *)root->name, "scenario") != 0) {
        tw_xml_report(xml, root ? root : (xmlNodePtr)doc, "a scenario file begins with <scenario>",
                      "'%s' is not a scenario", root ? (const char *)root->name : "");
        goto done;
    }
    if (root->ns) {
        tw_xml_report(xml, root, "take the xmlns away",
                      "scenario: it is of the namespace '%.200s'; a scenario has none",
                      (const char *)root->ns->href);
        goto done;
    }
    if (!tw_xml_include(xml, doc) || !keep_text(xml, doc, resolved))
        goto done;
    tw_schema_check(xml, doc);
    xml->model->root = tw_xml_elements(xml, doc);
    good = xml->model->root != NULL;
done:
    xmlFreeDoc(doc);
    return good;
}
