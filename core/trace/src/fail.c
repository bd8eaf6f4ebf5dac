/*
 * fail.c -- errors with both numbers in them.
 *
 * It may include:   the C library and trace/ headers.
 * Never here:       printing. Library rooms never log; the command prints.
 */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A detail may quote a file that somebody else wrote, and will be shown on a terminal: no control
 * character gets there, neither one byte long nor, in UTF-8, two (U+0080..U+009F). */
static void defuse(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
        else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
            c[0] = c[1] = '?';
    }
}

enum trace_status trace_fail(struct trace_err *err, enum trace_status code, const char *format, ...)
{
    if (err == NULL)
        return code;
    *err = (struct trace_err){.code = code};
    va_list operands;
    va_start(operands, format);
    vsnprintf(err->detail, sizeof err->detail, format, operands);
    va_end(operands);
    defuse(err->detail);
    return code;
}

enum trace_status trace_fail_io(struct trace_err *err, const char *verb, const char *path)
{
    int os_errno = errno;
    trace_fail(err, TRACE_E_IO, "cannot %s %.100s: %s", verb, path != NULL ? path : "the output",
               strerror(os_errno));
    if (err != NULL)
        err->os_errno = os_errno;
    return TRACE_E_IO;
}
