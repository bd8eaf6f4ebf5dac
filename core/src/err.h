/* err.h -- filling a struct gang_err: a code to branch on, a sentence to read. */
#ifndef GANG_ERR_H
#define GANG_ERR_H

#include "gang/gang.h"

/* Fills *err (which may be NULL) and returns the code. */
enum gang_status gang_fail(struct gang_err *err, enum gang_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

#endif
