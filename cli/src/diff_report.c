/*
 * diff_report.c -- how `muster diff` says what it found: for people, as a table for scripts, as JSON.
 *
 * This room is for: the order and the look of what stdout gets.
 * It may include:   rep's registry of what is compared; diff.h.
 * Never here:       deciding whether something differs, but for one row of the table.
 *
 * Pretty: each pair as it is compared, the first ones with their stories; then a table of what changed. TSV: a row a value that changed.
 * JSON: one object. With --all also what did not change.
 */
#include <inttypes.h>
#include <string.h>

#include "diff.h"

enum { TEXT_MAX = 64, NAME_COLUMNS = 16, VALUE_COLUMNS = 24 };
#define SECOND_NS INT64_C(1000000000)

const char *cli_diff_verdict(const struct cli_diff_pair *pair, unsigned side)
{
    if (pair->word[side] != NULL)
        return pair->word[side];
    return pair->found != NULL ? pair->found->verdict[side] : "-";
}

bool cli_diff_verdict_changed(const struct cli_diff_pair *pair)
{
    return strcmp(cli_diff_verdict(pair, 0), cli_diff_verdict(pair, 1)) != 0;
}

/* Of a side that died nothing is compared but that. */
static bool is_known(const struct cli_diff_pair *pair, unsigned row)
{
    const struct cli_diff_found *found = pair->found;
    return found != NULL && pair->word[0] == NULL && pair->word[1] == NULL && found->tally[0][row] >= 0 && found->tally[1][row] >= 0;
}

bool cli_diff_row_changed(const struct cli_diff_pair *pair, unsigned row)
{
    return is_known(pair, row) && pair->found->tally[0][row] != pair->found->tally[1][row];
}

