/*
 * fault_test.c -- the words for what goes wrong: what each puts into the plan, and its mistakes.
 */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#define START                                                                                      \
    "local c = cluster { executors = 4, cores = 4, gpus = 3 }\n"                                   \
    "settings { datagram = true }\n"                                                               \
    "local j = job 'j' { barrier_stage 's' { tasks = 4, program = compute '1s' } }\n"

static void expect_lines(const char *scenario, const char *lines)
{
    struct plan *plan = support_load(scenario);
    char *text = support_text(plan);
    if (strstr(text, lines) == NULL)
        fail_msg("not in the plan:\n%s\nbut:\n%s", lines, text);
    support_expect_round_trip(plan);
    free(text);
    plan_free(plan);
}

static void a_link_has_a_direction_and_an_end(void **state)
{
    (void)state;
    expect_lines(
        START
        "at '5s' { cut(c.executor[1]), mend(c.executor[1], { way = 'in' }),\n"
        "  cut(c.executor { 1, 2 }, { way = 'out', lasts = '20s' }),\n"
        "  hold(c.executor[0], { way = 'both' }), clog(c.executor[0], { by = '200ms' }),\n"
        "  lose(c.executor[0], { permille = 300 }), double(c.executor[0], { permille = 1000 }),\n"
        "  reorder(c.executor[0], { permille = 1, by = '50ms', way = 'in' }),\n"
        "  break_link(c.executor[3]) }",
        "act 0 cut at=5s executor=1\n"
        "act 1 mend at=5s executor=1 way=1\n"
        "act 2 cut at=5s executor=1 way=2 pair=0\n"
        "act 3 mend at=25s executor=1 way=2 pair=0\n"
        "act 4 cut at=5s executor=2 way=2 pair=1\n"
        "act 5 mend at=25s executor=2 way=2 pair=1\n"
        "act 6 hold at=5s executor=0\n"
        "act 7 clog at=5s executor=0 duration=200ms\n"
        "act 8 lose at=5s executor=0 amount=300\n"
        "act 9 double at=5s executor=0 amount=1000\n"
        "act 10 reorder at=5s executor=0 duration=50ms way=1 amount=1\n"
        "act 11 break at=5s executor=3\n");
}

static void a_link_may_have_another_executor_at_its_end(void **state)
{
    (void)state;
    expect_lines(
        START
        "at '5s' { cut(c.executor[1], { to = c.executor[2], lasts = '20s', way = 'in' }),\n"
        "  hold(c.executor { 0, 1 }, { to = c.executor { 2, 3 } }), cut(c.executor[0], { to = driver }),\n"
        "  clog(c.executor[0], { to = c.executor[1], by = '200ms' }), break_link(c.executor[3], { to = c.executor[0] }),\n"
        "  refuse(c.executor[0], { to = c.executor[1], way = 'out', lasts = '1s' }), mend(c.executor[2], { to = c.executor[3] }),\n"
        "  partition(c.executor { 0, 1 }, c.executor[2], { lasts = '2s' }), partition(c.executor[0], c.executor[3]) }",
        "act 0 cut at=5s executor=1 way=1 peer=2 pair=0\n"
        "act 1 mend at=25s executor=1 way=1 peer=2 pair=0\n"
        "act 2 hold at=5s executor=0 peer=2\n"
        "act 3 hold at=5s executor=0 peer=3\n"
        "act 4 hold at=5s executor=1 peer=2\n"
        "act 5 hold at=5s executor=1 peer=3\n"
        "act 6 cut at=5s executor=0\n"
        "act 7 clog at=5s executor=0 duration=200ms peer=1\n"
        "act 8 break at=5s executor=3 peer=0\n"
        "act 9 refuse at=5s executor=0 way=2 peer=1 pair=1\n"
        "act 10 mend at=6s executor=0 way=2 peer=1 pair=1\n"
        "act 11 mend at=5s executor=2 peer=3\n"
        "act 12 cut at=5s executor=0 peer=2 pair=2\n"
        "act 13 mend at=7s executor=0 peer=2 pair=2\n"
        "act 14 cut at=5s executor=1 peer=2 pair=3\n"
        "act 15 mend at=7s executor=1 peer=2 pair=3\n"
        "act 16 cut at=5s executor=0 peer=3\n");
}

