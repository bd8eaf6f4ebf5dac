/*
 * ndjson.c -- claims about histories as lines of JSON: written by us, or by hand.
 */
#include "histories.h"

#include <errno.h>

static const char path[] = "ndjson_test.ndjson";
enum { MOST = 20000 };
static struct trace_record back[MOST];

static void write_lines(const struct trace_header *header, const struct trace_record *records,
                        size_t count)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    struct trace_err err;
    assert_int_equal(trace_ndjson_header(out, header, &err), TRACE_OK);
    for (size_t done = 0, batch; done < count; done += batch) {
        batch = count - done < 333 ? count - done : 333;
        assert_int_equal(trace_ndjson_records(out, records + done, batch, done + 1, &err),
                         TRACE_OK);
    }
    assert_int_equal(fclose(out), 0);
}

static void assert_round_trip(const struct trace_record *records, size_t count)
{
    struct trace_header header = some_header();
    write_lines(&header, records, count);
    size_t got;
    struct trace_err err = {.code = TRACE_OK};
    enum trace_status status = read_all(path, back, MOST, &got, &err);
    assert_string_equal(err.detail, "");
    assert_int_equal(status, TRACE_OK);
    assert_int_equal(got, count);
    assert_memory_equal(back, records, count * sizeof *records);
}

static void a_history_comes_back_equal(void **state)
{
    (void)state;
    struct trace_record *records = mild_history(MOST, 21);
    assert_round_trip(records, MOST);
    free(records);
}

static void any_record_at_all_comes_back_equal(void **state)
{
    (void)state;
    uint64_t dice = 22;
    struct trace_record *records = mild_history(5000, 22);
    for (size_t i = 0; i < 4999; i++)
        records[i] = wild_record(&dice);
    assert_round_trip(records, 5000);
    free(records);
}

static void the_ends_of_the_ranges_come_back_equal(void **state)
{
    (void)state;
    struct trace_record records[3] = {
        {INT64_MIN, UINT64_MAX, TRACE_DELIVER, TRACE_RESERVE, TRACE_TASK, 0, UINT32_MAX - 1, 0, 0,
         TRACE_NONE, 0, INT64_MIN, INT64_MAX},
        {INT64_MAX, INT64_MAX, UINT16_MAX, UINT16_MAX, UINT32_MAX, TRACE_NONE, TRACE_NONE,
         TRACE_NONE, TRACE_NONE, UINT32_MAX - 1, TRACE_NONE, -1, 1},
        {0, 0, TRACE_END, 0, TRACE_WORLD, 0, 0, 0, 0, 0, 0, 0, 0},
    };
    assert_round_trip(records, 3);
}

static void the_header_comes_back_equal(void **state)
{
    (void)state;
    struct trace_header header = some_header();
    header.observes |= TRACE_BIT(63); /* a kind that this registry does not know */
    struct trace_record end = {.kind = TRACE_END};
    write_lines(&header, &end, 1);
    struct trace_reader *reader;
    struct trace_err err;
    assert_int_equal(trace_reader_open(path, &reader, &err), TRACE_OK);
    assert_false(trace_reader_is_binary(reader));
    assert_same_header(trace_reader_header(reader), &header);
    assert_true(trace_reader_chain(reader) == trace_chain_start(&header));
    size_t count;
    assert_int_equal(trace_reader_next(reader, back, 5, &count, &err), TRACE_OK);
    assert_int_equal(count, 1);
    assert_true(trace_reader_chain(reader) == trace_chain_next(trace_chain_start(&header), back));
    trace_reader_close(reader);
}

