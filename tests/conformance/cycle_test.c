/*
 * cycle_test.c -- a hang is told as the way from who waits to whom, until somebody comes again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

static const struct {
    const char *name, *sentence;
} tales[] = {
    {"prg/reject-waves-at-a-rendezvous",
     "hung from 1ms; nothing would have ended it: rank 0 of stage 'train' of 'a' waits at "
     "rendezvous 'tracker' for tasks that have not started; stage 'train' of 'a' waits for 1 slot, "
     "0 are free, held by ranks 0-1 of stage 'train' of 'a', and so the circle closes at rank 0 of "
     "stage 'train' of 'a'"},
    {"prg/reject-fewer-than-counted",
     "hung from 1ms; nothing would have ended it: rank 0 of stage 'train' of 'a' waits at "
     "rendezvous 'tracker', which waits for 4 tasks and has 2, ranks 0-1 of stage 'train' of 'a'; "
     "no other is left to come, and so the circle closes at rank 0 of stage 'train' of 'a'"},
    {"prg/reject-two-jobs-half-placed",
     "hung from 1ms; nothing would have ended it: rank 0 of stage 'train' of 'a' waits at "
     "rendezvous 'tracker' for tasks that have not started; stage 'train' of 'a' waits for 1 slot, "
     "0 are free, held by rank 0 of stage 'train' of 'b', which waits at rendezvous 'tracker' for "
     "tasks that have not started; stage 'train' of 'b' waits for 1 slot, 0 are free, held by rank "
     "0 of stage 'train' of 'a', and so the circle closes at rank 0 of stage 'train' of 'a'"},
    {"prg/reject-nothing-is-held-on-a-lost-machine",
     "hung from 3ms; nothing would have ended it: rank 0 of stage 'train' of 'a' waits at "
     "rendezvous 'tracker' for tasks that have not started; stage 'train' of 'a' waits for 1 slot, "
     "0 are free, held by rank 0 of stage 'train' of 'a', and so the circle closes at rank 0 of "
     "stage 'train' of 'a'"},
    {"prg/reject-barrier-and-rendezvous",
     "hung from 1s; nothing would have ended it: rank 0 of gang 'fit' of 'a' waits in barrier 0 "
     "for rank 1, which waits at rendezvous 'tracker' for rank 0, and so the circle closes at rank "
     "0 of gang 'fit' of 'a'"},
    {"prg/reject-neighbours-apart",
     "hung from 1.001s; nothing would have ended it: rank 0 of gang 'fit' of 'a' waits at "
     "rendezvous 'tracker', while rank 1 on executor 1 and rank 0 on executor 0 cannot reach each "
     "other since 500ms"},
    {"prg/reject-gang-meets-its-waiting-child",
     "hung from 1ms; nothing would have ended it: rank 0 of stage 'serve' of 'a' waits at "
     "rendezvous 'tracker' for tasks that have not started; gang 'fit' of 'a' waits for 2 slots, 1 "
     "is free, held by rank 0 of stage 'serve' of 'a', and so the circle closes at rank 0 of stage "
     "'serve' of 'a'"},
    {"prg/reject-parent-meets-child",
     "hung from 1ms; nothing would have ended it: rank 0 of stage 'map' of 'a' waits at rendezvous "
     "'tracker' for tasks that have not started; stage 'reduce' of 'a' waits for its parent, stage "
     "'map' of 'a', and so the circle closes at rank 0 of stage 'map' of 'a'"},
    {"prg/reject-drains-for-ever",
     "hung from 1s; nothing would have ended it: gang 'fit' of 'a' waits for the slots of attempt "
     "0: rank 1 on executor 1 was told to end, and runs; rank 1 waits at rendezvous 'tracker' for "
     "rank 0, which is gone"},
    {"prg/reject-waits-for-an-ack",
     "hung from 1ms; nothing would have ended it: gang 'fit' of 'a' waits for executor 1, whose "
     "link is cut, to acknowledge the slot of rank 1"},
};

static void each_edge_is_told_and_the_circle_closes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tales / sizeof *tales; i++) {
        struct history h;
        struct conf_verdict v;
        history_read(tales[i].name, &h);
        judge_history(&h, &v);
        assert_string_equal(v.findings[0].rule, "PRG-1");
        assert_string_equal(v.findings[0].sentence, tales[i].sentence);
        history_free(&h);
    }
}

/* Names as long as names may be shown: the way is cut, and where the circle closes is still told. */
static void a_long_way_round_still_closes(void **state)
{
    (void)state;
    struct history h;
    struct conf_verdict v;
    char name[41], close[160];
    history_read("prg/reject-two-jobs-half-placed", &h);
    memset(name, 'x', 40);
    name[40] = '\0';
    uint32_t longest = plan_name(h.plan, name);
    for (uint32_t i = 0; i < h.plan->stage_count; i++)
        h.plan->stages[i].name = h.plan->jobs[i].name = longest;
    judge_history(&h, &v);
    snprintf(close, sizeof close, " ..., and so the circle closes at rank 0 of stage '%s' of '%s'",
             name, name);
    size_t length = strlen(v.findings[0].sentence);
    assert_true(length < CONF_SENTENCE_MAX - 1);
    assert_string_equal(v.findings[0].sentence + length - strlen(close), close);
    history_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_edge_is_told_and_the_circle_closes),
        cmocka_unit_test(a_long_way_round_still_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
