/*
 * gang1_test.c -- GANG-1 as the scenario generates it is GANG-1 as it is defined, to the byte.
 *
 * The file form: "GANG1\0\0\0", u64 jobs, u64 tasks, per job {u64 arrival us, u32 size, u32 first
 * task}, per task eleven u32 {launch, ten rounds} in us; little-endian. The sums are those of the
 * reference generator's files.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 10, WIDTH = 1 + ROUNDS };

/* ---- a buffer of little-endian numbers */

struct bytes {
    unsigned char *at;
    size_t size, capacity;
};

static void put(struct bytes *out, uint64_t value, unsigned count)
{
    if (out->size + 8 > out->capacity) {
        out->capacity = out->capacity * 2 + 4096;
        out->at = realloc(out->at, out->capacity);
        assert_non_null(out->at);
    }
    for (unsigned i = 0; i < count; i++)
        out->at[out->size++] = (unsigned char)(value >> (8 * i));
}

static void put_header(struct bytes *out, uint64_t jobs, uint64_t tasks)
{
    put(out, UINT64_C(0x31474E4147), 8); /* "GANG1\0\0\0" */
    put(out, jobs, 8);
    put(out, tasks, 8);
}

/* ---- SHA-256, FIPS 180-4 */

static uint32_t rotate(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

/* The first 32 bits of the fractional part of a prime's root: 2 for square, 3 for cube, in
 * integers. */
static uint32_t root_bits(uint32_t prime, unsigned degree)
{
    long double root = degree == 2 ? sqrtl(prime) : cbrtl(prime);
    return (uint32_t)((root - floorl(root)) * 4294967296.0L);
}

static void sha_block(uint32_t h[8], const uint32_t k[64], const unsigned char *block)
{
    uint32_t w[64], v[8];
    for (unsigned i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (unsigned i = 16; i < 64; i++)
        w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) +
               w[i - 7] + (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(v, h, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t a = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
                     ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
        uint32_t b = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
                     ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += a;
        v[0] = a + b;
    }
    for (unsigned i = 0; i < 8; i++)
        h[i] += v[i];
}

static void sha256(struct bytes *in, char out[static 65]) /* pads `in` */
{
    uint32_t k[64], h[8];
    unsigned count = 0;
    uint64_t bits = (uint64_t)in->size * 8;
    for (uint32_t n = 2; count < 64; n++) {
        bool prime = true;
        for (uint32_t d = 2; d * d <= n; d++)
            prime = prime && n % d != 0;
        if (!prime)
            continue;
        if (count < 8)
            h[count] = root_bits(n, 2);
        k[count++] = root_bits(n, 3);
    }
    put(in, 0x80, 1);
    while (in->size % 64 != 56)
        put(in, 0, 1);
    for (unsigned i = 0; i < 8; i++)
        put(in, bits >> (56 - 8 * i), 1);
    for (size_t at = 0; at < in->size; at += 64)
        sha_block(h, k, in->at + at);
    for (unsigned i = 0; i < 8; i++)
        snprintf(out + 8 * i, 9, "%08x", h[i]);
}

/* ---- the definition, in C */

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t draw(uint64_t seed, uint64_t s, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t by[] = {s, a, b, c};
    uint64_t h = seed;
    for (unsigned i = 0; i < 4; i++)
        h = mix(h + UINT64_C(0x9E3779B97F4A7C15) * (by[i] + 1));
    return h;
}

static void by_definition(struct bytes *out, uint64_t seed, uint32_t jobs)
{
    static const uint32_t sizes[] = {1, 2, 4, 8, 16, 32, 64};
    uint64_t arrival = 0, tasks = 0, first = 0;
    for (uint32_t j = 0; j < jobs; j++)
        tasks += sizes[draw(seed, 1, j, 0, 0) % 7];
    put_header(out, jobs, tasks);
    for (uint32_t j = 0; j < jobs; j++) {
        double u = ((double)(draw(seed, 0, j, 0, 0) >> 11) + 0.5) * 0x1p-53;
        arrival += (uint64_t)(-log(u) * 41250.0) + 1;
        uint32_t size = sizes[draw(seed, 1, j, 0, 0) % 7];
        put(out, arrival, 8);
        put(out, size, 4);
        put(out, first, 4);
        first += size;
    }
    for (uint32_t j = 0; j < jobs; j++)
        for (uint32_t i = 0; i < sizes[draw(seed, 1, j, 0, 0) % 7]; i++)
            for (uint32_t r = 0; r <= ROUNDS; r++)
                put(out,
                    r == 0 ? 1000 + draw(seed, 2, j, i, 0) % 4000
                           : 50000 + draw(seed, 3, j, i, r) % 100000,
                    4);
}

/* ---- the plan, in the same form */

static void check_program(const struct plan *plan, uint32_t program)
{
    struct plan_program_state state;
    plan_program_init(&state);
    for (uint32_t i = 0; i <= 2 * ROUNDS; i++) {
        struct plan_step step = plan_program_step(plan, program, 0, &state);
        bool computes = i == 0 || i % 2 == 1; /* launch, then a compute and a barrier a round */
        assert_int_equal(step.code, computes ? PLAN_OP_COMPUTE : PLAN_OP_BARRIER);
        if (!computes)
            continue;
        const struct plan_dist *dist = &plan->dists[step.dist];
        assert_int_equal(dist->kind, PLAN_DIST_COLUMN);
        assert_int_equal(dist->lo + dist->hi * (int64_t)step.iteration, (i + 1) / 2);
    }
    assert_int_equal(plan_program_step(plan, program, 0, &state).code, PLAN_OP_END);
}

static void from_plan(struct bytes *out, const struct plan *plan)
{
    uint64_t tasks = 0, first = 0;
    for (uint32_t j = 0; j < plan->job_count; j++)
        tasks += plan->stages[j].tasks;
    put_header(out, plan->job_count, tasks);
    for (uint32_t j = 0; j < plan->job_count; j++) {
        assert_int_equal(plan->jobs[j].submit_ns % 1000, 0);
        put(out, (uint64_t)plan->jobs[j].submit_ns / 1000, 8);
        put(out, plan->stages[j].tasks, 4);
        put(out, first, 4);
        first += plan->stages[j].tasks;
    }
    for (uint32_t j = 0; j < plan->job_count; j++) {
        const struct plan_stage *stage = &plan->stages[j];
        const struct plan_column *column = &plan->columns[stage->column];
        assert_int_equal(column->width, WIDTH);
        assert_int_equal(column->unit_ns, 1000);
        for (uint64_t i = 0; i < (uint64_t)stage->tasks * WIDTH; i++)
            put(out, plan->cells[column->first_cell + (uint64_t)stage->row * WIDTH + i], 4);
    }
}

static struct plan *load(const char *jobs, const char *seed)
{
    const struct scn_param params[] = {{"jobs", jobs}, {"seed", seed}};
    return support_load_file(SCENARIOS "/workloads/gang-1.lua", params, 2);
}

static void expect_sum(const char *jobs, const char *sum)
{
    struct bytes file = {0};
    char got[65];
    struct plan *plan = load(jobs, "1");
    from_plan(&file, plan);
    sha256(&file, got);
    assert_string_equal(got, sum);
    plan_free(plan);
    free(file.at);
}

static void the_sum_of_abc_is_the_published_one(void **state)
{
    struct bytes in = {0};
    char got[65];
    (void)state;
    put(&in, 0x636261, 3);
    sha256(&in, got);
    assert_string_equal(got, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    free(in.at);
}

static void a_thousand_jobs_are_the_reference_file(void **state)
{
    (void)state;
    expect_sum("1000", "6bb3aff5b4b08ac8cd44263e95f59e99824b0b73f0de1ed4e7e59206ba2d7706");
}

static void ten_thousand_jobs_are_the_reference_file(void **state)
{
    (void)state;
    expect_sum("10000", "58e0369b4eb52f67feeed3147937188eaaee3210fbe5c5ac8ce963d4127a4462");
}

static void another_seed_is_the_definition_too(void **state)
{
    struct bytes defined = {0}, generated = {0};
    (void)state;
    struct plan *plan = load("200", "77");
    by_definition(&defined, 77, 200);
    from_plan(&generated, plan);
    assert_int_equal(generated.size, defined.size);
    assert_memory_equal(generated.at, defined.at, defined.size);
    plan_free(plan);
    free(defined.at);
    free(generated.at);
}

static void each_job_launches_and_then_runs_ten_rounds_on_a_hundred_executors_of_eight(void **state)
{
    (void)state;
    struct plan *plan = load("50", "1");
    assert_int_equal(plan->executor_count, 100);
    assert_int_equal(plan->executors[99].cores, 8);
    assert_int_equal(plan->setting[PLAN_SET_LATENCY], 0);
    for (uint32_t j = 0; j < plan->job_count; j++) {
        assert_int_equal(plan->jobs[j].stage_count, 1);
        assert_int_equal(plan->stages[j].kind, PLAN_STAGE_BARRIER);
        check_program(plan, plan->stages[j].program);
    }
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_of_abc_is_the_published_one),
        cmocka_unit_test(a_thousand_jobs_are_the_reference_file),
        cmocka_unit_test(ten_thousand_jobs_are_the_reference_file),
        cmocka_unit_test(another_seed_is_the_definition_too),
        cmocka_unit_test(
            each_job_launches_and_then_runs_ten_rounds_on_a_hundred_executors_of_eight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