static void lines_look_like_this(void **state)
{
    (void)state;
    struct trace_header header = some_header();
    header.seed = 42;
    header.plan_text = "plan 1\n";
    const struct trace_record records[] = {
        {123, 0, TRACE_RESERVE, 0, TRACE_DRIVER, 0, 0, 0, 0, TRACE_NONE, 0, 6, 0},
        {456, 1, TRACE_DELIVER, TRACE_RESERVE, TRACE_EXECUTOR, 10, 99, 100, 101, TRACE_NONE, 0, 6,
         -7},
        {1000, 2, TRACE_END, 0, TRACE_WORLD, TRACE_NONE, TRACE_NONE, TRACE_NONE, TRACE_NONE,
         TRACE_NONE, TRACE_NONE, 0, 12345},
    };
    write_lines(&header, records, 3);
    struct bytes file = file_bytes(path);
    assert_string_equal(
        (char *)file.at,
        "{\"muster\":1,\"seed\":42,\"observes\":[\"start\",\"end\"],\"core\":\"muster-core 0.1\","
        "\"target\":\"sim\",\"policy\":\"spark rounds=on_event\",\"plan\":\"plan 1\\n\"}\n"
        "{\"n\":1,\"at\":123,\"cause\":0,\"kind\":\"reserve\",\"actor\":\"driver\",\"executor\":0,"
        "\"job\":0,\"stage\":0,\"attempt\":0,\"rank\":0,\"a\":6,\"b\":0}\n"
        "{\"n\":2,\"at\":456,\"cause\":1,\"kind\":\"deliver\",\"of\":\"reserve\",\"actor\":"
        "\"executor\",\"executor\":10,\"job\":99,\"stage\":100,\"attempt\":101,\"rank\":0,\"a\":6,"
        "\"b\":-7}\n"
        "{\"n\":3,\"at\":1000,\"cause\":2,\"kind\":\"end\",\"actor\":\"world\",\"a\":0,\"b\":12345}"
        "\n");
    free(file.at);
}

static void a_history_by_hand_may_leave_out_what_is_usual(void **state)
{
    (void)state;
    static const char text[] = "\n"
                               "  {\"plan\": \"plan 1\\n\", \"muster\": 1}\r\n"
                               "{\"kind\": \"submit\", \"job\": 0}\n"
                               "\n"
                               "{\"kind\": \"reserve\", \"at\": 10, \"executor\": 2, \"rank\": 4}\n"
                               "{\"kind\": \"deliver\", \"of\": \"reserve\", \"cause\": 2}\n"
                               "{\"kind\": \"deliver\", \"of\": \"arrive\"}\n"
                               "{\"kind\": \"start\", \"b\": -1}\n"
                               "{\"kind\": \"end\", \"n\": 6, \"at\": 5}";
    const struct trace_record expected[] = {
        {0, 0, TRACE_SUBMIT, 0, TRACE_WORLD, TRACE_NONE, 0, TRACE_NONE, TRACE_NONE, TRACE_NONE,
         TRACE_NONE, 0, 0},
        {10, 0, TRACE_RESERVE, 0, TRACE_DRIVER, 2, TRACE_NONE, TRACE_NONE, TRACE_NONE, TRACE_NONE,
         4, 1, 0},
        {10, 2, TRACE_DELIVER, TRACE_RESERVE, TRACE_EXECUTOR, TRACE_NONE, TRACE_NONE, TRACE_NONE,
         TRACE_NONE, TRACE_NONE, TRACE_NONE, 1, 0},
        {10, 0, TRACE_DELIVER, TRACE_ARRIVE, TRACE_DRIVER, TRACE_NONE, TRACE_NONE, TRACE_NONE,
         TRACE_NONE, TRACE_NONE, TRACE_NONE, 0, 0},
        {10, 0, TRACE_START, 0, TRACE_EXECUTOR, TRACE_NONE, TRACE_NONE, TRACE_NONE, TRACE_NONE,
         TRACE_NONE, TRACE_NONE, 0, -1},
        {5, 0, TRACE_END, 0, TRACE_WORLD, TRACE_NONE, TRACE_NONE, TRACE_NONE, TRACE_NONE,
         TRACE_NONE, TRACE_NONE, 0, 0},
    };
    put_file(path, text, sizeof text - 1);
    size_t count;
    struct trace_err err = {.code = TRACE_OK};
    enum trace_status status = read_all(path, back, MOST, &count, &err);
    assert_string_equal(err.detail, "");
    assert_int_equal(status, TRACE_OK);
    assert_int_equal(count, 6);
    assert_memory_equal(back, expected, sizeof expected);

    struct trace_reader *reader;
    assert_int_equal(trace_reader_open(path, &reader, &err), TRACE_OK);
    const struct trace_header header = {.version = 1,
                                        .observes = trace_kinds_usual(),
                                        .core_id = "",
                                        .target = "",
                                        .policy = "",
                                        .plan_text = "plan 1\n"};
    assert_same_header(trace_reader_header(reader), &header);
    trace_reader_close(reader);
}

