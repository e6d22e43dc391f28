/* Validation against the XSD, its findings said in this project's words. */
#include "read_xml.h"

#include <stdio.h>
#include <string.h>

#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

#define NAMES_MAX 48
#define UNEXPECTED_MAX 64
#define ROUNDS_MAX 32
#define SOUGHT_B 44 /* of a value, to find it in other messages, which may shorten it */

struct check {
    struct tw_xml *xml;
    xmlDocPtr schema;                      /* the XSD itself, for lists of valid names */
    xmlNodePtr unexpected[UNEXPECTED_MAX]; /* to be cut out before the next round */
    int unexpected_count;
};

struct names {
    const char *list[NAMES_MAX];
    int count;
};

/* The names of all <xs:what name="…"> under node, which point into the schema's document. */
static void collect(xmlNodePtr node, const char *what, struct names *names)
{
    for (xmlNodePtr child = node->children; child; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        xmlAttrPtr name = xmlHasProp(child, BAD_CAST "name");
        if (strcmp((const char *)child->name, what) != 0)
            collect(child, what, names);
        else if (name && name->children && names->count < NAMES_MAX)
            names->list[names->count++] = (const char *)name->children->content;
    }
}

/* What may stand in an element: every complexType is called like its element. */
static void allowed(const struct check *check, const xmlChar *element, const char *what,
                    struct names *names)
{
    names->count = 0;
    xmlNodePtr node = xmlDocGetRootElement(check->schema)->children;
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, "complexType") != 0)
            continue;
        xmlAttrPtr name = xmlHasProp(node, BAD_CAST "name");
        if (name && name->children && xmlStrEqual(name->children->content, element))
            collect(node, what, names);
    }
}

static void no_attribute(struct check *check, xmlNodePtr node, const char *attribute)
{
    struct names names;
    char hint[512];
    allowed(check, node->name, "attribute", &names);
    tw_report_names(attribute, names.list, names.count, hint, sizeof hint);
    tw_xml_report(check->xml, node, hint, "%s: there is no attribute '%s'", node->name, attribute);
}

static void no_element(struct check *check, xmlNodePtr node)
{
    struct names names;
    char hint[512];
    if (check->unexpected_count < UNEXPECTED_MAX)
        check->unexpected[check->unexpected_count++] = node;
    if (node->ns) {
        tw_xml_report(
            check->xml, node, "take the xmlns away",
            "%s: element '%s' is of the namespace '%.200s'; those of a scenario have none",
            node->parent->name, node->name, (const char *)node->ns->href);
        return;
    }
    allowed(check, node->parent->name, "element", &names);
    tw_report_names((const char *)node->name, names.list, names.count, hint, sizeof hint);
    tw_xml_report(check->xml, node, hint, "%s: there is no element '%s'", node->parent->name,
                  node->name);
}

static void missing_child(struct check *check, xmlNodePtr node)
{
    struct names names;
    char all[400], hint[512];
    allowed(check, node->name, "element", &names);
    tw_join(names.list, (size_t)names.count, all, sizeof all);
    snprintf(hint, sizeof hint, "it takes: %s", all);
    tw_xml_report(check->xml, node, hint, "%s: an element is missing in it", node->name);
}

/* The attribute that a message of libxml2 is about, in the pool, or NULL. */
static const char *attribute_of(struct check *check, const char *message)
{
    static const char mark[] = ", attribute '";
    const char *start = strstr(message, mark);
    if (!start)
        return NULL;
    start += sizeof mark - 1;
    return tw_pool_text(check->xml->pool, start, strcspn(start, "'"));
}