/* Names may be anybody's: nothing in them reaches a terminal but letters. */
static void put_plain(const char *text)
{
    for (; *text != '\0'; text++)
        putchar((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
}

/* ---- values */

/* Seconds, with as many decimals as it takes to see the difference from `other`: 3, 6 or 9. */
static void time_text(int64_t ns, int64_t other, char out[static TEXT_MAX])
{
    int64_t unit = 1000000, digits = 3;
    while (unit > 1 && ns != other && ns / unit == other / unit) {
        unit /= 1000;
        digits += 3;
    }
    snprintf(out, TEXT_MAX, "%" PRId64 ".%0*" PRId64 "s", ns / SECOND_NS, (int)digits, ns % SECOND_NS / unit);
}

static void value_text(unsigned row, int64_t value, int64_t other, char out[static TEXT_MAX])
{
    const char *unit = rep_tally_unit(row);
    if (strcmp(unit, "ns") == 0)
        time_text(value, other, out);
    else if (strcmp(unit, "core-ms") == 0)
        snprintf(out, TEXT_MAX, "%" PRId64 ".%03" PRId64 " core-s", value / 1000, value % 1000);
    else
        snprintf(out, TEXT_MAX, "%" PRId64, value);
}

static void change_text(unsigned row, int64_t a, int64_t b, char out[static TEXT_MAX])
{
    char value[TEXT_MAX];
    int64_t by = a < b ? b - a : a - b, permille = 0;
    value_text(row, by, strcmp(rep_tally_unit(row), "ns") == 0 ? (by < 1000 ? by + 1 : by < 1000000 ? by + 1000 : by) : by, value);
    if (a > 0 && by < INT64_MAX / 1000)
        permille = (by * 1000 + a / 2) / a;
    if (a > 0 && by < INT64_MAX / 1000 && permille > 0 && permille < 10000) /* beyond that it is no percentage any more */
        snprintf(out, TEXT_MAX, "%c%.30s (%c%" PRId64 ".%" PRId64 "%%)", a < b ? '+' : '-', value, a < b ? '+' : '-',
                 permille / 10, permille % 10);
    else
        snprintf(out, TEXT_MAX, "%c%.30s", a < b ? '+' : '-', value);
}

/* "idle_slot_time" */
static void key_text(unsigned row, char out[static TEXT_MAX])
{
    snprintf(out, TEXT_MAX, "%s", rep_tally_text(row));
    for (char *c = out; *c != '\0'; c++)
        *c = *c == ' ' ? '_' : *c;
}

/* ---- pretty */

static void put_name(const struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    put_plain(pair->name != NULL ? pair->name : "the two runs");
    if (pair->name != NULL && (pair->seed != 1 || diff->seed_count > 1))
        printf(", seed %" PRIu64, pair->seed);
}

static void put_died(const struct cli_diff_pair *pair)
{
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
        if (pair->word[i] != NULL) {
            printf("  %c  ", "AB"[i]);
            if (pair->found == NULL)
                fputs(pair->began[i] ? "" : "before its first record: ", stdout);
            put_plain(pair->said[i]);
            if (pair->unread[i])
                fputs("; its history cannot be read", stdout);
            putchar('\n');
        }
}

static void pretty_differing(struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    const struct cli_diff_found *found = pair->found;
    char at[TEXT_MAX];
    bool told = pair->story != NULL && diff->stories_told < diff->stories;
    fputs("DIFFERS  ", stdout);
    put_name(diff, pair);
    if (found == NULL || pair->decision == NULL) {
        fputs(found == NULL ? "\n" : ": no decision, but what became of it\n", stdout);
        put_died(pair);
        return;
    }
    time_text(found->at_ns, found->at_ns, at);
    printf(": at %s, after %" PRIu64 " record%s alike\n", at, found->same, found->same == 1 ? "" : "s");
    if (found->plans || found->seeds)
        printf("  their %s differ: what the world does may differ first\n",
               found->plans && found->seeds ? "plans and seeds" : found->plans ? "plans" : "seeds");
    fputs(pair->decision, stdout);
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
        if (pair->word[i] != NULL && found->has[i]) {
            printf("  %c, later: ", "AB"[i]);
            put_plain(pair->said[i]);
            putchar('\n');
        }
    if (!told)
        return;
    printf("\n%s\n", pair->story);
    diff->stories_told++;
}

static void pretty_pair(struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    switch (pair->outcome) {
    case CLI_DIFF_DIFFERS:
        pretty_differing(diff, pair);
        return;
    case CLI_DIFF_UNKNOWN:
        fputs("UNKNOWN  ", stdout);
        put_name(diff, pair);
        if (pair->found != NULL)
            printf(": alike for %" PRIu64 " records, where a history ends before its run did\n", pair->found->same);
        else
            fputs(": both ended before their first record\n", stdout);
        put_died(pair);
        return;
    case CLI_DIFF_SAME:
        if (!diff->all)
            return;
        fputs("same     ", stdout);
        put_name(diff, pair);
        puts(pair->found->said ? ", but for what is said of reasons" : "");
        return;
    case CLI_DIFF_WRONG: /* said on stderr */
    case CLI_DIFF_OPEN:
        return;
    }
}

static void pretty_row(const char *name, const char *a, const char *b, const char *change)
{
    if (change[0] != '\0')
        printf("  %-*s %-*s %-*s %s\n", NAME_COLUMNS, name, VALUE_COLUMNS, a, VALUE_COLUMNS, b, change);
    else
        printf("  %-*s %-*s %s\n", NAME_COLUMNS, name, VALUE_COLUMNS, a, b);
}

static bool shows_row(const struct cli_diff *diff, const struct cli_diff_pair *pair, unsigned row)
{
    return cli_diff_row_changed(pair, row) || (diff->all && is_known(pair, row));
}

static void pretty_value(unsigned row, int64_t a, int64_t b)
{
    char left[TEXT_MAX], right[TEXT_MAX], change[TEXT_MAX] = "";
    value_text(row, a, b, left);
    value_text(row, b, a, right);
    if (a != b)
        change_text(row, a, b, change);
    pretty_row(rep_tally_text(row), left, right, change);
}

static void pretty_table_of(const struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    bool any = diff->all || cli_diff_verdict_changed(pair);
    for (unsigned row = 0; row < REP_TALLY_ROWS; row++)
        any |= shows_row(diff, pair, row);
    if (!any)
        return;
    put_name(diff, pair);
    putchar('\n');
    if (diff->all || cli_diff_verdict_changed(pair))
        pretty_row("verdict", cli_diff_verdict(pair, 0), cli_diff_verdict(pair, 1), "");
    for (unsigned row = 0; row < REP_TALLY_ROWS; row++)
        if (shows_row(diff, pair, row))
            pretty_value(row, pair->found->tally[0][row], pair->found->tally[1][row]);
}

static void pretty_sum(const struct cli_diff *diff)
{
    bool any = false;
    if (diff->summed < 2)
        return;
    for (unsigned row = 0; row < REP_TALLY_ROWS; row++) {
        if (diff->sum[0][row] == diff->sum[1][row] && !diff->all)
            continue;
        if (!any)
            printf("all %" PRIu64 " that came to their ends\n", diff->summed);
        any = true;
        pretty_value(row, diff->sum[0][row], diff->sum[1][row]);
    }
}

static bool is_in_table(const struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    return pair->outcome == CLI_DIFF_DIFFERS || (diff->all && pair->found != NULL);
}

static void pretty_counts(const struct cli_diff *diff)
{
    uint64_t compared = diff->of[CLI_DIFF_SAME] + diff->of[CLI_DIFF_DIFFERS] + diff->of[CLI_DIFF_UNKNOWN];
    printf("%" PRIu64 " of %" PRIu64 " differ%s, %" PRIu64 " %s the same", diff->of[CLI_DIFF_DIFFERS], compared,
           diff->of[CLI_DIFF_DIFFERS] == 1 ? "s" : "", diff->of[CLI_DIFF_SAME], diff->of[CLI_DIFF_SAME] == 1 ? "is" : "are");
    if (diff->said_alone > 0)
        printf(" (of %" PRIu64 " what is said of reasons differs)", diff->said_alone);
    if (diff->of[CLI_DIFF_UNKNOWN] > 0)
        printf(", %" PRIu64 " unknown", diff->of[CLI_DIFF_UNKNOWN]);
    if (diff->of[CLI_DIFF_WRONG] > 0)
        printf("; %" PRIu64 " could not be compared", diff->of[CLI_DIFF_WRONG]);
    if (diff->interrupted)
        printf("; interrupted: %" PRIu64 " were not", (uint64_t)diff->pair_total - compared - diff->of[CLI_DIFF_WRONG]);
    putchar('\n');
}

static void pretty_end(const struct cli_diff *diff)
{
    bool begun = false;
    for (size_t i = 0; i < diff->pair_count; i++) {
        if (!is_in_table(diff, &diff->pairs[i]))
            continue;
        if (!begun) {
            printf("\nwhat changed\n");
            pretty_row("", "A", "B", "");
        }
        begun = true;
        pretty_table_of(diff, &diff->pairs[i]);
    }
    pretty_sum(diff);
    if (begun)
        putchar('\n');
    pretty_counts(diff);
}

/* ---- TSV */

static void tsv_begin(const struct cli_diff_pair *pair, const char *what)
{
    put_plain(pair->name != NULL ? pair->name : "-");
    printf("\t%" PRIu64 "\t%s\t", pair->seed, what);
}

static const char *outcome_text(enum cli_diff_outcome outcome)
{
    static const char *const text[] = {"same", "differs", "unknown", "wrong", "open"};
    return text[outcome];
}

static void tsv_number(const struct cli_diff_pair *pair, unsigned side, const char *end)
{
    if (pair->found != NULL && pair->found->has[side])
        printf("%" PRIu64 "%s", pair->found->number[side], end);
    else
        printf("-%s", end);
}

static void tsv_pair(const struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    if (!diff->all && (pair->outcome == CLI_DIFF_SAME || pair->outcome == CLI_DIFF_OPEN))
        return;
    tsv_begin(pair, "outcome");
    printf("%s\t%s\n", outcome_text(pair->outcome), outcome_text(pair->outcome));
    if (pair->decision != NULL) {
        tsv_begin(pair, "record");
        tsv_number(pair, 0, "\t");
        tsv_number(pair, 1, "\n");
    }
    if (pair->outcome != CLI_DIFF_WRONG && (diff->all || cli_diff_verdict_changed(pair))) {
        tsv_begin(pair, "verdict");
        printf("%s\t%s\n", cli_diff_verdict(pair, 0), cli_diff_verdict(pair, 1));
    }
    for (unsigned row = 0; row < REP_TALLY_ROWS; row++)
        if (shows_row(diff, pair, row)) {
            char name[TEXT_MAX];
            key_text(row, name);
            tsv_begin(pair, name);
            printf("%" PRId64 "\t%" PRId64 "\n", pair->found->tally[0][row], pair->found->tally[1][row]);
        }
}

/* ---- JSON */

static void json_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ' || *text == 127)
            printf("\\u%04x", (unsigned)(unsigned char)*text);
        else
            putchar(*text);
    putchar('"');
}

static void json_record(const struct cli_diff_pair *pair)
{
    const struct cli_diff_found *found = pair->found;
    printf(",\"alike\":%" PRIu64 ",\"at_ns\":%" PRId64 ",\"record\":[", found->same, found->at_ns);
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++)
        if (found->has[i])
            printf("%s%" PRIu64, i > 0 ? "," : "", found->number[i]);
        else
            printf("%snull", i > 0 ? "," : "");
    fputs("],\"decision\":", stdout);
    json_text(pair->decision);
}

