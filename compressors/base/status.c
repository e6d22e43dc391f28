/* Texts of the status codes. */
#include "status.h"

const char *tw_status_text(tw_status status)
{
#define TW_STATUS_TEXT(code, text) text,
    static const char *const texts[] = {TW_STATUS_LIST(TW_STATUS_TEXT)};
#undef TW_STATUS_TEXT
    if ((unsigned)status >= TW_STATUS_COUNT)
        return "unknown status";
    return texts[status];
}