/* A bad line 3 after a good header and a good record. */
static void assert_line_refused(const char *line, const char *detail)
{
    char text[1024];
    int size = snprintf(
        text, sizeof text,
        "{\"muster\":1,\"plan\":\"\"}\n{\"kind\":\"submit\"}\n%s\n{\"kind\":\"end\"}\n", line);
    put_file(path, text, (size_t)size);
    size_t count;
    struct trace_err err = {.code = TRACE_OK};
    assert_int_equal(read_all(path, back, MOST, &count, &err), TRACE_E_FORMAT);
    assert_int_equal(count, 1); /* the one before it */
    assert_int_equal(err.code, TRACE_E_FORMAT);
    assert_int_equal(err.line, 3);
    assert_string_equal(err.detail, detail);
}

static void a_wrong_line_is_refused_with_its_number_and_field(void **state)
{
    (void)state;
    assert_line_refused("[]", "line 3: a line must be one JSON object");
    assert_line_refused("{\"kind\":\"start\",\"host\":1}", "line 3: a record has no field host");
    assert_line_refused("{\"at\":1}", "line 3: a record must have the field kind");
    assert_line_refused("{\"kind\":\"drop\"}", "line 3: a deliver or drop must have the field of");
    assert_line_refused("{\"kind\":\"begin\"}",
                        "line 3: field 'kind' must be the name of a kind of record, got \"begin\"");
    assert_line_refused("{\"kind\":65536}",
                        "line 3: field 'kind' must be the name of a kind of record, got 65536");
    assert_line_refused("{\"kind\":\"start\",\"rank\":-1}",
                        "line 3: field 'rank' must be an integer 0..4294967294, got -1");
    assert_line_refused("{\"kind\":\"start\",\"rank\":4294967295}",
                        "line 3: field 'rank' must be an integer 0..4294967294, got 4294967295");
    assert_line_refused("{\"kind\":\"start\",\"job\":\"etl\"}",
                        "line 3: field 'job' must be an integer 0..4294967294, got \"etl\"");
    assert_line_refused("{\"kind\":\"start\",\"a\":1.5}",
                        "line 3: field 'a' must be an integer, got a fraction");
    assert_line_refused("{\"kind\":\"start\",\"at\":null}",
                        "line 3: field 'at' must be an integer, got null");
    assert_line_refused(
        "{\"kind\":\"start\",\"actor\":\"me\"}",
        "line 3: field 'actor' must be world, driver, executor or task, got \"me\"");
    assert_line_refused("{\"kind\":\"start\",\"n\":7}",
                        "line 3: field 'n' must be 2, its position, got 7");
    assert_line_refused("{\"kind\":\"start\",\"cause\":-1}",
                        "line 3: field 'cause' must be an integer 0..18446744073709551615, got -1");
    assert_line_refused("{\"kind\":\"start\",\"cause\":\"18446744073709551616\"}",
                        "line 3: field 'cause' must be an integer 0..18446744073709551615, got "
                        "\"18446744073709551616\"");
}

static void garbage_is_refused_with_its_line(void **state)
{
    (void)state;
    static const char *const lines[] = {"garbage",
                                        "{\"kind\":\"start\"",
                                        "{\"kind\":\"start\"} {}",
                                        "{\"kind\":\"start\",\"kind\":\"exit\"}",
                                        "{\"kind\":\"start\",\"a\":99999999999999999999}",
                                        "{\"kind\":\"sta\xff\"}",
                                        "\"",
                                        "{\"\\u0000\":1}"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[256];
        int size = snprintf(text, sizeof text, "{\"muster\":1,\"plan\":\"\"}\n%s\n", lines[i]);
        put_file(path, text, (size_t)size);
        size_t count;
        struct trace_err err = {.code = TRACE_OK};
        assert_int_equal(read_all(path, back, MOST, &count, &err), TRACE_E_FORMAT);
        assert_int_equal(err.line, 2);
        assert_memory_equal(err.detail, "line 2: ", 8);
    }
}

static void a_quoted_escape_sequence_does_not_reach_the_terminal(void **state)
{
    (void)state;
    assert_line_refused(
        "{\"kind\":\"\\u001b[2J\\u009b\"}",
        "line 3: field 'kind' must be the name of a kind of record, got \"?[2J??\"");
}

