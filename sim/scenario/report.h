/* Collecting the mistakes of a file while it is read. */
#ifndef TW_SCENARIO_REPORT_H
#define TW_SCENARIO_REPORT_H

#include "model.h"
#include "scenario.h"

/* More mistakes than this are counted, not kept. */
#define TW_MISTAKES_MAX 500

struct tw_report {
    struct tw_mistakes *mistakes;
    const struct tw_model *model; /* for "(included from …)"; may be NULL */
    int memory;                   /* 1: something could not be allocated */
    long heard;                   /* errors that were reported, repeated ones included */
};

/* Takes in err as it is; a mistake equal in file, line and text is taken once. */
void tw_report_add(struct tw_report *report, enum tw_severity severity, const struct tw_err *err);

/* A mistake at an element; hint may be "". */
void tw_report_at(struct tw_report *report, enum tw_severity severity,
                  const struct tw_node *element, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* "did you mean X? valid: A B C" into buffer, which is returned. */
char *tw_report_names(const char *wrong, const char *const *names, int count, char *buffer,
                      size_t size);

/* Long values are shown by their beginning: text itself, or its first bytes and "…" in buffer. */
#define TW_SHORT_B 64
const char *tw_report_short(const char *text, char buffer[TW_SHORT_B]);
/* 1 when an error at this place is known, whose text holds `mention` (NULL: any). */
int tw_report_has_error(const struct tw_report *report, const char *file, long line,
                        const char *mention);

/* Sorts by file (path first, then as they were included) and line, and writes the summary. */
void tw_report_finish(struct tw_report *report, const char *path);

#endif
