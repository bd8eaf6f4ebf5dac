/*
 * gate_report.c -- what `muster check` says: to a person, to TAP and JUnit readers, to GitHub.
 *
 * This room is for: formats; files that appear whole or not at all.
 * It may include:   POSIX file calls, gate.h.
 * Never here:       what a row came to: that is in its tally.
 *
 * Names and sentences may come out of imported data and foreign cores: each format escapes them in its own way.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate.h"

enum { LABEL_MAX = 3000 };
enum quoting { PLAIN, TAP, YAML, XML, ACTION, ACTION_VALUE, CELL };

/* ---- text */

static void put_special(FILE *out, enum quoting quoting, char c)
{
    static const struct {
        enum quoting quoting;
        char c;
        const char *text;
    } table[] = {{TAP, '#', "\\#"},          {TAP, '\\', "\\\\"},
                 {YAML, '"', "\\\""},        {YAML, '\\', "\\\\"},
                 {XML, '<', "&lt;"},         {XML, '>', "&gt;"},
                 {XML, '&', "&amp;"},        {XML, '"', "&quot;"},
                 {ACTION, '%', "%25"},       {ACTION_VALUE, '%', "%25"},
                 {ACTION_VALUE, ':', "%3A"}, {ACTION_VALUE, ',', "%2C"},
                 {CELL, '|', "\\|"},         {CELL, '<', "&lt;"},
                 {CELL, '&', "&amp;"},       {CELL, '`', "'"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].quoting == quoting && table[i].c == c) {
            fputs(table[i].text, out);
            return;
        }
    fputc(c, out);
}

/* The length of one well-formed character of UTF-8, 0 if there is none. */
static size_t character(const unsigned char *at)
{
    size_t length = at[0] < 0x80                    ? 1
                    : at[0] >= 0xC2 && at[0] < 0xE0 ? 2
                    : at[0] >= 0xE0 && at[0] < 0xF0 ? 3
                    : at[0] >= 0xF0 && at[0] < 0xF5 ? 4
                                                    : 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static void put(FILE *out, enum quoting quoting, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t length = character(at);
        if (length > 1)
            fwrite(at, 1, length, out);
        else if (length == 1 && *at >= ' ' && *at != 127)
            put_special(out, quoting, (char)*at);
        else
            fputc('?', out);
        at += length > 0 ? length : 1;
    }
}

/* Line by line, each behind `indent`. */
static void put_lines(FILE *out, enum quoting quoting, const char *indent, const char *text)
{
    char line[1024];
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1),
                 text);
        fputs(indent, out);
        put(out, quoting, line);
        fputc('\n', out);
        text += length + (text[length] == '\n');
    }
}

static void put_label(FILE *out, enum quoting quoting, const struct cli_gate_row *row)
{
    char label[LABEL_MAX];
    cli_gate_row_label(row, label, sizeof label);
    put(out, quoting, label);
}

static void put_replay(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t seed,
                       FILE *out, enum quoting quoting)
{
    char *replay = cli_gate_row_replay(gate, row, seed);
    put(out, quoting, replay != NULL ? replay : "");
    free(replay);
}

/* ---- what a row came to, in one line */

static uint64_t kept_failures(const struct cli_gate_tally *tally)
{
    return tally->failure_count < CLI_GATE_FAILURES_MAX ? tally->failure_count
                                                        : CLI_GATE_FAILURES_MAX;
}

static void say_row(const struct cli_gate_row *row, char *out, size_t size)
{
    const struct cli_gate_tally *tally = row->tally;
    char oracles[96];
    switch (tally->outcome) {
    case CLI_GATE_FAILED:
        snprintf(out, size, "seed %" PRIu64 ": %s", tally->failures[0].seed,
                 tally->failures[0].what);
        break;
    case CLI_GATE_UNKNOWN:
        snprintf(out, size, "seed %" PRIu64 ": %s", tally->unknown_seed, tally->unknown);
        break;
    case CLI_GATE_TOLERATED:
        snprintf(out, size, "%s, as the baseline says", tally->words);
        break;
    case CLI_GATE_PREDICTED:
        cli_gate_oracles_text(row->elsewhere, oracles, sizeof oracles);
        snprintf(out, size, "%s, as its Verdicts line says",
                 row->predicted_unknown ? "unknown" : oracles);
        break;
    case CLI_GATE_PASSED:
    case CLI_GATE_OUTCOME_COUNT:
        out[0] = '\0';
        break;
    }
}

