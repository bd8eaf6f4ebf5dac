/*
 * text.c -- errors, checked memory, escaping and numbers: what every other file of this room stands
 * on.
 *
 * This room is for: the one place where names are escaped, and integers become decimals.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       printf of floats, locales, clocks.
 *
 * Escaping: text is read as UTF-8, code point by code point. A byte that is no UTF-8, a control
 * character, and what changes the order or the look of the text around it (bidirectional marks,
 * zero-width characters, line separators) is shown as \n, \t, \xNN or \u{NNNN}. Then each style
 * escapes what has a meaning in its own grammar.
 */
#include "sink.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------- errors and
 * memory */

enum rep_status rep_fail(struct rep_err *err, enum rep_status code, const char *format, ...)
{
    assert(code != REP_OK);
    if (err != NULL) {
        int os_errno = errno;
        va_list args;
        va_start(args, format);
        vsnprintf(err->detail, sizeof err->detail, format, args);
        va_end(args);
        err->code = code;
        err->os_errno = os_errno;
    }
    return code;
}

void rep_begin(struct rep_err *err)
{
    errno = 0;
    if (err != NULL)
        memset(err, 0, sizeof *err);
}

void *rep_alloc(size_t count, size_t bytes, struct rep_err *err)
{
    assert(bytes > 0);
    void *memory = calloc(count > 0 ? count : 1, bytes);
    if (memory == NULL)
        rep_fail(err, REP_E_MEMORY, "no memory for %zu x %zu bytes", count, bytes);
    return memory;
}

enum rep_status rep_finish(FILE *out, struct rep_err *err)
{
    bool failed = fflush(out) != 0;
    failed |= ferror(out) != 0;
    if (!failed)
        return REP_OK;
    if (errno == 0)
        errno = EIO;
    return rep_fail(err, REP_E_IO, "writing failed: %s", strerror(errno));
}

/* ---- UTF-8 in */

enum { BAD_BYTE = 0x110000 }; /* one more than the last code point: this byte is no UTF-8 */

/* Reads one code point; *size is 1 for a bad byte. Overlong forms and surrogates are bad. */
static uint32_t next_point(const unsigned char *s, unsigned *size)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned n = s[0] < 0x80 ? 1u : (s[0] & 0xe0) == 0xc0 ? 2u : (s[0] & 0xf0) == 0xe0 ? 3u : 4u;
    *size = 1;
    if (n == 1)
        return s[0];
    if ((s[0] & 0xc0) != 0xc0 || s[0] >= 0xf8)
        return BAD_BYTE;
    uint32_t point = s[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return BAD_BYTE;
        point = point << 6 | (s[i] & 0x3fu);
    }
    if (point < least[n] || point >= 0x110000 || (point >= 0xd800 && point < 0xe000))
        return BAD_BYTE;
    *size = n;
    return point;
}

