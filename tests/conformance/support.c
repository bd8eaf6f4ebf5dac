/* support.c -- see support.h. */
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BATCH = 64, ALIGNMENT = 64 };

static void read_records(struct trace_reader *reader, struct history *out)
{
    struct trace_err err = {0};
    size_t count;
    for (;;) {
        out->records = realloc(out->records, (out->count + BATCH) * sizeof *out->records);
        assert_non_null(out->records);
        enum trace_status status =
            trace_reader_next(reader, out->records + out->count, BATCH, &count, &err);
        if (status != TRACE_OK && status != TRACE_E_TRUNCATED)
            fail_msg("line %lu: %s", (unsigned long)err.line, err.detail);
        if (count == 0)
            return;
        out->count += count;
    }
}

void history_read(const char *name, struct history *out)
{
    char path[512];
    struct trace_reader *reader;
    struct trace_err err;
    struct plan_err plan_err;
    memset(out, 0, sizeof *out);
    snprintf(path, sizeof path, HISTORIES "/%s.ndjson", name);
    if (trace_reader_open(path, &reader, &err) != TRACE_OK)
        fail_msg("%s: %s", path, err.detail);
    const struct trace_header *header = trace_reader_header(reader);
    if (plan_read_text(header->plan_text, strlen(header->plan_text), &out->plan, &plan_err) !=
        PLAN_OK)
        fail_msg("%s: %s", path, plan_err.detail);
    out->observes = header->observes;
    out->two_phase = strcmp(header->policy, "strict") == 0;
    read_records(reader, out);
    trace_reader_close(reader);
}

void history_free(struct history *h)
{
    plan_free(h->plan);
    free(h->records);
}

struct history history_copy(const struct history *h)
{
    struct history copy = *h;
    copy.records = malloc((h->count + 1) * sizeof *copy.records);
    assert_non_null(copy.records);
    memcpy(copy.records, h->records, h->count * sizeof *copy.records);
    return copy;
}

size_t cases_read(struct history_case cases[CASES_MAX])
{
    char line[512];
    size_t count = 0;
    FILE *in = fopen(HISTORIES "/cases.tsv", "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof line, in)); /* the columns' names */
    while (fgets(line, sizeof line, in) != NULL) {
        assert_true(count < CASES_MAX);
        struct history_case *c = &cases[count++];
        char *field[4], *at = line;
        for (int i = 0; i < 4; i++) {
            field[i] = at;
            at = strchr(at, '\t');
            assert_non_null(at);
            *at++ = '\0';
        }
        snprintf(c->name, sizeof c->name, "%s", field[0]);
        snprintf(c->verdict, sizeof c->verdict, "%s", field[1]);
        snprintf(c->rule, sizeof c->rule, "%s", field[2]);
        c->record = strtoull(field[3], NULL, 10);
    }
    fclose(in);
    assert_true(count > 0);
    return count;
}

struct judged judge_open(const struct history *h)
{
    struct judged j;
    struct conf_options options = {.observes = h->observes, .two_phase = h->two_phase};
    size_t size = (conf_size(h->plan) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    j.memory = aligned_alloc(ALIGNMENT, size);
    assert_non_null(j.memory);
    j.judge = conf_init(j.memory, size, h->plan, &options);
    return j;
}

void judge_close(struct judged *j) { free(j->memory); }

void judge_history(const struct history *h, struct conf_verdict *out)
{
    struct judged j = judge_open(h);
    conf_feed(j.judge, h->records, h->count, 1);
    conf_finish(j.judge, out);
    judge_close(&j);
}

struct plan *gangs_plan(unsigned executors, uint32_t cores, unsigned jobs, uint32_t tasks)
{
    struct plan *plan = plan_new();
    struct plan_op barrier = {.code = PLAN_OP_BARRIER};
    struct plan_err err;
    char name[16];
    assert_non_null(plan);
    uint32_t profile = plan_add_profile(plan, &(struct plan_profile){.cores = 1});
    uint32_t program = plan_add_program(plan, "p", &barrier, 1);
    for (unsigned i = 0; i < executors; i++)
        plan_add_executor(plan, &(struct plan_executor){.cores = cores, .memory_mib = 1});
    for (unsigned i = 0; i < jobs; i++) {
        snprintf(name, sizeof name, "j%u", i);
        uint32_t job = plan_add_job(plan, &(struct plan_job){.name = plan_name(plan, name)});
        struct plan_stage stage = plan_stage_rigid(job, plan_name(plan, "fit"), PLAN_STAGE_BARRIER, tasks);
        stage.profile = profile;
        stage.program = program;
        plan_add_stage(plan, &stage);
    }
    if (plan_check(plan, &err) != PLAN_OK)
        fail_msg("%s", err.detail);
    return plan;
}
