/*
 * duration.c -- durations as people write them, both ways, exactly: "1.5s", "200ms", "2h30m",
 * "365d".
 *
 * This room is for: the plan (see plan.h); this file: text <-> nanoseconds.
 * It may include:   <assert.h> <string.h>, plan.h.
 * Never here:       floating point, locales.
 *
 * Grammar: "0", or parts of falling units, each a number (decimals allowed) and one of d h m s ms
 * us ns. The whole must be a whole number of nanoseconds below PLAN_NEVER. Formatting gives the
 * shortest exact form of one unit that does not begin with "0."; of equally short ones that of the
 * larger unit; days, hours and minutes with one decimal at most.
 */
#include "plan/plan.h"

#include <assert.h>
#include <string.h>

static const struct unit {
    const char *text;
    int64_t ns;
} units[] = {
    {"d", PLAN_DAY},    {"h", 3600 * PLAN_SECOND}, {"m", 60 * PLAN_SECOND},
    {"s", PLAN_SECOND}, {"ms", 1000000},           {"us", 1000},
    {"ns", 1},
};
enum { UNIT_COUNT = sizeof units / sizeof units[0], DECIMALS_MAX = 18 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* whole.fraction, the fraction as digits over 10^decimals without trailing zeros. */
struct number {
    int64_t whole, digits, scale;
};

static bool parse_number(const char **text, struct number *out)
{
    const char *at = *text;
    int decimals = 0, zeros = 0; /* zeros: decimals that only count if another digit follows */
    *out = (struct number){0, 0, 1};
    if (!is_digit(*at))
        return false;
    for (; is_digit(*at); at++) {
        if (out->whole > (INT64_MAX - (*at - '0')) / 10)
            return false;
        out->whole = out->whole * 10 + (*at - '0');
    }
    if (*at == '.') {
        if (!is_digit(*++at))
            return false;
        for (; is_digit(*at); at++) {
            zeros++;
            if (*at == '0')
                continue;
            decimals += zeros;
            if (decimals > DECIMALS_MAX)
                return false;
            for (; zeros > 0; zeros--) {
                out->digits *= 10;
                out->scale *= 10;
            }
            out->digits += *at - '0';
        }
    }
    *text = at;
    return true;
}

/* The unit at *text, of units[first..]; UNIT_COUNT if there is none. "m" is no "ms". */
static unsigned parse_unit(const char **text, unsigned first)
{
    size_t length = 0;
    while ((*text)[length] >= 'a' && (*text)[length] <= 'z')
        length++;
    for (unsigned u = first; u < UNIT_COUNT; u++) {
        if (strlen(units[u].text) == length && memcmp(units[u].text, *text, length) == 0) {
            *text += length;
            return u;
        }
    }
    return UNIT_COUNT;
}

/* number x unit, if that is a whole number of ns and the sum with *total stays below PLAN_NEVER. */
static bool add_part(const struct number *number, int64_t unit, int64_t *total)
{
    int64_t divisor = common_divisor(unit, number->scale), fraction;
    if (number->digits % (number->scale / divisor) != 0)
        return false;
    fraction = number->digits / (number->scale / divisor) * (unit / divisor);
    assert(fraction < unit);
    if (fraction > PLAN_NEVER - 1 - *total ||
        number->whole > (PLAN_NEVER - 1 - *total - fraction) / unit)
        return false;
    *total += number->whole * unit + fraction;
    return true;
}

bool plan_parse_duration(const char *text, plan_ns *out)
{
    int64_t total = 0;
    unsigned unit = 0;
    if (strcmp(text, "0") == 0) {
        *out = 0;
        return true;
    }
    do {
        struct number number;
        if (!parse_number(&text, &number))
            return false;
        unit = parse_unit(&text, unit);
        if (unit == UNIT_COUNT || !add_part(&number, units[unit].ns, &total))
            return false;
        unit++;
    } while (*text != '\0');
    *out = total;
    return true;
}

/* ns in this unit; the length, or 0 if that is not exact, begins with "0.", has more decimals than
 * people read, or is not shorter than `limit`. */
static size_t format_in(plan_ns ns, const struct unit *unit, char out[static 32], size_t limit)
{
    char digits[20];
    size_t count = 0, length = 0, unit_length = strlen(unit->text);
    int64_t whole = ns / unit->ns, rest = ns % unit->ns;
    if (whole == 0)
        return 0;
    for (; whole != 0; whole /= 10)
        digits[count++] = (char)('0' + whole % 10);
    while (count > 0)
        out[length++] = digits[--count];
    if (rest != 0)
        out[length++] = '.';
    if (unit->ns > PLAN_SECOND && length + unit_length + 2 < limit)
        limit = length + unit_length + 2; /* one decimal: 2.5h, but no 68.7493125m */
    while (rest != 0 && length + unit_length < limit) {
        out[length++] = (char)('0' + rest * 10 / unit->ns);
        rest = rest * 10 % unit->ns;
    }
    if (rest != 0 || length + unit_length >= limit)
        return 0;
    memcpy(out + length, unit->text, unit_length + 1);
    return length + unit_length;
}

void plan_format_duration(plan_ns ns, char out[static 32])
{
    char form[32];
    size_t best = 31; /* 19 digits and a unit always fit */
    assert(ns >= 0);
    if (ns == 0) {
        memcpy(out, "0s", 3);
        return;
    }
    for (unsigned u = 0; u < UNIT_COUNT; u++) {
        size_t length = format_in(ns, &units[u], form, best);
        if (length != 0) {
            memcpy(out, form, length + 1);
            best = length;
            if (ns % units[u].ns == 0)
                break; /* whole: in a smaller unit it has more digits, and the unit no fewer letters */
        }
    }
    assert(best < 31);
}