/* Could it move the cursor, hide, or turn the text around it? */
static bool is_unsafe(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad || point == 0x61c ||
           (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
           (point >= 0xfff9 && point <= 0xfffb) || (point & 0xfffe) == 0xfffe ||
           (point >= 0xe0000 && point < 0xe1000) || point == BAD_BYTE;
}

/* ---- escaping */

static void put_unsafe_json(struct rep_sink *out, uint32_t point)
{
    if (point == BAD_BYTE)
        rep_add(out, "\\ufffd");
    else if (point == '\n')
        rep_add(out, "\\n");
    else if (point < 0x10000)
        rep_add_format(out, "\\u%04" PRIx32, point);
    else
        rep_add_format(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((point - 0x10000) >> 10),
                0xdc00 + ((point - 0x10000) & 0x3ff));
}

/* In XML no escape can name a control character; in the others a reader must see that something was
 * there. */
static void put_unsafe(struct rep_sink *out, enum rep_style style, uint32_t point, unsigned char byte)
{
    const char *slash = style == REP_TAP ? "\\\\" : "\\";
    if (style == REP_JSON)
        put_unsafe_json(out, point);
    else if (point == '\n' || point == '\r' || point == '\t')
        rep_add_format(out, "%s%c", slash, point == '\n' ? 'n' : point == '\r' ? 'r' : 't');
    else if (point == BAD_BYTE || point < 0x80)
        rep_add_format(out, "%sx%02x", slash, byte);
    else
        rep_add_format(out, "%su{%" PRIx32 "}", slash, point);
}

/* What this ASCII character becomes in this style; NULL: itself. */
static const char *replacement(enum rep_style style, char c)
{
    switch (style) {
    case REP_NAME:
    case REP_JSON:
        return c == '"' ? "\\\"" : c == '\\' ? "\\\\" : NULL;
    case REP_XML:
        return c == '&'    ? "&amp;"
               : c == '<'  ? "&lt;"
               : c == '>'  ? "&gt;"
               : c == '"'  ? "&quot;"
               : c == '\'' ? "&apos;"
                           : NULL;
    case REP_CSV:
        return c == '"' ? "\"\"" : c == '\\' ? "\\\\" : NULL;
    case REP_GNUPLOT:
        return c == '\'' ? "\u2019"
                         : NULL; /* not doubled: gnuplot 5.4 takes ''' for an empty string */
    case REP_TAP:
        return c == '#' ? "\\#" : c == '\\' ? "\\\\" : NULL;
    case REP_PLAIN:
        return NULL;
    }
    return NULL;
}

/* How many characters from here on, of at most so many, stand for themselves: nearly always all of a name, which then is
 * written at once. */
static uint32_t plain_run(enum rep_style style, const unsigned char *s, uint32_t most)
{
    /* Of a few characters replacement() has something to say in some style; of all others, as of controls, the table is empty. */
    static const bool is_special[256] = {['"'] = true, ['\\'] = true, ['&'] = true,  ['<'] = true,
                                         ['>'] = true, ['\''] = true, ['#'] = true};
    uint32_t n = 0;
    while (n < most && s[n] >= 0x20 && s[n] < 0x7f &&
           (!is_special[s[n]] || replacement(style, (char)s[n]) == NULL))
        n++;
    return n;
}

/* RFC 4180, and what some programs make of a space in front. */
static bool is_quoted(const char *text)
{
    if (text[0] == ' ')
        return true;
    for (; *text != '\0'; text++)
        if (*text == ',' || *text == '"' || *text == '\r' || *text == '\n')
            return true;
    return false;
}

static uint32_t put_points(struct rep_sink *out, enum rep_style style, const char *text, uint32_t most)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t printed = plain_run(style, s, most);
    rep_add_bytes(out, (const char *)s, printed);
    s += printed;
    for (unsigned size; *s != '\0'; s += size, printed++) {
        uint32_t point = next_point(s, &size);
        if (printed == most) {
            rep_add(out, "...");
            return printed + 3;
        }
        const char *instead = point < 0x80 ? replacement(style, (char)point) : NULL;
        if (is_unsafe(point))
            put_unsafe(out, style, point, *s);
        else if (instead != NULL)
            rep_add(out, instead);
        else
            rep_add_bytes(out, (const char *)s, size);
    }
    return printed;
}

void rep_add_styled(struct rep_sink *out, enum rep_style style, const char *text)
{
    if (text == NULL)
        text = "";
    bool quoted = style == REP_CSV && is_quoted(text);
    if (quoted)
        rep_add_char(out, '"');
    put_points(out, style, text, UINT32_MAX);
    if (quoted)
        rep_add_char(out, '"');
}

uint32_t rep_add_cut(struct rep_sink *out, enum rep_style style, const char *text, uint32_t columns)
{
    assert(style != REP_CSV);
    return put_points(out, style, text != NULL ? text : "", columns);
}

/* ---- numbers */

/* Numbers are put together here, from their end, and written once: of a large report they are half the text, and printf takes
 * longer over a format than they take. */
static char *number_before(char *end, rep_wide value)
{
    uint64_t small = (uint64_t)value;
    while (value > UINT64_MAX) {
        *--end = (char)('0' + (int)(value % 10));
        value /= 10;
        small = (uint64_t)value;
    }
    do
        *--end = (char)('0' + (int)(small % 10));
    while ((small /= 10) != 0);
    return end;
}

static char *padded_before(char *end, uint64_t value, unsigned digits)
{
    for (; digits > 0; digits--, value /= 10)
        *--end = (char)('0' + (int)(value % 10));
    return end;
}

static void put_from(struct rep_sink *out, const char *from, const char *end)
{
    rep_add_bytes(out, from, (size_t)(end - from));
}

void rep_add_wide(struct rep_sink *out, rep_wide value)
{
    char digits[40], *end = digits + sizeof digits;
    put_from(out, number_before(end, value), end);
}

