#include "private.h"
enum plan_status plan_write_lua(const struct plan *plan, FILE *out, struct plan_err *err)
{
    (void)plan;
    (void)out;
    return plan_fail(err, PLAN_E_IO, 0, "not yet");
}
