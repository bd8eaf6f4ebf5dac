/*
 * text.c -- claims about escaping and numbers.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sink.h"

static char *shown(enum rep_style style, const char *text)
{
    static char *kept;
    size_t size = 0;
    free(kept);
    kept = NULL;
    FILE *out = open_memstream(&kept, &size);
    rep_put(out, style, text);
    fclose(out);
    return kept;
}

typedef void put_fn(FILE *out, int64_t ns);
static char *number(put_fn *put, int64_t ns)
{
    static char *kept;
    size_t size = 0;
    free(kept);
    kept = NULL;
    FILE *out = open_memstream(&kept, &size);
    put(out, ns);
    fclose(out);
    return kept;
}

static void a_terminal_never_gets_a_control_character(void **state)
{
    (void)state;
    assert_string_equal(shown(REP_NAME, "a\033[31mb"), "a\\x1b[31mb");
    assert_string_equal(shown(REP_PLAIN, "two\nlines\r\t"), "two\\nlines\\r\\t");
    assert_string_equal(shown(REP_PLAIN, "\x7f"), "\\x7f");
    assert_string_equal(shown(REP_NAME, "\xc2\x9b"
                                        "31m"),
                        "\\u{9b}31m"); /* C1 */
    for (enum rep_style style = REP_PLAIN; style <= REP_TAP; style++)
        for (int c = 1; c < 256; c++) {
            const char text[] = {'a', (char)c, 'b', '\0'};
            for (const char *s = shown(style, text); *s != '\0'; s++) {
                assert_true((unsigned char)*s >= 0x20);
                assert_true((unsigned char)*s != 0x7f);
            }
        }
}

static void text_cannot_be_turned_around(void **state)
{
    (void)state;
    assert_string_equal(shown(REP_NAME, "x\u202eevil"), "x\\u{202e}evil");
    assert_string_equal(shown(REP_JSON, "\u2066"), "\\u2066");
    assert_string_equal(shown(REP_NAME, "a\u200bb\ufeff"), "a\\u{200b}b\\u{feff}");
}

static void what_is_no_utf8_is_shown_byte_by_byte(void **state)
{
    (void)state;
    assert_string_equal(shown(REP_NAME, "\xff"), "\\xff");
    assert_string_equal(shown(REP_NAME, "\xc0\xaf"), "\\xc0\\xaf");          /* overlong */
    assert_string_equal(shown(REP_NAME, "\xed\xa0\x80"), "\\xed\\xa0\\x80"); /* a surrogate */
    assert_string_equal(shown(REP_NAME, "\xe2\x82"), "\\xe2\\x82");          /* cut off */
    assert_string_equal(shown(REP_NAME, "\xf4\x90\x80\x80"),
                        "\\xf4\\x90\\x80\\x80"); /* too large */
    assert_string_equal(shown(REP_JSON, "\xff"), "\\ufffd");
    assert_string_equal(shown(REP_NAME, "Zürich 東京 😀"), "Zürich 東京 😀");
}

static void each_grammar_gets_its_own_escapes(void **state)
{
    (void)state;
    const char *text = "a\"b'c\\d<e>&#f,g";
    assert_string_equal(shown(REP_PLAIN, text), text);
    assert_string_equal(shown(REP_NAME, text), "a\\\"b'c\\\\d<e>&#f,g");
    assert_string_equal(shown(REP_JSON, text), "a\\\"b'c\\\\d<e>&#f,g");
    assert_string_equal(shown(REP_XML, text), "a&quot;b&apos;c\\d&lt;e&gt;&amp;#f,g");
    assert_string_equal(shown(REP_CSV, text), "\"a\"\"b'c\\\\d<e>&#f,g\"");
    assert_string_equal(shown(REP_CSV, "plain"), "plain");
    assert_string_equal(shown(REP_CSV, "two\nlines"), "\"two\\nlines\"");
    assert_string_equal(shown(REP_GNUPLOT, text), "a\"b\u2019c\\d<e>&#f,g");
    assert_string_equal(shown(REP_TAP, text), "a\"b'c\\\\d<e>&\\#f,g");
    assert_string_equal(shown(REP_JSON, "\U000e0001\b"), "\\udb40\\udc01\\u0008");
    assert_string_equal(shown(REP_NAME, NULL), "");
}