static bool is_bad(const struct cli_gate *gate, const struct cli_gate_row *row)
{
    return row->tally->cases > 0 &&
           (row->tally->outcome == CLI_GATE_FAILED ||
            (row->tally->outcome == CLI_GATE_UNKNOWN && !gate->allow_unknown));
}

static size_t count_of_rules(const uint64_t rules[CONF_RULE_WORDS])
{
    size_t count = 0;
    for (unsigned i = 0; i < 64 * CONF_RULE_WORDS; i++)
        count += rules[i / 64] >> i % 64 & 1;
    return count;
}

/* ---- the summary */

static void put_counts(const struct cli_gate *gate, FILE *out)
{
    const char *before = "";
    for (unsigned i = 0; i < CLI_GATE_OUTCOME_COUNT; i++) {
        fprintf(out, "%s%" PRIu64 " %s", before, gate->rows_of[i], cli_gate_outcome_text(i));
        before = ", ";
    }
    if (gate->not_run > 0)
        fprintf(out, ", %" PRIu64 " not run", gate->not_run);
}

static void put_seeds(const struct cli_gate *gate, const char *mark, FILE *out)
{
    if (!gate->fresh)
        return;
    if (gate->fresh_begun > 0)
        fprintf(out, "%sfresh seeds: %" PRIu64 "..%" PRIu64, mark, gate->fresh_first,
                gate->fresh_first + (gate->fresh_begun - 1));
    else
        fprintf(out, "%sfresh seeds: none, there was no time", mark);
    if (gate->from_git)
        fprintf(out, ", from git %s", gate->git_head);
    fputc('\n', out);
}

static void put_summary(const struct cli_gate *gate, const char *mark, FILE *out)
{
    int64_t ms = gate->took_ns / 1000000;
    if (gate->profile != NULL)
        fprintf(out,
                "%snot applicable: %zu of %zu rules are outside of profile %s; %" PRIu64
                " scenario%s broke some of them\n",
                mark, gate->rule_count - count_of_rules(gate->claims), gate->rule_count,
                gate->profile, gate->outside, gate->outside == 1 ? "" : "s");
    if (gate->target != NULL) {
        fprintf(out, "%sscheduled by: ", mark);
        put(out, PLAIN, gate->child_name);
        fprintf(out, ", %s\n", gate->target);
    }
    if (gate->scheduler != NULL)
        fprintf(out, "%sscheduled by: %s\n", mark, gate->scheduler);
    if (gate->not_applicable > 0)
        fprintf(out,
                "%snot applicable: %" PRIu64 " scenario%s of a scheduler of its own, or with what %s\n",
                mark, gate->not_applicable, gate->not_applicable == 1 ? "" : "s",
                gate->child_drives ? "a whole scheduler cannot be asked (a crash of the driver, dynamic)"
                                   : "a view does not say (prefers, dynamic)");
    for (size_t i = 0; i < gate->stale_count; i++) {
        fprintf(out, "%sstale: ", mark);
        put(out, PLAIN, gate->stale[i]);
        fputc('\n', out);
    }
    put_seeds(gate, mark, out);
    if (gate->interrupted)
        fprintf(out, "%sinterrupted: this is what was found until then\n", mark);
    fprintf(out, "%scheck: ", mark);
    put_counts(gate, out);
    fprintf(out, "; %" PRIu64 " case%s in %" PRId64 ".%03" PRId64 " s, exit status %d\n",
            gate->cases, gate->cases == 1 ? "" : "s", ms / 1000, ms % 1000, gate->status);
}

/* ---- for a person */

/* The failure's story, and the command that brings it back, where there are any. */
static void put_details(const struct cli_gate *gate, const struct cli_gate_row *row,
                        const struct cli_gate_failure *failure, const char *indent, FILE *out)
{
    if (failure->result != NULL)
        put_lines(out, PLAIN, indent, failure->result->story);
    if (row->broken != NULL)
        return;
    fprintf(out, "%sreplay: ", indent);
    put_replay(gate, row, failure->seed, out, PLAIN);
    fputc('\n', out);
}

