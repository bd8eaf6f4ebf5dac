/*
 * text.h -- the words of canonical text that are no part's name: for its writer and its reader.
 *
 * This room is for: the plan (see plan.h).
 * It may include:   nothing.
 * Never here:       fields; they are the registry's.
 *
 * The text, in this order. The number of a row counts from 0: a stage's within its job, an op's
 * within its program. A field that has its blank value is not written.
 *
 *     muster-plan 1
 *     plan title="two gangs"
 *     set latency=500us                      every setting, for a default may change one day
 *     executor 0..3 cores=8 gpus=2           equal neighbours are one line
 *     profile 0 cores=1 gpu_milli=1000
 *     dist 0 uniform from=80ms to=120ms
 *     dist 1 empirical
 *     values 80000000 90000000               in ns, 16 a line
 *     program 0 name="step"
 *     op 0 compute dist=0
 *     op 1 end
 *     column 0 width=2 rows=8 unit=1us
 *     cells 81 82 83                         16 a line
 *     job 0 name="resnet"
 *     stage 0 barrier name="fit" tasks=6 min=6 max=6 profile=0 program=0
 *     prefers 0 0 -1 2 3 -1                  one a rank, -1 for none, 16 a line; left out if no rank has a wish
 *     act 0 crash at=12s executor=2
 *     expect 0 succeeds job=0 within=10m
 *     end
 */
#ifndef PLAN_TEXT_H
#define PLAN_TEXT_H

#define PLAN_TEXT_HEAD   "muster-plan 1"
#define PLAN_TEXT_SET    "set"
#define PLAN_TEXT_VALUES "values"
#define PLAN_TEXT_CELLS  "cells"
#define PLAN_TEXT_PREFERS "prefers"
#define PLAN_TEXT_END    "end"
#define PLAN_TEXT_NONE   "none"
#define PLAN_TEXT_NEVER  "never"
enum { PLAN_TEXT_NUMBERS_A_LINE = 16 };

#endif
