/* What a call came to: one list of status codes for the whole project. */
#ifndef TW_BASE_STATUS_H
#define TW_BASE_STATUS_H

/* code, what a person reads when nothing more precise is known */
#define TW_STATUS_LIST(X)                                 \
    X(OK, "done")                                         \
    X(MEMORY, "out of memory")                            \
    X(INPUT, "bad input")                                 \
    X(RANGE, "value out of range")                        \
    X(UNKNOWN, "unknown name")                            \
    X(REFUSED, "this combination cannot be done exactly") \
    X(IO, "reading or writing failed")                    \
    X(CORRUPT, "truncated or corrupt data")               \
    X(DIVERGED, "the loss became NaN or infinite")        \
    X(DEADLOCK, "some ranks never finished")              \
    X(CRASHED, "the child process ended abnormally")      \
    X(TIMEOUT, "time limit exceeded")                     \
    X(INTERNAL, "a promise inside the program was broken")

#define TW_STATUS_CODE(code, text) TW_##code,
typedef enum tw_status { TW_STATUS_LIST(TW_STATUS_CODE) TW_STATUS_COUNT } tw_status;
#undef TW_STATUS_CODE

#define TW_MUST_CHECK __attribute__((warn_unused_result))

/* The text of the list above; never NULL. */
const char *tw_status_text(tw_status status);

#endif