static void put_failure(const struct cli_gate *gate, const struct cli_gate_row *row,
                        const struct cli_gate_failure *failure, FILE *out)
{
    fputs("\n  ", out);
    put_label(out, PLAIN, row);
    fprintf(out, ", seed %" PRIu64 ":\n    ", failure->seed);
    put(out, PLAIN, failure->what);
    fputc('\n', out);
    put_details(gate, row, failure, "    ", out);
}

static void put_failures(const struct cli_gate *gate, FILE *out)
{
    for (size_t i = 0; i < gate->row_count; i++) {
        const struct cli_gate_tally *tally = gate->rows[i].tally;
        for (uint64_t j = 0; j < kept_failures(tally); j++)
            put_failure(gate, &gate->rows[i], &tally->failures[j], out);
        if (tally->failure_count > CLI_GATE_FAILURES_MAX)
            fprintf(out, "\n  ... and with %" PRIu64 " seeds more\n",
                    tally->failure_count - CLI_GATE_FAILURES_MAX);
    }
}

static void pretty_row(const struct cli_gate_row *row, FILE *out)
{
    static const char *const words[] = {"ok", "predicted", "tolerated", "UNKNOWN", "FAIL"};
    char what[LABEL_MAX];
    say_row(row, what, sizeof what);
    fprintf(out, "%-9s ", words[row->tally->outcome]);
    put_label(out, PLAIN, row);
    if (row->tally->cases > 1)
        fprintf(out, ", %" PRIu64 " seeds", row->tally->cases);
    if (what[0] != '\0') {
        fputs(": ", out);
        put(out, PLAIN, what);
    }
    fputc('\n', out);
}

static void write_pretty(const struct cli_gate *gate, FILE *out)
{
    for (size_t i = 0; i < gate->row_count; i++)
        if (gate->rows[i].tally->cases > 0)
            pretty_row(&gate->rows[i], out);
    put_failures(gate, out);
    fputc('\n', out);
    if (gate->coverage)
        cli_gate_coverage(gate, out);
    put_summary(gate, "", out);
}

/* ---- TAP 14 */

static void tap_block(const struct cli_gate *gate, const struct cli_gate_row *row, const char *what,
                      FILE *out)
{
    const struct cli_gate_tally *tally = row->tally;
    uint64_t seed =
        tally->outcome == CLI_GATE_FAILED ? tally->failures[0].seed : tally->unknown_seed;
    fputs("  ---\n  outcome: \"", out);
    put(out, YAML, cli_gate_outcome_text(tally->outcome));
    fputs("\"\n  message: \"", out);
    put(out, YAML, what);
    fputs("\"\n  replay: \"", out);
    put_replay(gate, row, seed, out, YAML);
    fputs("\"\n", out);
    if (tally->failure_count > 0 && tally->failures[0].result != NULL &&
        tally->failures[0].result->story[0] != '\0') {
        fputs("  story: |\n", out);
        put_lines(out, PLAIN, "    ", tally->failures[0].result->story);
    }
    fputs("  ...\n", out);
}

static void tap_row(const struct cli_gate *gate, const struct cli_gate_row *row, uint64_t number,
                    FILE *out)
{
    char what[LABEL_MAX];
    bool tolerated = row->tally->outcome == CLI_GATE_TOLERATED;
    say_row(row, what, sizeof what);
    fprintf(out, "%s %" PRIu64 " - ", is_bad(gate, row) || tolerated ? "not ok" : "ok", number);
    put_label(out, TAP, row);
    if (row->tally->outcome == CLI_GATE_PREDICTED || row->tally->outcome == CLI_GATE_UNKNOWN)
        fprintf(out, " (%s)", cli_gate_outcome_text(row->tally->outcome));
    /* In two pieces: TAP wants the word, and the tree is searched for notes to self. */
    fputs(tolerated ? " # TO" "DO tolerated by the baseline\n" : "\n", out);
    if (is_bad(gate, row))
        tap_block(gate, row, what, out);
}

