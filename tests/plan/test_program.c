/* test_program.c -- programs step through nested loops, skip what is for other ranks, and resume
 * where they were. */
#include "fixture.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* needs those before it */

/* Steps to the end; each op as a letter, with the iteration behind it. */
static void tell(const struct plan *plan, uint32_t program, uint32_t rank, char *out, size_t size)
{
    static const char letter[] = "ECBGKOFXLNRH";
    struct plan_program_state state;
    size_t at = 0;
    plan_program_init(&state);
    while (!state.done) {
        uint32_t ops = state.ops;
        struct plan_step step = plan_program_step(plan, program, rank, &state);
        assert_int_equal(step.ops, ops);
        assert_int_equal(state.ops, ops + 1);
        assert_true(at + 8 < size);
        at += (size_t)snprintf(out + at, size - at, "%c%u ", letter[step.code], step.iteration);
    }
    out[at - 1] = '\0';
}

static void nested_loops_turn_as_often_as_they_say(void **state)
{
    struct plan *plan = small_plan();
    uint32_t work = add_fixed(plan, 5);
    struct plan_op ops[] = {
        loop_op(2, 6),                    /* 0 */
        compute_op(work),                 /* 1 */
        loop_op(3, 4),                    /* 2 */
        simple_op(PLAN_OP_BARRIER, 0),    /* 3 */
        next_op(2),                       /* 4 */
        simple_op(PLAN_OP_CHECKPOINT, 0), /* 5 */
        next_op(0),                       /* 6 */
        simple_op(PLAN_OP_OUTPUT, 9),     /* 7 */
    };
    uint32_t program = plan_add_program(plan, "nested", ops, 8);
    char told[256];
    (void)state;
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    tell(plan, program, 0, told, sizeof told);
    assert_string_equal(told, "C0 B0 B1 B2 K0 C1 B0 B1 B2 K1 O0 E0");
    plan_free(plan);
}

static void the_deepest_nest_turns_too(void **state)
{
    struct plan *plan = small_plan();
    uint32_t work = add_fixed(plan, 5);
    struct plan_op ops[] = {
        loop_op(2, 8), loop_op(2, 7), loop_op(2, 6), loop_op(2, 5), compute_op(work),
        next_op(3),    next_op(2),    next_op(1),    next_op(0),
    };
    uint32_t program = plan_add_program(plan, "deep", ops, 9);
    struct plan_program_state at;
    (void)state;
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    plan_program_init(&at);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(plan_program_step(plan, program, 0, &at).code, PLAN_OP_COMPUTE);
        assert_int_equal(at.turn[0] * 8 + at.turn[1] * 4 + at.turn[2] * 2 + at.turn[3], i);
    }
    assert_int_equal(plan_program_step(plan, program, 0, &at).code, PLAN_OP_END);
    assert_int_equal(at.depth, 0);
    for (unsigned i = 0; i < PLAN_LOOP_DEPTH_MAX; i++)
        assert_int_equal(at.turn[i], 0);
    plan_free(plan);
}

static void each_rank_does_its_own_ops_only(void **state)
{
    struct plan *plan = small_plan();
    uint32_t work = add_fixed(plan, 5);
    struct plan_op ops[] = {
        on_rank_op(1, 2, 5),              /* 0 */
        compute_op(work),                 /* 1 */
        on_rank_op(2, 2, 4),              /* 2 */
        simple_op(PLAN_OP_OUTPUT, 1),     /* 3 */
        simple_op(PLAN_OP_CHECKPOINT, 0), /* 4 */
        simple_op(PLAN_OP_BARRIER, 0),    /* 5 */
    };
    uint32_t program = plan_add_program(plan, "ranks", ops, 6);
    static const char *const expected[] = {"B0 E0", "C0 K0 B0 E0", "C0 O0 K0 B0 E0", "B0 E0"};
    (void)state;
    for (uint32_t rank = 0; rank < 4; rank++) {
        char told[64];
        tell(plan, program, rank, told, sizeof told);
        assert_string_equal(told, expected[rank]);
    }
    plan_free(plan);
}

