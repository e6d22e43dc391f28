/* XPath by libxml2, with the axes as variables that are looked up when asked for. */
#include "filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#define TEXT_MAX_B 4096
#define OPERATIONS_MAX 100000 /* of one evaluation; a filter is a few dozen */

struct tw_filter {
    const char *text;
    const struct tw_sweep *sweep;
    xmlDocPtr doc; /* XPath wants a context node, though filters are about variables only */
    xmlXPathContextPtr context;
    xmlXPathCompExprPtr compiled;
    char problem[256];
};

/* libxml2 gives a context's handler a code and a place, no text. */
static void hear(void *data, xmlErrorPtr error)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {{XML_XPATH_UNFINISHED_LITERAL_ERROR, "a text without its closing quote"},
                 {XML_XPATH_UNDEF_VARIABLE_ERROR, "an axis that is not there"},
                 {XML_XPATH_UNCLOSED_ERROR, "a bracket that is not closed"},
                 {XML_XPATH_UNKNOWN_FUNC_ERROR, "a function that XPath 1.0 does not have"},
                 {XML_XPATH_INVALID_OPERAND, "an operand of the wrong type"},
                 {XML_XPATH_INVALID_TYPE, "a value of the wrong type"},
                 {XML_XPATH_INVALID_ARITY, "a function with the wrong number of arguments"}};
    struct tw_filter *filter = data;
    if (filter->problem[0] != '\0')
        return;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].code == error->code)
            snprintf(filter->problem, sizeof filter->problem, "%s", texts[i].text);
    if (filter->problem[0] == '\0')
        snprintf(filter->problem, sizeof filter->problem, "it breaks off at character %d",
                 error->int1 + 1);
}

static xmlXPathObjectPtr look_up(void *data, const xmlChar *name, const xmlChar *space)
{
    const struct tw_filter *filter = data;
    int axis = space ? -1 : tw_sweep_find(filter->sweep, (const char *)name);
    if (axis < 0)
        return NULL;
    const struct tw_axis *of = &filter->sweep->axes[axis];
    int at = filter->sweep->index[of->dimension];
    if (of->count == 0) /* its values could not be read, which was reported */
        return xmlXPathNewCString("");
    if (!isnan(of->numbers[at]))
        return xmlXPathNewFloat(of->numbers[at]);
    return xmlXPathNewCString(of->values[at]);
}

/* The first $name outside quotes that no axis has, into name; 0 when all are known. XPath itself
 * would tell only when evaluation comes by it. */
static int undefined_axis(const struct tw_filter *filter, char *name, size_t size)
{
    char quote = '\0';
    for (const char *c = filter->text; *c; c++) {
        if (quote) {
            quote = *c == quote ? '\0' : quote;
        } else if (*c == '\'' || *c == '"') {
            quote = *c;
        } else if (*c == '$') {
            size_t length = strcspn(c + 1, " \t\r\n=<>!+*|,()[]/'\"$");
            snprintf(name, size, "%.*s", (int)(length < 63 ? length : 63), c + 1);
            if (tw_sweep_find(filter->sweep, name) < 0)
                return 1;
        }
    }
    return 0;
}

static tw_status fail(struct tw_filter *filter, struct tw_err *err)
{
    tw_err_set(err, TW_INPUT, "'%s' is not a condition: %s", filter->text,
               filter->problem[0] ? filter->problem : "it cannot be evaluated");
    return tw_err_hint(err, TW_INPUT,
                       "XPath 1.0, e.g. $method = 'dense' and $nodes > 8; division is div");
}

static tw_status compile(struct tw_filter *filter, struct tw_err *err)
{
    char name[64], hint[512];
    if (strlen(filter->text) > TEXT_MAX_B)
        return tw_err_set(err, TW_INPUT, "the condition is longer than %d bytes", TEXT_MAX_B);
    if (undefined_axis(filter, name, sizeof name)) {
        tw_err_set(err, TW_INPUT, "$%s is no axis", name);
        return tw_err_hint(err, TW_INPUT, "%s",
                           tw_sweep_hint(filter->sweep, name, hint, sizeof hint));
    }
    filter->doc = xmlNewDoc(BAD_CAST "1.0");
    xmlNodePtr root = filter->doc ? xmlNewDocNode(filter->doc, NULL, BAD_CAST "point", NULL) : NULL;
    if (!root)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    xmlDocSetRootElement(filter->doc, root);
    filter->context = xmlXPathNewContext(filter->doc);
    if (!filter->context)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    filter->context->node = root;
    filter->context->error = hear;
    filter->context->userData = filter;
    xmlXPathRegisterVariableLookup(filter->context, look_up, filter);
    filter->compiled = xmlXPathCtxtCompile(filter->context, BAD_CAST filter->text);
    return filter->compiled ? TW_OK : fail(filter, err);
}

tw_status tw_filter_open(struct tw_filter **filter, const char *text, const struct tw_sweep *sweep,
                         struct tw_err *err)
{
    struct tw_filter *made = calloc(1, sizeof *made);
    *filter = NULL;
    if (!made)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    made->text = text;
    made->sweep = sweep;
    tw_status status = compile(made, err);
    if (status) {
        tw_filter_close(made);
        return status;
    }
    *filter = made;
    return TW_OK;
}

tw_status tw_filter_holds(struct tw_filter *filter, int *holds, struct tw_err *err)
{
    filter->context->opLimit = OPERATIONS_MAX;
    filter->context->opCount = 0;
    xmlXPathObjectPtr object = xmlXPathCompiledEval(filter->compiled, filter->context);
    if (!object)
        return fail(filter, err);
    *holds = xmlXPathCastToBoolean(object);
    xmlXPathFreeObject(object);
    return TW_OK;
}

void tw_filter_close(struct tw_filter *filter)
{
    if (!filter)
        return;
    if (filter->compiled)
        xmlXPathFreeCompExpr(filter->compiled);
    if (filter->context)
        xmlXPathFreeContext(filter->context);
    xmlFreeDoc(filter->doc);
    free(filter);
}
