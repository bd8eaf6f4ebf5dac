/* expect_test.c -- hints of what is to come: whatever they say, they change nothing. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

enum { EXECUTORS = 3, CORES = 20 };
static const uint32_t numbers[] = {0, 1, 2, 3, 5, 15, 16, 17, 63, 1000, GANG_NONE - 1, GANG_NONE};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static void *copy_of(const void *memory, size_t bytes)
{
    void *copy = malloc(bytes);
    assert_non_null(copy);
    memcpy(copy, memory, bytes);
    return copy;
}

/* Messages that could come, and messages of groups, ranks and executors that there are none of. */
static void hint_the_driver(struct rig *rig)
{
    size_t bytes = gang_driver_size(&rig->limits);
    void *before = copy_of(rig->driver, bytes);
    for (int e = 0; e < NUMBERS; e++)
        for (int ref = 0; ref < NUMBERS; ref++)
            for (int rank = 0; rank < NUMBERS; rank++) {
                const struct gang_msg msg = {.kind = GANG_MSG_ARRIVE,
                                             .executor = numbers[e],
                                             .ref = numbers[ref],
                                             .rank = numbers[rank]};
                for (unsigned step = 0; step < 4; step++)
                    gang_driver_expect(rig->driver, &msg, step);
            }
    assert_memory_equal(rig->driver, before, bytes);
    free(before);
}

static void hint_an_executor(struct rig *rig, uint32_t executor)
{
    size_t bytes = gang_executor_size(&rig->limits);
    void *before = copy_of(rig->executor[executor], bytes);
    for (int group = 0; group < NUMBERS; group++)
        for (int task = 0; task < NUMBERS; task++)
            gang_executor_expect(rig->executor[executor], numbers[group], numbers[task]);
    assert_memory_equal(rig->executor[executor], before, bytes);
    free(before);
}

static void hint_everybody(struct rig *rig)
{
    hint_the_driver(rig);
    for (uint32_t e = 0; e < EXECUTORS; e++)
        hint_an_executor(rig, e);
}

static void hints_change_nothing_right_or_wrong(void **state)
{
    (void)state;
    struct gang_config config = rig_config();
    struct rig *rig = rig_new(EXECUTORS, CORES, 0, &config);
    struct gang_stage_spec gang = rig_gang(40, 1, 0);
    hint_everybody(rig); /* nothing is there yet */
    rig_submit(rig, 0, &gang, 1);
    rig_pass(rig, 1000000);
    assert_int_equal(rig_alive(rig), 40);
    hint_everybody(rig);
    for (uint32_t rank = 0; rank < 39; rank++)
        rig_call(rig, rig_task(rig, 0, 0, rank), GANG_OP_BARRIER, rank);
    hint_everybody(rig);
    rig_crash(rig, 1);
    rig_pass(rig, INT64_C(3600) * 1000000000);
    hint_everybody(rig); /* its groups are gone, or others have their place */
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hints_change_nothing_right_or_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