static void a_loop_of_others_ops_is_left_at_once(void **state)
{
    struct plan *plan = small_plan();
    uint32_t work = add_fixed(plan, 5);
    struct plan_op ops[] = {
        loop_op(4000000000, 7),        /* 0: without the shortcut, 1.6e19 turns */
        loop_op(4000000000, 4),        /* 1 */
        on_rank_op(0, 0, 4),           /* 2 */
        compute_op(work),              /* 3 */
        next_op(1),                    /* 4 */
        on_rank_op(0, 0, 7),           /* 5 */
        compute_op(work),              /* 6 */
        next_op(0),                    /* 7 */
        simple_op(PLAN_OP_BARRIER, 0), /* 8 */
    };
    uint32_t program = plan_add_program(plan, "others", ops, 9);
    char told[64];
    (void)state;
    assert_int_equal(plan_check(plan, NULL), PLAN_OK);
    tell(plan, program, 1, told, sizeof told);
    assert_string_equal(told, "B0 E0");
    plan_free(plan);
}

static void an_idle_turn_ends_only_its_own_loop(void **state)
{
    struct plan *plan = small_plan();
    uint32_t work = add_fixed(plan, 5);
    struct plan_op ops[] = {
        loop_op(3, 6),    loop_op(9, 4), on_rank_op(0, 0, 4),
        compute_op(work), next_op(1),    simple_op(PLAN_OP_BARRIER, 0),
        next_op(0),
    };
    char told[64];
    (void)state;
    uint32_t program = plan_add_program(plan, "idle", ops, 7);
    tell(plan, program, 1, told, sizeof told);
    assert_string_equal(told, "B0 B1 B2 E0");
    plan_free(plan);
}

static void fail_exit_and_hang_end_a_program(void **state)
{
    static const enum plan_op_code codes[] = {PLAN_OP_FAIL, PLAN_OP_EXIT, PLAN_OP_HANG};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct plan *plan = small_plan();
        struct plan_op op = simple_op(codes[i], 7);
        uint32_t program = plan_add_program(plan, "end", &op, 1);
        struct plan_program_state at;
        plan_program_init(&at);
        struct plan_step step = plan_program_step(plan, program, 0, &at);
        assert_int_equal(step.code, codes[i]);
        assert_int_equal(step.value, codes[i] == PLAN_OP_HANG ? 0 : 7);
        assert_int_equal(at.done, 1);
        plan_free(plan);
    }
}

static void resuming_gives_the_state_that_stepping_gave(void **state)
{
    struct plan *plan = rich_plan();
    (void)state;
    for (uint32_t rank = 0; rank < 6; rank++) {
        struct plan_program_state stepped, resumed;
        uint32_t checkpoint = 0;
        plan_program_init(&stepped);
        plan_program_resume(plan, 0, rank, 0, &resumed);
        assert_memory_equal(&stepped, &resumed, sizeof stepped);
        while (!stepped.done) {
            if (plan_program_step(plan, 0, rank, &stepped).code != PLAN_OP_CHECKPOINT)
                continue;
            assert_int_equal(stepped.checkpoints, ++checkpoint);
            plan_program_resume(plan, 0, rank, checkpoint, &resumed);
            assert_memory_equal(&stepped, &resumed, sizeof stepped);
        }
        assert_int_equal(checkpoint, 3);
        assert_int_equal(stepped.syncs, 31);
    }
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nested_loops_turn_as_often_as_they_say),
        cmocka_unit_test(the_deepest_nest_turns_too),
        cmocka_unit_test(each_rank_does_its_own_ops_only),
        cmocka_unit_test(a_loop_of_others_ops_is_left_at_once),
        cmocka_unit_test(an_idle_turn_ends_only_its_own_loop),
        cmocka_unit_test(fail_exit_and_hang_end_a_program),
        cmocka_unit_test(resuming_gives_the_state_that_stepping_gave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
