/* test_abort.c -- our own mistakes are assertions, in every build. */
#include "fixture.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>

START_TEST(a_program_that_is_over_cannot_be_stepped)
{
    struct plan *plan = small_plan();
    struct plan_program_state state;
    plan_program_init(&state);
    for (;;)
        (void)plan_program_step(plan, 0, 0, &state);
}
END_TEST

START_TEST(a_checkpoint_that_is_never_reached_cannot_be_resumed)
{
    struct plan_program_state state;
    plan_program_resume(small_plan(), 0, 0, 1, &state);
}
END_TEST

START_TEST(a_program_that_is_not_there_cannot_be_stepped)
{
    struct plan_program_state state;
    plan_program_init(&state);
    (void)plan_program_step(small_plan(), 1, 0, &state);
}
END_TEST

START_TEST(a_program_that_plan_check_refuses_cannot_be_stepped)
{
    struct plan *plan = small_plan();
    struct plan_op op = simple_op(PLAN_OP_NEXT, 0);
    struct plan_program_state state;
    uint32_t program = plan_add_program(plan, "broken", &op, 1);
    plan_program_init(&state);
    (void)plan_program_step(plan, program, 0, &state);
}
END_TEST

START_TEST(a_name_that_is_not_there_has_no_text) { (void)plan_text(small_plan(), 1000); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *aborts = tcase_create("aborts");
    tcase_add_test_raise_signal(aborts, a_program_that_is_over_cannot_be_stepped, SIGABRT);
    tcase_add_test_raise_signal(aborts, a_checkpoint_that_is_never_reached_cannot_be_resumed,
                                SIGABRT);
    tcase_add_test_raise_signal(aborts, a_program_that_is_not_there_cannot_be_stepped, SIGABRT);
    tcase_add_test_raise_signal(aborts, a_program_that_plan_check_refuses_cannot_be_stepped,
                                SIGABRT);
    tcase_add_test_raise_signal(aborts, a_name_that_is_not_there_has_no_text, SIGABRT);
    suite_add_tcase(suite, aborts);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