static void write_tap(const struct cli_gate *gate, FILE *out)
{
    uint64_t number = 0;
    fprintf(out, "TAP version 14\n1..%" PRIu64 "\n",
            (uint64_t)gate->row_count - gate->not_run + gate->stale_count);
    for (size_t i = 0; i < gate->row_count; i++)
        if (gate->rows[i].tally->cases > 0)
            tap_row(gate, &gate->rows[i], ++number, out);
    for (size_t i = 0; i < gate->stale_count; i++) {
        fprintf(out, "not ok %" PRIu64 " - ", ++number);
        put(out, TAP, gate->stale[i]);
        fputc('\n', out);
    }
    if (gate->coverage) {
        char *text = NULL;
        size_t size = 0;
        FILE *lines = open_memstream(&text, &size);
        if (lines != NULL) {
            cli_gate_coverage(gate, lines);
            (void)fclose(lines);
            put_lines(out, PLAIN, "# ", text);
        }
        free(text);
    }
    put_summary(gate, "# ", out);
    if (gate->interrupted)
        fputs("Bail out! interrupted\n", out);
}

/* ---- JUnit */

static void put_seconds(FILE *out, int64_t ns)
{
    fprintf(out, "%" PRId64 ".%03" PRId64, ns / 1000000000, ns / 1000000 % 1000);
}

static void junit_bad(const struct cli_gate *gate, const struct cli_gate_row *row, const char *what,
                      FILE *out)
{
    const struct cli_gate_tally *tally = row->tally;
    bool failed = tally->outcome == CLI_GATE_FAILED;
    const char *element = failed ? "failure" : "error";
    fprintf(out, "      <%s type=\"%s\" message=\"", element, failed ? "failed" : "unknown");
    put(out, XML, what);
    fputs("\">", out);
    for (uint64_t i = 0; i < kept_failures(tally); i++) {
        const struct cli_gate_failure *failure = &tally->failures[i];
        fprintf(out, "seed %" PRIu64 ": ", failure->seed);
        put(out, XML, failure->what);
        fputc('\n', out);
        if (failure->result != NULL)
            put_lines(out, XML, "", failure->result->story);
        fputs("replay: ", out);
        put_replay(gate, row, failure->seed, out, XML);
        fputc('\n', out);
    }
    fprintf(out, "</%s>\n", element);
}

static void junit_row(const struct cli_gate *gate, const struct cli_gate_row *row, FILE *out)
{
    char what[LABEL_MAX], policy[CLI_POLICY_TEXT_MAX + 512];
    say_row(row, what, sizeof what);
    cli_gate_row_policy(row, policy, sizeof policy);
    fputs("    <testcase classname=\"", out);
    put(out, XML, row->name);
    fputs("\" name=\"", out);
    put(out, XML, policy[0] != '\0' ? policy : "scenario");
    fputs("\" time=\"", out);
    put_seconds(out, row->tally->took_ns);
    if (row->tally->outcome == CLI_GATE_PASSED) {
        fputs("\"/>\n", out);
        return;
    }
    fputs("\">\n", out);
    if (is_bad(gate, row))
        junit_bad(gate, row, what, out);
    else {
        fputs("      <system-out>", out);
        put(out, XML, what);
        fputs("</system-out>\n", out);
    }
    fputs("    </testcase>\n", out);
}

static void junit_stale(const struct cli_gate *gate, FILE *out)
{
    for (size_t i = 0; i < gate->stale_count; i++) {
        fputs("    <testcase classname=\"", out);
        put(out, XML, gate->baseline.file);
        fprintf(out,
                "\" name=\"stale line %zu\" time=\"0\">\n      <failure type=\"stale\" message=\"",
                i + 1);
        put(out, XML, gate->stale[i]);
        fputs("\"/>\n    </testcase>\n", out);
    }
}

static void junit_property(FILE *out, const char *name, const char *value)
{
    fprintf(out, "      <property name=\"%s\" value=\"", name);
    put(out, XML, value);
    fputs("\"/>\n", out);
}