static void a_partition_is_a_cut_of_both_ways(void **state)
{
    (void)state;
    expect_lines(START
                 "at '5s' { partition(c.executor { 1, 3 }, driver), partition(c.executor[0]),\n"
                 "  partition(c.executor[2], driver, { lasts = '1s' }) }\n"
                 "at '7s' { partition(c.executor[2], { lasts = '1s' }) }",
                 "act 0 cut at=5s executor=1\n"
                 "act 1 cut at=5s executor=3\n"
                 "act 2 cut at=5s executor=0\n"
                 "act 3 cut at=5s executor=2 pair=0\n"
                 "act 4 mend at=6s executor=2 pair=0\n"
                 "act 5 cut at=7s executor=2 pair=1\n"
                 "act 6 mend at=8s executor=2 pair=1\n");
}

static void between_mends_what_it_cut_and_ends_what_it_slowed(void **state)
{
    (void)state;
    expect_lines(
        START "between '1s' '2s' { cut(c.executor[0], { way = 'out' }), hold(c.executor[1]),\n"
              "  clog(c.executor[2], { by = '1ms' }), lose(c.executor[3], { permille = 5 }),\n"
              "  double(c.executor[0], { permille = 6, way = 'in' }),\n"
              "  reorder(c.executor[1], { permille = 7, by = '2ms' }), partition(c.executor[2]),\n"
              "  slow(c.executor[3], { percent = 50 }), crash(c.executor[0]) }",
        "act 0 cut at=1s executor=0 way=2 pair=0\n"
        "act 1 mend at=2s executor=0 way=2 pair=0\n"
        "act 2 hold at=1s executor=1 pair=1\n"
        "act 3 mend at=2s executor=1 pair=1\n"
        "act 4 clog at=1s executor=2 duration=1ms pair=2\n"
        "act 5 mend at=2s executor=2 pair=2\n"
        "act 6 lose at=1s executor=3 amount=5 pair=3\n"
        "act 7 mend at=2s executor=3 pair=3\n"
        "act 8 double at=1s executor=0 way=1 amount=6 pair=4\n"
        "act 9 mend at=2s executor=0 way=1 pair=4\n"
        "act 10 reorder at=1s executor=1 duration=2ms amount=7 pair=5\n"
        "act 11 mend at=2s executor=1 pair=5\n"
        "act 12 cut at=1s executor=2 pair=6\n"
        "act 13 mend at=2s executor=2 pair=6\n"
        "act 14 slow at=1s executor=3 amount=50 pair=7\n"
        "act 15 slow at=2s executor=3 amount=100 pair=7\n"
        "act 16 crash at=1s executor=0 pair=8\n"
        "act 17 restart at=2s executor=0 pair=8\n");
}

/* What waits for a record ends so long after it, whenever that is. */
static void what_waits_for_a_record_lasts_from_then_on(void **state)
{
    (void)state;
    expect_lines(
        START "when(j:enters_epoch(2)) { kill(j:rank(0)), cut(c.executor[1], { lasts = '3s' }),\n"
              "  slow(c.executor[2], { percent = 300, lasts = '4s' }), after = '1s', nth = 2 }",
        "act 0 kill at=1s when=\"release\" when_job=0 when_epoch=1 nth=2 job=0 stage=0 rank=0\n"
        "act 1 cut at=1s when=\"release\" when_job=0 when_epoch=1 nth=2 executor=1 pair=0\n"
        "act 2 mend at=4s when=\"release\" when_job=0 when_epoch=1 nth=2 executor=1 pair=0\n"
        "act 3 slow at=1s when=\"release\" when_job=0 when_epoch=1 nth=2 executor=2 amount=300 "
        "pair=1\n"
        "act 4 slow at=5s when=\"release\" when_job=0 when_epoch=1 nth=2 executor=2 amount=100 "
        "pair=1\n");
}

static void machines_tasks_and_the_driver_have_faults_of_their_own(void **state)
{
    (void)state;
    expect_lines(
        START
        "at '5s' { pause(c.executor { 0, 1 }, '5s'), slow(c.executor[1], { percent = 300 }),\n"
        "  drift(c.executor[1], { ppm = -500 }), drain(c.executor[2], '30s'), "
        "lose_gpu(c.executor[1], 2),\n"
        "  take(c.executor[1], { cores = 2, lasts = '10s' }), take(c.executor[1], { cores = 1 }),\n"
        "  exclude(c.executor[3]), ignore_kill(j:rank(1)), linger(j:rank(2), '20s'), "
        "quit(j:rank(3)),\n"
        "  stray_call(j:rank(1), { op = 'all_gather', epoch = 7 }), stray_call(j:rank(1), { epoch "
        "= 0 }),\n"
        "  crash_driver { back = '3s', effect = 2 }, crash_driver '4s' }",
        "act 0 pause at=5s executor=0 duration=5s\n"
        "act 1 pause at=5s executor=1 duration=5s\n"
        "act 2 slow at=5s executor=1 amount=300\n"
        "act 3 drift at=5s executor=1 amount=-500\n"
        "act 4 drain at=5s executor=2 duration=30s\n"
        "act 5 lose_gpu at=5s executor=1 amount=2\n"
        "act 6 take at=5s executor=1 duration=10s amount=2\n"
        "act 7 take at=5s executor=1 amount=1\n"
        "act 8 exclude at=5s executor=3\n"
        "act 9 ignore_kill at=5s job=0 stage=0 rank=1\n"
        "act 10 linger at=5s job=0 stage=0 rank=2 duration=20s\n"
        "act 11 quit at=5s job=0 stage=0 rank=3\n"
        "act 12 stray_call at=5s job=0 stage=0 rank=1 way=1 amount=7\n"
        "act 13 stray_call at=5s job=0 stage=0 rank=1\n"
        "act 14 crash_driver at=5s duration=3s amount=2\n"
        "act 15 crash_driver at=5s duration=4s\n");
}