static void seconds_are_exact_and_shortest(void **state)
{
    (void)state;
    assert_string_equal(number(rep_put_seconds, 0), "0");
    assert_string_equal(number(rep_put_seconds, 1), "0.000000001");
    assert_string_equal(number(rep_put_seconds, 12400000000), "12.4");
    assert_string_equal(number(rep_put_seconds, -500000), "-0.0005");
    assert_string_equal(number(rep_put_seconds, INT64_MAX), "9223372036.854775807");
    assert_string_equal(number(rep_put_seconds, INT64_MIN), "-9223372036.854775808");
}

static void readable_times_choose_their_unit(void **state)
{
    (void)state;
    assert_string_equal(number(rep_put_about, 0), "0s");
    assert_string_equal(number(rep_put_about, 17), "17ns");
    assert_string_equal(number(rep_put_about, 1500), "1.5us");
    assert_string_equal(number(rep_put_about, 1234567), "1.235ms");
    assert_string_equal(number(rep_put_about, 12400000000), "12.4s");
    assert_string_equal(number(rep_put_about, 120000000000), "120s");
    assert_string_equal(number(rep_put_about, INT64_C(9000) * 1000000000), "2h30m");
    assert_string_equal(number(rep_put_about, INT64_C(31536000) * 1000000000), "365d");
    assert_string_equal(number(rep_put_about, INT64_C(31535995) * 1000000000), "365d");
    assert_string_equal(number(rep_put_about, INT64_C(613499999999)), "10m13s");
    assert_string_equal(number(rep_put_about, INT64_C(100000) * 1000000000), "1d4h");
    assert_string_equal(number(rep_put_about, INT64_MAX), "never");
    assert_string_equal(number(rep_put_about, INT64_MIN), "-106751d23h");
}

static void ratios_are_rounded_once_and_never_overflow(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    rep_put_percent(out, 1, 3);
    fputc(' ', out);
    rep_put_percent(out, 1, 2000); /* 0.05: half up */
    fputc(' ', out);
    rep_put_percent(out, 5, 0);
    fputc(' ', out);
    rep_put_percent(out, (rep_wide)INT64_MAX * 1000000, (rep_wide)INT64_MAX * 1000000);
    fclose(out);
    assert_string_equal(text, "33.3% 0.1% - 100.0%");
    free(text);
    assert_int_equal(rep_scale(INT64_MAX, 400, 1000), 3689348814741910322);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(rep_put_cut(out, REP_NAME, "東京東京", 2), 5);
    assert_int_equal(rep_put_cut(out, REP_NAME, "ab", 2), 2);
    fclose(out);
    assert_string_equal(text, "東京...ab");
    free(text);
}

/* Whatever the room is, nothing is lost, cut or moved: pieces that just fit, that do not, and that never could. */
static void a_sink_of_any_size_gives_the_same_bytes(void **state)
{
    static const char wanted[] = "ab, 12345678901234567890123456789, 7.5, x=000042, the end.\n";
    (void)state;
    for (size_t bytes = 1; bytes < 2 * sizeof wanted; bytes++) {
        char *text = NULL, room[2 * sizeof wanted];
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        struct rep_sink sink = rep_sink_on(out, room, bytes);
        rep_add_char(&sink, 'a');
        rep_add(&sink, "b, ");
        rep_add_wide(&sink, (rep_wide)UINT64_C(12345678901234567890) * 1000000000 + 123456789);
        rep_add(&sink, ", ");
        rep_add_seconds(&sink, 7500000000);
        rep_add_format(&sink, ", %c=%06d, ", 'x', 42);
        rep_add_bytes(&sink, "the end.\n", 9);
        rep_sink_flush(&sink);
        fclose(out);
        assert_string_equal(text, wanted);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_never_gets_a_control_character),
        cmocka_unit_test(text_cannot_be_turned_around),
        cmocka_unit_test(what_is_no_utf8_is_shown_byte_by_byte),
        cmocka_unit_test(each_grammar_gets_its_own_escapes),
        cmocka_unit_test(seconds_are_exact_and_shortest),
        cmocka_unit_test(readable_times_choose_their_unit),
        cmocka_unit_test(ratios_are_rounded_once_and_never_overflow),
        cmocka_unit_test(a_long_name_is_cut_between_characters),
        cmocka_unit_test(a_sink_of_any_size_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
