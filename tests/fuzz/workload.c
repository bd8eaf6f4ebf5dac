/* workload.c -- a table of jobs beside a scenario: a checked plan, or a sentence that names the file. */
#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"
#include "scn/scn.h"

/* The columns of the traces that the corpus comes from. */
static const char *scenario_beside(const char *table, bool dates)
{
    char text[512];
    const char *columns = dates ? "tasks = \"num_gpus\", submit = { \"timestamp\", unit = \"date\" }, duration = { \"duration\", unit = \"s\" }"
                                : "job = \"job_id\", gpus = \"num_gpu\", submit = \"submit_time\", duration = { \"duration\", unit = \"ms\" }";
    int length = snprintf(text, sizeof text, "cluster { executors = 2, cores = 8, gpus = 8 }\nworkload \"%s\" { %s, prefix = \"j\" }\n", table, columns);
    return fuzz_file("lua", (const uint8_t *)text, (size_t)length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct scn_limits limits = {.steps = 1000000, .bytes = 1 << 26};
    char table[64];
    snprintf(table, sizeof table, "%s", fuzz_file("csv", bytes, size));
    for (int dates = 0; dates < 2; dates++) {
        struct scn_err err = {0};
        const char *path = scenario_beside(table, dates);
        struct plan *plan = scn_load(path, NULL, 0, &limits, NULL, &err);
        (void)unlink(path);
        if (plan == NULL && strstr(err.detail, table) == NULL && strstr(err.detail, "job 'j") == NULL) {
            fprintf(stderr, "the sentence names neither the table nor a job of it: %s\n", err.detail);
            abort();
        }
        plan_free(plan);
    }
    (void)unlink(table);
    return 0;
}
