/* Names and sizes of element types and requests. */
#include "exchange.h"

#include <string.h>

#define ELEMENT_NAME(code, text, bytes) text,
#define ELEMENT_BYTES(code, text, bytes) bytes,
#define REQUEST_NAME(code, text) text,
static const char *const element_names[] = {TW_ELEMENT_LIST(ELEMENT_NAME)};
static const unsigned char element_bytes[] = {TW_ELEMENT_LIST(ELEMENT_BYTES)};
static const char *const request_names[] = {TW_REQUEST_LIST(REQUEST_NAME)};

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

unsigned tw_element_B(enum tw_element element)
{
    return (unsigned)element < TW_ELEMENT_COUNT ? element_bytes[element] : 0;
}

const char *tw_element_name(enum tw_element element)
{
    return (unsigned)element < TW_ELEMENT_COUNT ? element_names[element] : "unknown";
}

const char *tw_request_name(enum tw_request_kind kind)
{
    return (unsigned)kind < TW_REQUEST_COUNT ? request_names[kind] : "unknown";
}

int tw_request_by_name(const char *name)
{
    return find(request_names, TW_REQUEST_COUNT, name);
}

int tw_element_by_name(const char *name)
{
    return find(element_names, TW_ELEMENT_COUNT, name);
}
