/* scenario.c -- scenarios in Lua: a checked plan whose text reads back, or a sentence. */
#include "fuzz.h"

#include <stdlib.h>
#include <unistd.h>

#include "plan/plan.h"
#include "scn/scn.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct scn_limits limits = {.steps = 1000000, .bytes = 1 << 26};
    struct scn_err err = {0};
    const char *path = fuzz_file("lua", bytes, size);
    struct plan *plan = scn_load(path, NULL, 0, &limits, NULL, &err), *again = NULL;
    (void)unlink(path);
    if (plan == NULL) {
        if (err.detail[0] == '\0')
            abort();
        return 0;
    }
    size_t length;
    char *text = plan_write_text(plan, &length);
    if (text == NULL || plan_read_text(text, length, &again, NULL) != PLAN_OK)
        abort();
    free(text);
    plan_free(plan);
    plan_free(again);
    return 0;
}
