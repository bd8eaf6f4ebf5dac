/*
 * import_survey.c -- what the jobs of a table are like: they are read as the scenario will read them.
 *
 * This room is for: the sizes and times of a plan's jobs.
 * It may include:   the C library, scn, the plan, cli.h, scenario.h, import.h.
 * Never here:       reading a table. The same word of scenarios does it, so what is surveyed is what will be run.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "import.h"
#include "scenario.h"

static const plan_ns ns_per_ms = PLAN_SECOND / 1000;

static uint64_t add_up(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

static plan_ns run_time(const struct plan *plan, const struct plan_stage *stage)
{
    return plan->dists[plan->ops[plan->programs[stage->program].first_op].dist].lo;
}

/* All jobs are gangs of one stage that computes once: the table is all that this plan was made of. */
static void look_at(struct cli_import *import, const struct plan *plan)
{
    uint64_t work = 0; /* task-milliseconds */
    plan_ns end = 0, total = 0;
    import->jobs = plan->job_count;
    import->narrowest = UINT64_MAX;
    import->first_ns = import->shortest_ns = INT64_MAX;
    for (uint32_t i = 0; i < plan->job_count; i++) {
        const struct plan_job *job = &plan->jobs[i];
        const struct plan_stage *stage = &plan->stages[job->first_stage];
        plan_ns run = run_time(plan, stage);
        import->widest = stage->tasks > import->widest ? stage->tasks : import->widest;
        import->narrowest = stage->tasks < import->narrowest ? stage->tasks : import->narrowest;
        import->first_ns = job->submit_ns < import->first_ns ? job->submit_ns : import->first_ns;
        import->last_ns = job->submit_ns > import->last_ns ? job->submit_ns : import->last_ns;
        import->shortest_ns = run < import->shortest_ns ? run : import->shortest_ns;
        import->longest_ns = run > import->longest_ns ? run : import->longest_ns;
        end = job->submit_ns + run > end ? job->submit_ns + run : end;
        total = total > PLAN_TIME_MAX - run ? PLAN_TIME_MAX : total + run;
        work = add_up(work, (uint64_t)(run / ns_per_ms) * stage->tasks);
    }
    uint64_t span = (uint64_t)((end - import->first_ns) / ns_per_ms);
    import->busy = span > 0 ? work / span + (work % span > 0) : 0;
    /* However long the queue becomes: one job behind the other is the longest that it can take. */
    import->spans_more = import->last_ns > plan->setting[PLAN_SET_VIRTUAL] / 2 || total > plan->setting[PLAN_SET_VIRTUAL] / 2;
}

/* The sentence without the place of a scenario that nobody wrote. */
static int complain(const struct scn_err *err)
{
    const char *sentence = strstr(err->detail, "workload '");
    return cli_fail((enum cli_exit)cli_scenario_status(err), "import: %s", sentence != NULL ? sentence : err->detail);
}

int cli_import_survey(struct cli_import *import)
{
    struct scn_err err = {0};
    size_t size = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    fprintf(out, "cluster { executors = 1, cores = %d, gpus = %d }\n", PLAN_CORES_MAX, PLAN_GPUS_MAX);
    fputs("local file = ", out);
    cli_import_put_string(import->name, out);
    fputc('\n', out);
    cli_import_put_workload(import, "file", out);
    if (fclose(out) != 0 || text == NULL) {
        free(text);
        return cli_fail(CLI_MISSING, "out of memory");
    }
    /* The table lies beside the scenario: so the table's own path will do for it. */
    struct plan *plan = scn_load_text(import->path, text, NULL, 0, NULL, &import->info, &err);
    free(text);
    if (plan == NULL)
        return complain(&err);
    look_at(import, plan);
    plan_free(plan);
    return CLI_PASS;
}
