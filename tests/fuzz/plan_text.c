/* plan_text.c -- canonical text of plans: what is read is written back as it was understood, and reads back so. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct plan *plan = NULL, *again = NULL;
    struct plan_err err = {0};
    if (plan_read_text((const char *)bytes, size, &plan, &err) != PLAN_OK) {
        if (plan != NULL || err.detail[0] == '\0')
            abort(); /* a refusal says why, and gives nothing */
        return 0;
    }
    size_t length, length_again;
    char *text = plan_write_text(plan, &length);
    if (text == NULL || plan_read_text(text, length, &again, &err) != PLAN_OK)
        abort();
    char *text_again = plan_write_text(again, &length_again);
    if (text_again == NULL || length_again != length || memcmp(text, text_again, length) != 0)
        abort();
    free(text);
    free(text_again);
    plan_free(plan);
    plan_free(again);
    return 0;
}