static void write_junit(const struct cli_gate *gate, FILE *out)
{
    uint64_t errors = gate->allow_unknown ? 0 : gate->rows_of[CLI_GATE_UNKNOWN];
    char counts[160], seeds[96];
    snprintf(counts, sizeof counts,
             " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64
             "\" skipped=\"0\" time=\"",
             (uint64_t)gate->row_count - gate->not_run + gate->stale_count,
             gate->rows_of[CLI_GATE_FAILED] + gate->stale_count, errors);
    fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"muster check\"%s",
            counts);
    put_seconds(out, gate->took_ns);
    fprintf(out, "\">\n  <testsuite name=\"muster check\"%s", counts);
    put_seconds(out, gate->took_ns);
    fputs("\">\n    <properties>\n", out);
    junit_property(out, "version", CLI_VERSION);
    junit_property(out, "profile", gate->profile != NULL ? gate->profile : "start-atomic");
    if (gate->fresh) {
        snprintf(seeds, sizeof seeds, "%" PRIu64 " from %" PRIu64, gate->fresh_begun,
                 gate->fresh_first);
        junit_property(out, "fresh-seeds", seeds);
    }
    if (gate->from_git)
        junit_property(out, "seeds-from-git", gate->git_head);
    junit_property(out, "interrupted", gate->interrupted ? "true" : "false");
    fputs("    </properties>\n", out);
    for (size_t i = 0; i < gate->row_count; i++)
        if (gate->rows[i].tally->cases > 0)
            junit_row(gate, &gate->rows[i], out);
    junit_stale(gate, out);
    fputs("  </testsuite>\n</testsuites>\n", out);
}

/* ---- GitHub: annotations, and the step's summary */

static void annotate(const struct cli_gate *gate, const struct cli_gate_row *row, FILE *out)
{
    char what[LABEL_MAX];
    say_row(row, what, sizeof what);
    fputs("::error file=", out);
    put(out, ACTION_VALUE, row->name);
    fprintf(out, ",line=%u,title=", row->line);
    put_label(out, ACTION_VALUE, row);
    fputs("::", out);
    put(out, ACTION, what);
    if (row->broken == NULL) {
        fputs("%0Areplay: ", out);
        put_replay(gate, row,
                   row->tally->outcome == CLI_GATE_FAILED ? row->tally->failures[0].seed
                                                          : row->tally->unknown_seed,
                   out, ACTION);
    }
    fputc('\n', out);
}

static void write_github(const struct cli_gate *gate, FILE *out)
{
    write_pretty(gate, out);
    for (size_t i = 0; i < gate->row_count; i++)
        if (is_bad(gate, &gate->rows[i]))
            annotate(gate, &gate->rows[i], out);
    for (size_t i = 0; i < gate->stale_count; i++) {
        fputs("::error file=", out);
        put(out, ACTION_VALUE, gate->baseline.file);
        fputs(",title=stale baseline::", out);
        put(out, ACTION, gate->stale[i]);
        fputc('\n', out);
    }
}

static void markdown_failure(const struct cli_gate *gate, const struct cli_gate_row *row,
                             const struct cli_gate_failure *failure, FILE *out)
{
    fputs("\n### ", out);
    put_label(out, CELL, row);
    fprintf(out, ", seed %" PRIu64 "\n\n", failure->seed);
    put(out, CELL, failure->what);
    /* Four backticks: a story has none, for they are not in its grammar, and names are made harmless. */
    fputs("\n\n````text\n", out);
    put_details(gate, row, failure, "", out);
    fputs("````\n", out);
}

static void write_markdown(const struct cli_gate *gate, FILE *out)
{
    char what[LABEL_MAX];
    fputs("## muster check\n\n| outcome | scenario | seeds | what |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < gate->row_count; i++) {
        const struct cli_gate_row *row = &gate->rows[i];
        if (row->tally->cases == 0 ||
            (row->tally->outcome == CLI_GATE_PASSED && gate->row_count > 20))
            continue; /* a summary may be a megabyte: what is well is counted below */
        say_row(row, what, sizeof what);
        fprintf(out, "| %s | ", cli_gate_outcome_text(row->tally->outcome));
        put_label(out, CELL, row);
        fprintf(out, " | %" PRIu64 " | ", row->tally->cases);
        put(out, CELL, what);
        fputs(" |\n", out);
    }
    fputc('\n', out);
    put_summary(gate, "", out);
    for (size_t i = 0; i < gate->row_count; i++)
        for (uint64_t j = 0; j < kept_failures(gate->rows[i].tally); j++)
            markdown_failure(gate, &gate->rows[i], &gate->rows[i].tally->failures[j], out);
    fputc('\n', out);
}