void rep_add_wide_seconds(struct rep_sink *out, rep_wide ns)
{
    char text[56], *end = text + sizeof text;
    bool wide = ns > UINT64_MAX; /* the processor divides these itself only if they are not */
    uint32_t rest = wide ? (uint32_t)(ns % 1000000000) : (uint32_t)((uint64_t)ns % 1000000000);
    rep_wide whole = wide ? ns / 1000000000 : (uint64_t)ns / 1000000000;
    unsigned digits = 9;
    for (; rest != 0 && rest % 10 == 0; rest /= 10)
        digits--;
    char *from = end;
    if (rest != 0) {
        from = padded_before(end, rest, digits);
        *--from = '.';
    }
    put_from(out, number_before(from, whole), end);
}

/* The magnitude of a signed 64-bit number, the smallest included. */
static uint64_t magnitude(int64_t value)
{
    return value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
}

void rep_add_seconds(struct rep_sink *out, int64_t ns)
{
    if (ns < 0)
        rep_add_char(out, '-');
    rep_add_wide_seconds(out, magnitude(ns));
}

void rep_add_fixed(struct rep_sink *out, int64_t ns, unsigned digits)
{
    static const uint32_t unit[10] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                      10000,      1000,      100,      10,      1};
    assert(digits >= 1 && digits <= 9);
    uint64_t m = magnitude(ns);
    char text[40], *end = text + sizeof text;
    char *from = padded_before(end, m % 1000000000 / unit[digits], digits);
    *--from = '.';
    from = number_before(from, m / 1000000000);
    if (ns < 0)
        *--from = '-';
    put_from(out, from, end);
}

/* `whole.part` of a unit, to three decimals, without trailing zeros. */
static void put_three(struct rep_sink *out, uint64_t value, uint64_t unit, const char *suffix)
{
    uint64_t thousandths = (value + unit / 2000) / (unit / 1000);
    unsigned part = (unsigned)(thousandths % 1000);
    rep_add_format(out, "%" PRIu64, thousandths / 1000);
    if (part % 10 != 0)
        rep_add_format(out, ".%03u", part);
    else if (part % 100 != 0)
        rep_add_format(out, ".%02u", part / 10);
    else if (part != 0)
        rep_add_format(out, ".%u", part / 100);
    rep_add(out, suffix);
}

void rep_format_time(int64_t ns, char out[static 32])
{
    static const struct {
        uint32_t seconds;
        char text;
    } unit[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t at = 0;
    int64_t rest = ns / PLAN_SECOND;
    if (ns < 60 * PLAN_SECOND || ns % PLAN_SECOND != 0) {
        plan_format_duration(ns, out);
        return;
    }
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++) {
        if (rest / unit[i].seconds > 0)
            at += (size_t)snprintf(out + at, 32 - at, "%" PRId64 "%c", rest / unit[i].seconds,
                                   unit[i].text);
        rest %= unit[i].seconds;
    }
    assert(at < 32);
}

void rep_add_about(struct rep_sink *out, int64_t ns)
{
    const uint64_t one = 1000000000;
    char text[32];
    uint64_t m = magnitude(ns);
    if (ns == PLAN_NEVER) {
        rep_add(out, "never");
        return;
    }
    if (ns < 0)
        rep_add_char(out, '-');
    if (m < 1000)
        rep_add_format(out, "%" PRIu64 "%s", m, m == 0 ? "s" : "ns");
    else if (m < 1000000)
        put_three(out, m, 1000, "us");
    else if (m < 1000000000)
        put_three(out, m, 1000000, "ms");
    else if (m < UINT64_C(600000000000))
        put_three(out, m, 1000000000, "s");
    else {
        uint64_t unit = m < 3600 * one ? one : m < 86400 * one ? 60 * one : 3600 * one;
        uint64_t rounded = (m / unit + (m % unit >= unit / 2)) * unit;
        rep_format_time((int64_t)(rounded <= INT64_MAX ? rounded : INT64_MAX / unit * unit), text);
        rep_add(out, text);
    }
}

void rep_add_percent(struct rep_sink *out, rep_wide part, rep_wide whole)
{
    if (whole == 0) {
        rep_add_char(out, '-');
        return;
    }
    rep_wide permille = (part * 1000 + whole / 2) / whole;
    rep_add_wide(out, permille / 10);
    rep_add_format(out, ".%u%%", (unsigned)(permille % 10));
}

