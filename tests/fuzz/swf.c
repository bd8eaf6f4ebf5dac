/*
 * swf.c -- a trace beside a scenario, in the Standard Workload Format: a checked plan, or a sentence that names the file.
 *
 * What was read is held against a second reader, which knows no more than which of the 18 numbers is which: it must find as many lines,
 * jobs and tasks.
 */
#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"
#include "scn/scn.h"

enum { SUBMIT = 1, RUN = 3, ALLOCATED = 4, REQUESTED = 7, SAID = 8, STATUS = 10, NUMBERS = 18 };
struct tally {
    long long lines, jobs, tasks;
};

/* Both ways in which the scenarios below read a line: what it ran on and how long, or what was asked for. */
static void count_line(const char *line, size_t size, bool asked, struct tally *tally)
{
    double n[NUMBERS], tasks;
    char *text = malloc(size + 1), *at = text, *end;
    if (text == NULL)
        abort();
    memcpy(text, line, size);
    text[size] = '\0';
    for (int i = 0; i < NUMBERS; i++, at = end) {
        n[i] = strtod(at, &end);
        if (end == at)
            abort(); /* and yet it was read */
    }
    free(text);
    tally->lines++;
    if ((n[STATUS] >= 2 && n[STATUS] <= 4) || (n[STATUS] > 4 && n[RUN] <= 0) || n[SUBMIT] < 0 || n[asked ? SAID : RUN] < 0)
        return;
    tasks = n[asked ? REQUESTED : ALLOCATED];
    tasks = tasks > 0 ? tasks : n[asked ? ALLOCATED : REQUESTED];
    tally->jobs += tasks > 0;
    tally->tasks += tasks > 0 ? (long long)tasks : 0;
}

static struct tally count(const char *at, size_t size, bool asked)
{
    struct tally tally = {0};
    const char *end = at + size;
    if (size >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *to = stop != NULL ? stop : end;
        const char *next = stop != NULL ? stop + 1 : end;
        to -= to > at && to[-1] == '\r';
        while (at < to && (*at == ' ' || *at == '\t'))
            at++;
        if (at < to && *at != ';')
            count_line(at, (size_t)(to - at), asked, &tally);
        at = next;
    }
    return tally;
}

static void compare(const struct plan *plan, const struct scn_swf *swf, const struct tally *tally)
{
    long long tasks = 0;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        tasks += plan->stages[i].tasks;
    if (plan->job_count == tally->jobs && swf->jobs == tally->jobs && swf->lines == tally->lines && tasks == tally->tasks)
        return;
    fprintf(stderr, "%lld lines, %u jobs, %lld tasks were read; a second reader has %lld, %lld and %lld\n", (long long)swf->lines, plan->job_count,
            tasks, tally->lines, tally->jobs, tally->tasks);
    abort();
}

static const char *scenario_beside(const char *trace, bool asked)
{
    char text[256];
    int length = snprintf(text, sizeof text, "cluster { executors = 2, cores = 8, gpus = 8 }\nworkload \"%s\" { %s prefix = \"j\" }\n", trace,
                          asked ? "preceding = true, gpus = \"requested\", duration = { \"requested_time\", unit = \"ms\" }, " : "");
    return fuzz_file("lua", (const uint8_t *)text, (size_t)length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct scn_limits limits = {.steps = 1000000, .bytes = 1 << 26};
    char trace[64];
    snprintf(trace, sizeof trace, "%s", fuzz_file("swf", bytes, size));
    for (int asked = 0; asked < 2; asked++) {
        struct scn_err err = {0};
        struct scn_info info;
        const char *path = scenario_beside(trace, asked);
        struct plan *plan = scn_load(path, NULL, 0, &limits, &info, &err);
        (void)unlink(path);
        if (plan != NULL) {
            struct tally tally = count((const char *)bytes, size, asked);
            compare(plan, &info.swf, &tally);
        } else if (strstr(err.detail, trace) == NULL && strstr(err.detail, "job 'j") == NULL) {
            fprintf(stderr, "the sentence names neither the trace nor a job of it: %s\n", err.detail);
            abort();
        }
        plan_free(plan);
    }
    (void)unlink(trace);
    return 0;
}