/* Swizzled clogging needs no word of its own: links go bad one after the other and heal in another order. */
static void swizzled_clogging_is_plain_lua(void **state)
{
    (void)state;
    expect_lines(
        START "for i, e in ipairs { 2, 0, 3 } do\n"
              "  between(i .. 's')((9 - e) .. 's') { clog(c.executor[e], { by = '200ms' }) }\nend",
        "act 0 clog at=1s executor=2 duration=200ms pair=0\n"
        "act 1 mend at=7s executor=2 pair=0\n"
        "act 2 clog at=2s executor=0 duration=200ms pair=1\n"
        "act 3 mend at=9s executor=0 pair=1\n"
        "act 4 clog at=3s executor=3 duration=200ms pair=2\n"
        "act 5 mend at=6s executor=3 pair=2\n");
}

/* clang-format off */
static const struct mistake { const char *text, *message; } mistakes[] = {
    {"at '1s' { cut(c.executor[0], { wya = 'in' }) }", ":4: cut: unknown key 'wya'; did you mean 'way'?"},
    {"at '1s' { cut(c.executor[0], { way = 'up' }) }", ":4: cut: way is the string 'up', must be \"both\", \"in\" (to the executor) or \"out\" (from it)"},
    {"at '1s' { cut(c.executor[0], { lasts = '0s' }) }", ":4: cut: lasts is 0s, must be 1ns..36500d; leave it out for no end"},
    {"at '1s' { cut(c.executor[0], 'out') }", ":4: cut needs a table, got the string 'out'; write cut(c.executor[2], { way = \"out\", lasts = \"20s\" })"},
    {"at '1s' { cut(j) }", ":4: cut needs an executor, got job 'j'; write cut(c.executor[2])"},
    {"at '1s' { mend(c.executor[0], { lasts = '1s' }) }", ":4: mend: unknown key 'lasts'; there is way, to"},
    {"at '1s' { clog(c.executor[0]) }", ":4: clog: by is missing; write by = a value"},
    {"at '1s' { lose(c.executor[0], { permille = 1001 }) }", ":4: lose: permille is 1001, must be 1..1000; of 1000 messages so many"},
    {"at '1s' { double(c.executor[0], { permille = 0 }) }", ":4: double: permille is 0, must be 1..1000; of 1000 messages so many"},
    {"at '1s' { reorder(c.executor[0], { permille = 5 }) }", ":4: reorder: by is missing; write by = a value"},
    {"at '1s' { break_link(c.executor[0], { way = 'in' }) }", ":4: break_link: unknown key 'way'; there is to"},
    {"at '1s' { partition(c.executor { 0, 1 }, c.executor { 1, 2 }) }", ":4: partition: executor 1 is at both ends, and no network is between it and itself; name another"},
    {"at '1s' { partition(c.executor[0], c.executor[1], '5s') }", ":4: partition needs a table, got the string '5s'; write partition(c.executor { 0, 1 }, c.executor { 2, 3 }, { lasts = \"20s\" })"},
    {"at '1s' { cut(c.executor[0], { to = 1 }) }", ":4: cut: to is the number 1, must be an executor, such as c.executor[1], or driver"},
    {"at '1s' { cut(c.executor[0], { to = c.executor[0] }) }", ":4: cut: executor 0 is at both ends, and no network is between it and itself; name another"},
    {"at '1s' { lose(c.executor[0], { to = c.executor[1], permille = 5 }) }", ":4: lose: unknown key 'to'; there is permille, lasts, way"},
    {"at '1s' { refuse(c.executor[0]) }", ":4: refuse: to is missing, and the driver refuses nobody; write refuse(c.executor[0], { to = c.executor[2], way = \"out\" })"},
    {"at '1s' { pause(c.executor[0]) }", ":4: pause: the time must be a time such as \"1.5s\" or \"200ms\", got nil"},
    {"at '1s' { pause(c.executor[0], '0s') }", ":4: pause: the time is 0s, must be 1ns..36500d"},
    {"at '1s' { slow(c.executor[0], { percent = 0 }) }", ":4: slow: percent is 0, must be 1..100000; 100 is the usual speed, 300 takes thrice the time"},
    {"at '1s' { drift(c.executor[0], { ppm = 200000 }) }", ":4: drift: ppm is 200000, must be -100000..100000; negative is a slow clock, 0 a true one"},
    {"at '1s' { lose_gpu(c.executor[0], 3) }", ":4: lose_gpu: the address is 3, but executor 0 has 3 GPUs, counted from 0; take one that it has"},
    {"at '1s' { take(c.executor[0], { cores = 0 }) }", ":4: take: cores is 0, must be 1..4096"},
    {"at '1s' { quit(c.executor[0]) }", ":4: quit needs a rank of a job, got an executor; write quit(resnet:rank(3))"},
    {"at '1s' { stray_call(j:rank(0), { op = 'barier', epoch = 0 }) }", ":4: stray_call: op is the string 'barier', must be \"barrier\" or \"all_gather\""},
    {"at '1s' { crash_driver() }", ":4: crash_driver: back must be a time such as \"1.5s\" or \"200ms\", got nil; a driver always comes back"},
    {"at '1s' { crash_driver { effect = 2 } }", ":4: crash_driver: back is missing; write back = a value"},
    {"between '1s' '2s' { pause(c.executor[0], '5s') }", ":4: between: pause cannot be taken back; only crash, slow and the faults of a link can, so write at \"...\" { ... }"},
    {"between '1s' '2s' { hang_task(j:rank(0)) }", ":4: between: hang_task cannot be taken back; only crash, slow and the faults of a link can, so write at \"...\" { ... }"},
    {"between '1s' '2s' { partition(c.executor[0], { lasts = '5s' }) }", ":4: between: partition has lasts, but between says how long; leave lasts out"},
    {"cut(c.executor[0])", ":4: cut stands alone and does nothing; put it into at, between or when"},
    {"driver.name = 1", ":4: the driver cannot be changed"},
    {"local x = driver.name", ":4: the driver has no 'name'"},
};
/* clang-format on */