void rep_add_millis(struct rep_sink *out, uint64_t thousandths)
{
    char text[32], *end = text + sizeof text, *from = padded_before(end, thousandths % 1000, 3);
    *--from = '.';
    put_from(out, number_before(from, thousandths / 1000), end);
}

int64_t rep_between(int64_t from_ns, int64_t to_ns)
{
    if (to_ns <= from_ns)
        return 0;
    uint64_t length = (uint64_t)to_ns - (uint64_t)from_ns;
    return length < INT64_MAX ? (int64_t)length : INT64_MAX;
}

uint64_t rep_scale(uint64_t value, uint64_t times, uint64_t by)
{
    assert(by != 0);
    return (uint64_t)((rep_wide)value * times / by);
}

/* ---- who */

const char *rep_job_name(const struct plan *plan, uint32_t job)
{
    return job < plan->job_count ? plan_text(plan, plan->jobs[job].name) : "?";
}

const char *rep_stage_name(const struct plan *plan, uint32_t gang)
{
    return gang < plan->stage_count ? plan_text(plan, plan->stages[gang].name) : "?";
}

void rep_add_job(struct rep_sink *out, enum rep_style style, const struct plan *plan, uint32_t job)
{
    rep_add_styled(out, style, rep_job_name(plan, job));
}

void rep_add_gang(struct rep_sink *out, enum rep_style style, const struct plan *plan, uint32_t job,
                  uint32_t stage)
{
    rep_add_styled(out, style, rep_job_name(plan, job));
    rep_add_char(out, '/');
    rep_add_styled(out, style, rep_stage_name(plan, rep_gang(plan, job, stage)));
}

const char *rep_reason(int64_t reason)
{
    const char *text =
        reason >= 0 && reason < TRACE_REASON_LIMIT ? trace_reason_text((unsigned)reason) : NULL;
    return text != NULL ? text : "unknown-reason";
}

const char *rep_reason_doc(int64_t reason)
{
    const char *text =
        reason >= 0 && reason < TRACE_REASON_LIMIT ? trace_reason_doc((unsigned)reason) : NULL;
    return text != NULL ? text : "for a reason this version does not know";
}

bool rep_is_fault(const struct trace_record *record)
{
    return (record->kind == TRACE_FAULT || record->kind == TRACE_HEAL) && !rep_is_withheld(record) &&
           record->b != PLAN_ACT_SUBMIT && record->b != PLAN_ACT_CANCEL;
}

/* a is the act's index in the plan, b its kind: enough to name a fault whose plan has been lost. */
const char *rep_fault(const struct trace_record *record)
{
    const char *text =
        record->b > 0 && record->b < PLAN_ACT_LIMIT ? plan_act_text((unsigned)record->b) : NULL;
    return text != NULL ? text : "an unknown fault of";
}

const char *rep_outcome(uint32_t outcome)
{
    return outcome == REP_PASS ? "pass" : outcome == REP_FAIL ? "fail" : "unknown";
}

const char *rep_exit(uint32_t status)
{
    static const char *const text[] = {"ok", "failed", "killed", "host", "running"};
    return status < sizeof text / sizeof *text ? text[status] : "unknown";
}

int64_t rep_end_ns(const struct rep_run *run)
{
    return run->record_count == 0 ? 0 : run->records[run->record_count - 1].at_ns;
}

static uint32_t least(uint32_t fit, int64_t there, int64_t needed)
{
    if (needed <= 0)
        return fit;
    int64_t n = there > 0 ? there / needed : 0;
    return n < fit ? (uint32_t)n : fit;
}

uint32_t rep_fit(const struct plan_profile *need, int64_t cores, int64_t memory_mib,
                 int64_t gpu_milli)
{
    uint32_t fit = least(PLAN_TASKS_MAX, cores, need->cores);
    fit = least(fit, memory_mib, need->memory_mib);
    return least(fit, gpu_milli, need->gpu_milli);
}

/* Okabe and Ito's set, the black left out and a grey put in its place; ordered so that neighbours
 * differ in lightness. */
const uint32_t rep_colour_rgb[REP_COLOUR_COUNT] = {0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7,
                                                   0x56b4e9, 0xd55e00, 0xf0e442, 0x7f7f7f};
const uint8_t rep_colour_ansi[REP_COLOUR_COUNT] = {32, 214, 36, 175, 117, 166, 227, 245};