static void json_pair(struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    if (!diff->all && (pair->outcome == CLI_DIFF_SAME || pair->outcome == CLI_DIFF_OPEN))
        return;
    fputs(diff->listed++ > 0 ? ",\n{\"scenario\":" : "\n{\"scenario\":", stdout);
    if (pair->name != NULL)
        json_text(pair->name);
    else
        fputs("null", stdout);
    printf(",\"seed\":%" PRIu64 ",\"outcome\":\"%s\"", pair->seed, outcome_text(pair->outcome));
    if (pair->decision != NULL)
        json_record(pair);
    if (pair->outcome == CLI_DIFF_WRONG) {
        fputs(",\"why\":", stdout);
        json_text(pair->wrong);
    } else if (diff->all || cli_diff_verdict_changed(pair)) {
        fputs(",\"verdict\":[", stdout);
        json_text(cli_diff_verdict(pair, 0));
        putchar(',');
        json_text(cli_diff_verdict(pair, 1));
        putchar(']');
    }
    for (unsigned row = 0; row < REP_TALLY_ROWS; row++)
        if (shows_row(diff, pair, row)) {
            char name[TEXT_MAX];
            key_text(row, name);
            printf(",\"%s\":[%" PRId64 ",%" PRId64 "]", name, pair->found->tally[0][row], pair->found->tally[1][row]);
        }
    putchar('}');
}