/* Said later, unless the checks of meaning say it better. */
static void defer(struct check *check, xmlNodePtr node, const char *message)
{
    struct tw_xml *xml = check->xml;
    struct tw_deferred *deferred = tw_pool_take(xml->pool, sizeof *deferred);
    struct tw_place place = tw_xml_place(xml, node);
    const char *attribute = attribute_of(check, message);
    if (!deferred) {
        xml->report->memory = 1;
        return;
    }
    char shown[TW_SHORT_B];
    xmlChar *value = attribute ? xmlGetNoNsProp(node, BAD_CAST attribute) : NULL;
    if (value)
        deferred->value = tw_pool_text(xml->pool, (char *)value, strnlen((char *)value, SOUGHT_B));
    if (deferred->value) {
        tw_err_set(&deferred->err, TW_INPUT, "%s: attribute %s: '%s' is not a valid value",
                   node->name, attribute, tw_report_short((char *)value, shown));
    } else {
        const char *colon = strstr(message, "': ");
        message = colon ? colon + 3 : message;
        tw_err_set(&deferred->err, TW_INPUT, "%s: %.*s", node->name, (int)strcspn(message, "\n"),
                   message);
    }
    xmlFree(value);
    xml->report->memory |= value && !deferred->value;
    tw_err_at(&deferred->err, place.file, place.line);
    deferred->next = xml->deferred;
    xml->deferred = deferred;
}

static void hear(void *data, xmlErrorPtr error)
{
    struct check *check = data;
    xmlNodePtr node = error->node;
    const char *message = error->message ? error->message : "invalid";
    if (!node) {
        check->xml->report->memory |= error->code == XML_ERR_NO_MEMORY;
        return;
    }
    if (node->type == XML_ATTRIBUTE_NODE)
        node = node->parent;
    switch (error->code) {
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
        no_attribute(check, node, error->str1 ? error->str1 : "");
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
        tw_xml_report(check->xml, node, "", "%s: attribute %s is missing", node->name,
                      error->str1 ? error->str1 : "");
        break;
    case XML_SCHEMAV_ELEMENT_CONTENT:
        if (strstr(message, "Missing child"))
            missing_child(check, node);
        else
            no_element(check, node);
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3:
        if (strstr(message, "Character content"))
            tw_xml_report(check->xml, node, "all values are attributes",
                          "%s: text is not allowed in it", node->name);
        else
            defer(check, node, message);
        break;
    default:
        defer(check, node, message);
    }
}

/* libxml2 leaves what follows an unexpected element unchecked: cut those out and look again. */
static void validate(struct check *check, xmlSchemaPtr schema, xmlDocPtr doc)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        xmlSchemaValidCtxtPtr context = xmlSchemaNewValidCtxt(schema);
        if (!context) {
            check->xml->report->memory = 1;
            return;
        }
        check->unexpected_count = 0;
        check->xml->deferred = NULL;
        xmlSchemaSetValidStructuredErrors(context, hear, check);
        int result = xmlSchemaValidateDoc(context, doc);
        xmlSchemaFreeValidCtxt(context);
        if (result < 0)
            check->xml->report->memory = 1;
        if (check->unexpected_count == 0)
            return;
        for (int i = 0; i < check->unexpected_count; i++) {
            xmlUnlinkNode(check->unexpected[i]);
            xmlFreeNode(check->unexpected[i]);
        }
    }
}

void tw_schema_check(struct tw_xml *xml, xmlDocPtr doc)
{
    struct check check = {.xml = xml};
    const char *text = tw_scenario_schema();
    xmlSchemaParserCtxtPtr parser = NULL;
    xmlSchemaPtr schema = NULL;
    check.schema = xmlReadMemory(text, (int)strlen(text), "scenario.xsd", NULL, XML_PARSE_NONET);
    if (check.schema)
        parser = xmlSchemaNewDocParserCtxt(check.schema);
    if (parser)
        schema = xmlSchemaParse(parser);
    if (schema)
        validate(&check, schema, doc);
    else
        xml->report->memory = 1; /* the embedded XSD is right, or a test fails */
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
    xmlFreeDoc(check.schema);
}

static int newest_last(const struct tw_deferred *deferred, const struct tw_deferred **out, int max)
{
    int count = 0;
    for (; deferred && count < max; deferred = deferred->next)
        out[count++] = deferred;
    return count;
}

void tw_schema_deferred(struct tw_xml *xml)
{
    enum { MAX = 256 };
    const struct tw_deferred *list[MAX];
    int count = newest_last(xml->deferred, list, MAX);
    for (int i = count - 1; i >= 0; i--)
        if (!tw_report_has_error(xml->report, list[i]->err.file, list[i]->err.line, list[i]->value))
            tw_report_add(xml->report, TW_ERROR, &list[i]->err);
}
