/*
 * files.c -- hands a run to the reports, one file after the other, and the short form to stdout.
 *
 * This room is for: which report goes into which file; what the terminal is like.
 * It may include:   rep, trace; <sys/ioctl.h>; cli.h, rundir.h.
 * Never here:       the content of a report.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "files.h"

enum { COLUMNS_DEFAULT = 100, COLUMNS_MIN = 40, COLUMNS_MAX = 400 };

static int rep_failed(const struct rep_err *err)
{
    return cli_fail(err->code == REP_E_MEMORY ? CLI_MISSING : CLI_OUTPUT, "%s",
                    err->detail[0] != '\0' ? err->detail : "a report could not be written");
}

typedef enum rep_status report_fn(const struct rep_run *run, FILE *out, struct rep_err *err);

struct fill {
    report_fn *report;
    const struct rep_run *run;
};

static int fill_report(void *ctx, FILE *out)
{
    const struct fill *fill = ctx;
    struct rep_err err = {0};
    return fill->report(fill->run, out, &err) == REP_OK ? CLI_PASS : rep_failed(&err);
}

/* A file is for keeping: it does not depend on the terminal of whoever ran it. */
static enum rep_status report_story(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    return rep_story(run, out, CLI_STORY_FILE_LINES, err);
}

static enum rep_status report_timeline(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    struct rep_terminal paper = {.columns = COLUMNS_DEFAULT, .ascii = false, .colour = false};
    return rep_timeline_text(run, &paper, out, err);
}

static enum rep_status report_ndjson(const struct rep_run *run, FILE *out, struct rep_err *err)
{
    struct trace_err trace = {0};
    if (trace_ndjson_header(out, run->header, &trace) == TRACE_OK &&
        trace_ndjson_records(out, run->records, run->record_count, 1, &trace) == TRACE_OK)
        return REP_OK;
    err->code = REP_E_IO;
    memcpy(err->detail, trace.detail, sizeof err->detail);
    return REP_E_IO;
}
_Static_assert(sizeof((struct rep_err *)0)->detail == sizeof((struct trace_err *)0)->detail,
               "details are copied whole");

struct row {
    enum cli_file file;
    report_fn *report;
};

static int write_rows(const struct cli_rundir *dir, const struct rep_run *run,
                      const struct row *rows, size_t count)
{
    int status = CLI_PASS;
    for (size_t i = 0; status == CLI_PASS && i < count; i++) {
        struct fill fill = {rows[i].report, run};
        status = cli_rundir_write(dir, rows[i].file, fill_report, &fill);
    }
    return status;
}

int cli_files_write(const struct cli_rundir *dir, const struct rep_run *run)
{
    static const struct row rows[] = {{CLI_FILE_VERDICT, rep_verdict_json},
                                      {CLI_FILE_STORY, report_story},
                                      {CLI_FILE_TIMELINE, report_timeline},
                                      {CLI_FILE_JOBS, rep_jobs_csv},
                                      {CLI_FILE_SLOTS, rep_slots_csv}};
    return write_rows(dir, run, rows, sizeof rows / sizeof rows[0]);
}

int cli_files_write_ci(const struct cli_rundir *dir, const struct rep_run *run)
{
    static const struct row rows[] = {{CLI_FILE_TAP, rep_tap}, {CLI_FILE_JUNIT, rep_junit}};
    return write_rows(dir, run, rows, sizeof rows / sizeof rows[0]);
}

int cli_files_write_ndjson(const struct cli_rundir *dir, const struct rep_run *run)
{
    static const struct row row = {CLI_FILE_NDJSON, report_ndjson};
    return write_rows(dir, run, &row, 1);
}

int cli_files_plot(const struct cli_rundir *dir, const struct rep_run *run, unsigned pixels,
                   unsigned *drawn)
{
    struct rep_err err = {0};
    enum rep_status status = rep_draw(run, dir->temporary, REP_PICTURE_ALL, pixels, drawn, &err);
    if (status == REP_E_MISSING)
        cli_note("no picture: gnuplot is not installed; its program is kept as %s",
                 cli_file_name(CLI_FILE_PLOT));
    else if (status == REP_E_FAILED) /* the run itself is worth more than its pictures */
        cli_note("no picture: gnuplot failed; 'gnuplot %s' in %s says why",
                 cli_file_name(CLI_FILE_PLOT), dir->place);
    else if (status != REP_OK)
        return rep_failed(&err);
    return CLI_PASS;
}

static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') /* the first that is set decides */
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL ||
                   strstr(value, "UTF8") != NULL;
    }
    return false;
}

bool cli_colour_parse(const char *text, enum cli_colour *out)
{
    static const char *const names[] = {
        [CLI_COLOUR_AUTO] = "auto", [CLI_COLOUR_ALWAYS] = "always", [CLI_COLOUR_NEVER] = "never"};
    int word = cli_word_of("color", text, names, sizeof names / sizeof names[0]);
    *out = word >= 0 ? (enum cli_colour)word : *out;
    return word >= 0;
}

static bool terminal_has_colour(void)
{
    const char *kind = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    return kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0 &&
           (no_colour == NULL || no_colour[0] == '\0');
}

struct rep_terminal cli_terminal(bool ascii, enum cli_colour colour)
{
    struct rep_terminal terminal = {.columns = COLUMNS_DEFAULT, .ascii = ascii};
    terminal.colour = colour == CLI_COLOUR_ALWAYS;
    if (isatty(STDOUT_FILENO) != 1)
        return terminal; /* a file or a pipe: always the same bytes */
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= COLUMNS_MIN)
        terminal.columns = size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
    if (colour == CLI_COLOUR_AUTO)
        terminal.colour = terminal_has_colour();
    terminal.ascii = ascii || !locale_is_utf8();
    return terminal;
}

static enum rep_status print_pretty(const struct rep_run *run, const struct rep_terminal *terminal,
                                    bool whole, struct rep_err *err)
{
    enum rep_status status = REP_OK;
    if (whole) {
        status = rep_story(run, stdout, CLI_STORY_LINES, err);
        fputc('\n', stdout);
        if (status == REP_OK)
            status = rep_timeline_text(run, terminal, stdout, err);
        fputc('\n', stdout);
        if (status == REP_OK)
            status = rep_summary(run, stdout, err);
        fputc('\n', stdout);
    }
    return status == REP_OK ? rep_verdict_text(run, terminal, stdout, err) : status;
}

int cli_print_run(const struct rep_run *run, enum cli_format format,
                  const struct rep_terminal *terminal, bool whole)
{
    struct rep_err err = {0};
    enum rep_status status = REP_OK;
    switch (format) {
    case CLI_PRETTY:
        status = print_pretty(run, terminal, whole, &err);
        break;
    case CLI_TAP:
        status = rep_tap(run, stdout, &err);
        break;
    case CLI_JUNIT:
        status = rep_junit(run, stdout, &err);
        break;
    }
    if (status == REP_E_IO || ferror(stdout))
        return CLI_OUTPUT; /* main() says so, once, at the last flush */
    return status == REP_OK ? CLI_PASS : rep_failed(&err);
}
