/*
 * err.c -- a code to branch on, a sentence to read.
 *
 * This room is for: the texts of the core's status codes and the one function that fills an error.
 * It may include:   <stdarg.h> <stdio.h> (vsnprintf only), and gang/ headers.
 * Never here:       output, globals.
 */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>

enum gang_status gang_fail(struct gang_err *err, enum gang_status code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        err->code = code;
        va_start(args, format);
        (void)vsnprintf(err->detail, sizeof err->detail, format, args);
        va_end(args);
    }
    return code;
}

const char *gang_status_text(enum gang_status status)
{
    switch (status) {
#define X(name, value, text)                                                                       \
    case name:                                                                                     \
        return text;
        GANG_ERR_MAP(X)
#undef X
    }
    return "unknown status";
}