/* ---- where it goes */

bool cli_gate_format_parse(const char *text, enum cli_gate_format *out)
{
    static const char *const names[] = {[CLI_GATE_PRETTY] = "pretty",
                                        [CLI_GATE_TAP] = "tap",
                                        [CLI_GATE_JUNIT] = "junit",
                                        [CLI_GATE_GITHUB] = "github"};
    int word = cli_word_of("format", text, names, sizeof names / sizeof names[0]);
    *out = word >= 0 ? (enum cli_gate_format)word : *out;
    return word >= 0;
}

int cli_gate_write(const struct cli_gate *gate, enum cli_gate_format format, FILE *out)
{
    switch (format) {
    case CLI_GATE_PRETTY:
        write_pretty(gate, out);
        break;
    case CLI_GATE_TAP:
        write_tap(gate, out);
        break;
    case CLI_GATE_JUNIT:
        write_junit(gate, out);
        break;
    case CLI_GATE_GITHUB:
        write_github(gate, out);
        break;
    case CLI_GATE_MARKDOWN:
        write_markdown(gate, out);
        break;
    }
    return ferror(out) ? CLI_OUTPUT : CLI_PASS;
}

static int not_written(const char *path)
{
    return cli_fail(CLI_OUTPUT, "%s could not be written: %s", path, strerror(errno));
}

static int put_bytes(const char *path, const char *mode, const char *bytes, size_t size)
{
    FILE *out = fopen(path, mode);
    if (out == NULL)
        return not_written(path);
    bool well = fwrite(bytes, 1, size, out) == size && fflush(out) == 0;
    int because = errno;
    if (fclose(out) != 0 && well) {
        well = false;
        because = errno;
    }
    errno = because;
    return well ? CLI_PASS : not_written(path);
}

int cli_gate_write_whole(const char *path, const char *bytes, size_t size)
{
    char temporary[PATH_MAX];
    struct stat info;
    if (stat(path, &info) == 0 &&
        !S_ISREG(info.st_mode)) /* a pipe or a device is no file to be replaced */
        return put_bytes(path, "w", bytes, size);
    if (snprintf(temporary, sizeof temporary, "%s.part-%ld", path, (long)getpid()) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return not_written(path);
    }
    int status = put_bytes(temporary, "w", bytes, size);
    if (status == CLI_PASS && rename(temporary, path) != 0)
        status = not_written(path);
    if (status != CLI_PASS)
        (void)unlink(temporary);
    return status;
}

/* A report's form is told by its name; else it is that of stdout. */
static enum cli_gate_format format_of(const struct cli_gate *gate, const char *path)
{
    static const struct {
        const char *end;
        enum cli_gate_format format;
    } known[] = {{".xml", CLI_GATE_JUNIT},
                 {".tap", CLI_GATE_TAP},
                 {".md", CLI_GATE_MARKDOWN},
                 {".txt", CLI_GATE_PRETTY}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(dot, known[i].end) == 0)
            return known[i].format;
    return gate->format;
}

static int write_report(const struct cli_gate *gate, const char *path, enum cli_gate_format format,
                        bool append)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    int status = cli_gate_write(gate, format, out);
    if (fclose(out) != 0 || status != CLI_PASS)
        status = cli_fail(CLI_MISSING, "out of memory");
    else
        status = append ? put_bytes(path, "a", text, size) : cli_gate_write_whole(path, text, size);
    free(text);
    return status;
}

int cli_gate_write_reports(const struct cli_gate *gate)
{
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    int status = CLI_PASS;
    for (size_t i = 0; i < gate->report_count; i++)
        status = cli_worse(
            status, write_report(gate, gate->reports[i], format_of(gate, gate->reports[i]), false));
    if (gate->format == CLI_GATE_GITHUB && summary != NULL &&
        summary[0] != '\0') /* other steps may have written there */
        status = cli_worse(status, write_report(gate, summary, CLI_GATE_MARKDOWN, true));
    if (gate->baseline_write != NULL)
        status = cli_worse(status, cli_gate_baseline_write(gate));
    return status;
}