static void assert_header_refused(const char *line, const char *detail)
{
    put_file(path, line, strlen(line));
    struct trace_reader *reader;
    struct trace_err err = {.code = TRACE_OK};
    assert_int_equal(trace_reader_open(path, &reader, &err), TRACE_E_FORMAT);
    assert_null(reader);
    assert_int_equal(err.line, 1);
    assert_string_equal(err.detail, detail);
}

static void a_wrong_header_is_refused(void **state)
{
    (void)state;
    static const char first[] =
        "line 1: the first line must be the header, {\"muster\":1,\"plan\":\"...\"}";
    assert_header_refused("{\"kind\":\"submit\"}\n", first);
    assert_header_refused("{\"muster\":1}\n", first);
    assert_header_refused("{\"muster\":2,\"plan\":\"\"}",
                          "line 1: field 'muster' must be 1, the format this reads, got 2");
    assert_header_refused("{\"muster\":1,\"plan\":7}",
                          "line 1: field 'plan' must be a string, got 7");
    assert_header_refused("{\"muster\":1,\"plan\":\"\",\"sed\":7}",
                          "line 1: the header has no field sed");
    assert_header_refused(
        "{\"muster\":1,\"plan\":\"\",\"seed\":-7}",
        "line 1: field 'seed' must be an integer 0..18446744073709551615, got -7");
    assert_header_refused("{\"muster\":1,\"plan\":\"\",\"observes\":7}",
                          "line 1: field 'observes' must be a list of kinds of records, got 7");
    assert_header_refused("{\"muster\":1,\"plan\":\"\",\"observes\":[\"start\",64]}",
                          "line 1: field 'observes' must be the name of a kind of record, got 64");
    struct trace_reader *reader;
    struct trace_err err;
    put_file(path, "\n\n", 2);
    assert_int_equal(trace_reader_open(path, &reader, &err), TRACE_E_FORMAT);
    assert_string_equal(err.detail, "the history is empty");
}

static void a_history_that_was_not_closed_says_so_at_its_end(void **state)
{
    (void)state;
    static const char text[] = "{\"muster\":1,\"plan\":\"\"}\n{\"kind\":\"submit\"}\n";
    put_file(path, text, sizeof text - 1);
    size_t count;
    struct trace_err err;
    assert_int_equal(read_all(path, back, MOST, &count, &err), TRACE_E_TRUNCATED);
    assert_int_equal(count, 1);
}

static void a_full_disk_is_an_error_with_its_errno(void **state)
{
    (void)state;
    struct trace_header header = some_header();
    struct trace_record *records = mild_history(1000, 23);
    struct trace_err err;
    FILE *full = fopen("/dev/full", "wb");
    assert_non_null(full);
    assert_int_equal(setvbuf(full, NULL, _IONBF, 0), 0);
    assert_int_equal(trace_ndjson_header(full, &header, &err), TRACE_E_IO);
    assert_int_equal(err.os_errno, ENOSPC);
    assert_int_equal(trace_ndjson_records(full, records, 1000, 1, &err), TRACE_E_IO);
    assert_int_equal(err.os_errno, ENOSPC);
    assert_int_equal(trace_ndjson_records(full, records, 1, 1, &err), TRACE_E_IO);
    fclose(full);
    free(records);
}

static void a_header_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    struct trace_header header = some_header();
    header.plan_text = "caf\xe9";
    struct trace_err err;
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(trace_ndjson_header(out, &header, &err), TRACE_E_FORMAT);
    assert_int_equal(ftell(out), 0);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_comes_back_equal),
        cmocka_unit_test(any_record_at_all_comes_back_equal),
        cmocka_unit_test(the_ends_of_the_ranges_come_back_equal),
        cmocka_unit_test(the_header_comes_back_equal),
        cmocka_unit_test(lines_look_like_this),
        cmocka_unit_test(a_history_by_hand_may_leave_out_what_is_usual),
        cmocka_unit_test(a_wrong_line_is_refused_with_its_number_and_field),
        cmocka_unit_test(garbage_is_refused_with_its_line),
        cmocka_unit_test(a_quoted_escape_sequence_does_not_reach_the_terminal),
        cmocka_unit_test(a_wrong_header_is_refused),
        cmocka_unit_test(a_history_that_was_not_closed_says_so_at_its_end),
        cmocka_unit_test(a_full_disk_is_an_error_with_its_errno),
        cmocka_unit_test(a_header_that_is_not_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
