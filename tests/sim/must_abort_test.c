/*
 * must_abort_test.c -- our own mistakes must be stopped where they are made.
 */
#include "queue.h"
#include "ring.h"
#include "sim/sim.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>

START_TEST(popping_an_empty_queue)
{
    struct sim_queue *queue = aligned_alloc(64, (sim_queue_size(8) + 63) & ~(size_t)63);
    sim_queue_init(queue, 8);
    (void)sim_queue_pop(queue);
}
END_TEST

START_TEST(popping_an_empty_ring)
{
    struct sim_ring_entry memory[4];
    struct sim_ring ring;
    sim_ring_init(&ring, memory, 4);
    (void)sim_ring_pop(&ring);
}
END_TEST

START_TEST(a_world_in_memory_that_is_not_aligned)
{
    static char memory[256];
    struct sim_options options = {.core = gang_api()};
    (void)sim_init(memory + 1, sizeof memory - 1, &options, NULL);
}
END_TEST

START_TEST(no_plan)
{
    struct sim_options options = {.core = gang_api()};
    (void)sim_size(&options, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sim.must_abort");
    TCase *tcase = tcase_create("mistakes");
    tcase_add_test_raise_signal(tcase, popping_an_empty_queue, SIGABRT);
    tcase_add_test_raise_signal(tcase, popping_an_empty_ring, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_world_in_memory_that_is_not_aligned, SIGABRT);
    tcase_add_test_raise_signal(tcase, no_plan, SIGABRT);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
