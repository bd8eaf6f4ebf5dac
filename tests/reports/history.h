/*
 * history.h -- a small hand-made run: a plan, and records as a target would write them.
 *
 * For tests of the reports only. The parts follow each other as in a real run (sent record,
 * delivery, answer), with a latency of 1 ms, but nothing decides: the test says what happens when.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "rep/rep.h"

#define MS  INT64_C(1000000)
#define SEC INT64_C(1000000000)

struct history {
    struct plan *plan;
    struct trace_header header;
    struct trace_record *records;
    uint64_t count, capacity;
    struct rep_verdict verdict;
    struct rep_run run;
    uint32_t profile;
};

/* A cluster of so many executors with so many cores, and no jobs yet. */
void history_open(struct history *h, uint32_t executors, uint32_t cores);
void history_close(struct history *h);
uint32_t history_job(struct history *h, const char *name);
/* A barrier stage (or a mapreduce stage) of `tasks` tasks of one core; parents as in the plan. Its
 * index in the job. */
uint32_t history_stage(struct history *h, uint32_t job, const char *name, uint32_t kind,
                       uint32_t tasks, uint64_t parents);
/* Checks the plan and fills h->run; call after the last record. */
const struct rep_run *history_run(struct history *h);

/* Appends a record (NONE everywhere); returns it, valid until the next one. history_last() is its
 * number. */
struct trace_record *history_add(struct history *h, unsigned kind, int64_t at_ns, uint64_t cause);
uint64_t history_last(const struct history *h);
struct trace_record *history_of(struct history *h, unsigned kind, int64_t at_ns, uint64_t cause,
                                uint32_t job, uint32_t stage, uint32_t attempt);
/* The delivery of the record before, 1 ms later. */
struct trace_record *history_deliver(struct history *h, unsigned actor);

void history_up(struct history *h, int64_t at_ns); /* all executors up and joined */
uint64_t history_submit(struct history *h, int64_t at_ns, uint32_t job);
/* Plan, reserve, acks, go, starts of `ranks` tasks, `per` on each executor from `first` on. Starts
 * are 3 ms later. */
void history_launch(struct history *h, int64_t at_ns, uint64_t cause, uint32_t job, uint32_t stage,
                    uint32_t attempt, uint32_t ranks, uint32_t first, uint32_t per);
/* One round: rank 0 arrives at `from_ns`, the others in between, `last` at `to_ns`; released 1 ms
 * later. */
void history_round(struct history *h, int64_t from_ns, int64_t to_ns, uint32_t job, uint32_t stage,
                   uint32_t attempt, uint32_t epoch, uint32_t ranks, uint32_t first, uint32_t per,
                   uint32_t last);
void history_exit(struct history *h, int64_t at_ns, uint64_t cause, uint32_t job, uint32_t stage,
                  uint32_t attempt, uint32_t rank, uint32_t executor, unsigned status,
                  int64_t code);
/* All ranks end well, then stage and job are done. */
void history_finish(struct history *h, int64_t at_ns, uint32_t job, uint32_t stage,
                    uint32_t attempt, uint32_t ranks, uint32_t first, uint32_t per, bool job_done);
void history_end(struct history *h, int64_t at_ns, int64_t reason);

/* What a report wrote, NUL-terminated; free() it. */
typedef enum rep_status report_fn(const struct rep_run *run, FILE *out, struct rep_err *err);
char *history_text(const struct rep_run *run, report_fn *fn);
char *history_story(const struct rep_run *run, uint64_t max_lines);
char *history_timeline(const struct rep_run *run, int columns);

/* The run of which the golden texts tell: a gang of 4 on 2 executors, 40 rounds, a crash, a
 * restart. */
void history_crash_story(struct history *h);

#endif