static void json_begin(const struct cli_diff *diff)
{
    fputs("{\"format\":1,\"sides\":[", stdout);
    for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
        fputs(i > 0 ? "," : "", stdout);
        json_text(diff->side[i].label);
    }
    fputs("],\"pairs\":[", stdout);
}

static void json_end(const struct cli_diff *diff)
{
    printf("\n],\"same\":%" PRIu64 ",\"differ\":%" PRIu64 ",\"unknown\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"of\":%zu,\"interrupted\":%s}\n",
           diff->of[CLI_DIFF_SAME], diff->of[CLI_DIFF_DIFFERS], diff->of[CLI_DIFF_UNKNOWN], diff->of[CLI_DIFF_WRONG],
           diff->pair_total, diff->interrupted ? "true" : "false");
}

/* ---- whichever it is */

void cli_diff_report_begin(const struct cli_diff *diff)
{
    switch (diff->format) {
    case CLI_DIFF_PRETTY:
        for (unsigned i = 0; i < CLI_DIFF_SIDES; i++) {
            put_plain(diff->side[i].label);
            putchar('\n');
        }
        putchar('\n');
        return;
    case CLI_DIFF_TSV:
        fputs("scenario\tseed\twhat\tA\tB\n", stdout);
        return;
    case CLI_DIFF_JSON:
        json_begin(diff);
        return;
    }
}

void cli_diff_report_pair(struct cli_diff *diff, const struct cli_diff_pair *pair)
{
    switch (diff->format) {
    case CLI_DIFF_PRETTY:
        pretty_pair(diff, pair);
        return;
    case CLI_DIFF_TSV:
        tsv_pair(diff, pair);
        return;
    case CLI_DIFF_JSON:
        json_pair(diff, pair);
        return;
    }
}

void cli_diff_report_end(const struct cli_diff *diff)
{
    switch (diff->format) {
    case CLI_DIFF_PRETTY:
        pretty_end(diff);
        return;
    case CLI_DIFF_TSV:
        return;
    case CLI_DIFF_JSON:
        json_end(diff);
        return;
    }
}
