/*
 * fail.h -- how this room says no: a code to branch on and a sentence to read.
 */
#ifndef TRACE_FAIL_H
#define TRACE_FAIL_H

#include "trace/trace.h"

/* Fills *err (may be NULL) and returns `code`. */
enum trace_status trace_fail(struct trace_err *err, enum trace_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The operating system refused to `verb` ("write") `path` (NULL: a stream): TRACE_E_IO with errno,
 * which it keeps. */
enum trace_status trace_fail_io(struct trace_err *err, const char *verb, const char *path);

#endif
