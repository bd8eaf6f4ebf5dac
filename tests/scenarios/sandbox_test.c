/*
 * sandbox_test.c -- what a scenario computes is the same on each load, whatever machine, locale or
 * address space.
 *
 * Each snippet computes a text and gives it back as the scenario's title.
 */
#include "support.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_title(const char *code, const char *title)
{
    char text[4096];
    snprintf(text, sizeof text, BASE "%s", code);
    struct plan *plan = support_load(text);
    assert_string_equal(plan_text(plan, plan->title), title);
    plan_free(plan);
}

static void pairs_gives_numbers_then_strings_then_booleans_each_by_value(void **state)
{
    (void)state;
    expect_title(
        "local s = '' for k in pairs { b = 1, [10] = 1, a = 1, [2] = 1, [-1.5] = 1, ['10'] = 1, B "
        "= 1,"
        " [true] = 1, [false] = 1, aa = 1, [2.5] = 1 } do s = s .. tostring(k) .. ' ' end title(s)",
        "-1.5 2 2.5 10 10 B a aa b false true ");
    expect_title("local s = '' for k, v in pairs { 'x', 'y', 'z' } do s = s .. k .. v end title(s)",
                 "1x2y3z");
}

static void pairs_lets_the_table_change_while_it_runs(void **state)
{
    (void)state;
    expect_title("local t, s = { a = 1, b = 2, c = 3 }, '' for k, v in pairs(t) do s = s .. k .. v "
                 "t.c = nil t.b = 7"
                 " end title(s)",
                 "a1b7");
}

static void next_walks_in_the_order_of_pairs(void **state)
{
    (void)state;
    expect_title("local t, s = { b = 1, [3] = 1, a = 1, [1] = 1 }, '' local k = next(t) while k do "
                 "s = s .. k .. ' '"
                 " k = next(t, k) end title(s .. tostring(next {}))",
                 "1 3 a b nil");
    expect_title("local s = '' for k, v in next, { y = 1, x = 2 } do s = s .. k .. v end title(s)",
                 "x2y1");
}

static void pairs_of_ten_thousand_keys_is_sorted(void **state)
{
    (void)state;
    expect_title("local t = {} for i = 1, 10000 do t['k' .. i * 7919 % 10007] = i end\n"
                 "local last, n = '', 0 for k in pairs(t) do assert(k > last) last, n = k, n + 1 "
                 "end title('n ' .. n)",
                 "n 10000");
}

static void sort_is_stable_and_sorts(void **state)
{
    (void)state;
    expect_title("local t = { 'b1', 'a1', 'b2', 'a2', 'c1', 'a3', 'b3' }\n"
                 "table.sort(t, function(x, y) return x:sub(1, 1) < y:sub(1, 1) end) "
                 "title(table.concat(t, ' '))",
                 "a1 a2 a3 b1 b2 b3 c1");
    expect_title("local t = { 5, 3, 9, 1 } table.sort(t) title(table.concat(t, ' '))", "1 3 5 9");
    expect_title("local t = {} for i = 1, 1000 do t[i] = i * 7919 % 1009 end table.sort(t)\n"
                 "for i = 2, 1000 do assert(t[i - 1] <= t[i]) end title 'sorted'",
                 "sorted");
    expect_title("local t = {} table.sort(t) title('empty ' .. #t)", "empty 0");
}

static void addresses_are_never_seen(void **state)
{
    (void)state;
    expect_title("title(tostring {} .. ' ' .. tostring(next) .. ' ' .. tostring(function() end))",
                 "table function function");
    expect_title("title(string.format('%s %5s %d', {}, tostring, 7))", "table function 7");
    expect_title(
        "title(tostring(j) .. ', ' .. tostring(c) .. ', ' .. tostring(c.executor[1]) .. ', ' .."
        " tostring(barrier()) .. ', ' .. tostring(j:rank(1)))",
        "job 'j', a cluster, an executor, a program, a rank of a job");
    expect_title("title(('%s'):format({}))", "table");
}

static void the_dice_are_ours(void **state)
{
    (void)state;
    expect_title(
        "title(math.random(100) .. ' ' .. math.random(-5, 5) .. ' ' .. math.random(0, 1 << 40))",
        "36 5 105226862834");
    expect_title("title(string.format('%.6f', math.random()))", "0.883311");
    expect_title("math.randomseed(7) local a = math.random(1000000) math.randomseed(7)\n"
                 "title(tostring(a == math.random(1000000)))",
                 "true");
    expect_title("for i = 1, 1000 do local x = math.random(3) assert(x >= 1 and x <= 3) end\n"
                 "title(math.type(math.random(math.mininteger, math.maxinteger)))",
                 "integer");
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    const char *set = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names && set == NULL; i++)
        set = setlocale(LC_ALL, names[i]);
    expect_title("title(tostring(1.5 + tonumber('0.25')) .. string.format(' %.2f', 1.5))",
                 "1.75 1.50");
    if (set == NULL)
        skip();                                            /* no locale here writes a comma */
    assert_int_equal(localeconv()->decimal_point[0], ','); /* the caller's locale is as it was */
    setlocale(LC_ALL, "C");
}

static void globals_of_one_load_are_not_there_in_the_next(void **state)
{
    struct scn_err err;
    (void)state;
    plan_free(support_load(BASE "local x = 1"));
    assert_null(support_try(BASE "title(tostring(x))", &err));
}

static void two_loads_give_the_same_bytes(void **state)
{
    static const char text[] =
        "local c = cluster { executors = 8, cores = 4 }\n"
        "local names = { load = 4, fit = 2, score = 1, test = 3, clean = 5 }\n"
        "for name, tasks in pairs(names) do\n"
        "  local j = job(name) { stage 's' { tasks = tasks, program = compute(math.random(1, 9) .. "
        "'s') } }\n"
        "  at(math.random(1, 9) .. 's') { cancel(j) }\n"
        "end\n";
    (void)state;
    struct plan *first = support_load(text);
    assert_string_equal(plan_text(first, first->jobs[0].name), "clean");
    for (int i = 0; i < 20; i++) {
        struct plan *again = support_load(text);
        support_expect_same(first, again);
        plan_free(again);
    }
    plan_free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_gives_numbers_then_strings_then_booleans_each_by_value),
        cmocka_unit_test(pairs_lets_the_table_change_while_it_runs),
        cmocka_unit_test(next_walks_in_the_order_of_pairs),
        cmocka_unit_test(pairs_of_ten_thousand_keys_is_sorted),
        cmocka_unit_test(sort_is_stable_and_sorts),
        cmocka_unit_test(addresses_are_never_seen),
        cmocka_unit_test(the_dice_are_ours),
        cmocka_unit_test(numbers_do_not_depend_on_the_locale),
        cmocka_unit_test(globals_of_one_load_are_not_there_in_the_next),
        cmocka_unit_test(two_loads_give_the_same_bytes),
    };
    support_name("sandbox");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