static void each_mistake_is_told_with_its_place_and_its_remedy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char text[1024];
        snprintf(text, sizeof text, START "%s", mistakes[i].text);
        support_expect_error(text, mistakes[i].message);
    }
}

static const struct scn_word *find_word(const char *name)
{
    size_t count;
    const struct scn_word *words = scn_words(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].name, name) == 0)
            return &words[i];
    return NULL;
}

/* What the help shows is what a scenario may write. */
static void every_act_has_a_word_and_every_words_form_loads(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind < PLAN_ACT_LIMIT; kind++) {
        char text[1024];
        const struct scn_word *word = find_word(plan_act_word(kind));
        if (word == NULL)
            fail_msg("act %s has no word %s", plan_act_text(kind), plan_act_word(kind));
        snprintf(text, sizeof text,
                 "local c = cluster { executors = 4, gpus = 3 }\nsettings { datagram = true }\n"
                 "local resnet = job 'resnet' { barrier_stage 's' { tasks = 4, program = compute "
                 "'1s' } }\n"
                 "at '1s' { %s%s }",
                 kind == PLAN_ACT_RESTART ? "crash(c.executor[2]), " : "", word->form);
        struct plan *plan = support_load(text);
        assert_true(plan->act_count > 0);
        bool found = false;
        for (uint32_t i = 0; i < plan->act_count; i++)
            found = found || plan->acts[i].kind == kind;
        assert_true(found);
        support_expect_round_trip(plan);
        plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_has_a_direction_and_an_end),
        cmocka_unit_test(a_link_may_have_another_executor_at_its_end),
        cmocka_unit_test(a_partition_is_a_cut_of_both_ways),
        cmocka_unit_test(between_mends_what_it_cut_and_ends_what_it_slowed),
        cmocka_unit_test(what_waits_for_a_record_lasts_from_then_on),
        cmocka_unit_test(machines_tasks_and_the_driver_have_faults_of_their_own),
        cmocka_unit_test(swizzled_clogging_is_plain_lua),
        cmocka_unit_test(each_mistake_is_told_with_its_place_and_its_remedy),
        cmocka_unit_test(every_act_has_a_word_and_every_words_form_loads),
    };
    support_name("fault");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
