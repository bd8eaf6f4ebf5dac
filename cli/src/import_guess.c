/*
 * import_guess.c -- which column of a CSV file is what, by the names in its first line.
 *
 * This room is for: names that tables of jobs have; dates and units.
 * It may include:   the C library, cli.h, import.h.
 * Never here:       reading rows: scn does, and says what is wrong with them. A first line that this cannot cut is left to it.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "import.h"

enum { CELLS_MAX = 128, LINE_BYTES = 1 << 16, LISTED_BYTES = 1024 };

/* The usual names, the likeliest first; compared without case, and without a unit at their end. */
static const char *const usual[CLI_IMPORT_COLUMNS][16] = {
    [CLI_IMPORT_JOB] = {"job", "job_id", "jobid", "job_name", "jobname", "id"},
    [CLI_IMPORT_SUBMIT] = {"submit", "submit_time", "submitted", "submitted_time", "submission", "submission_time", "arrival", "arrival_time",
                           "timestamp", "queued", "time"},
    [CLI_IMPORT_TASKS] = {"tasks", "num_tasks", "task_num", "workers", "num_workers", "processors", "procs", "num_procs", "nprocs", "cores",
                          "num_cores", "cpus", "num_cpus", "nodes", "size"},
    [CLI_IMPORT_GPUS] = {"gpus", "num_gpus", "gpu_num", "num_gpu", "gpu_count", "ngpus", "gpu"},
    [CLI_IMPORT_DURATION] = {"duration", "run_time", "runtime", "run", "service_time", "elapsed", "elapsed_time", "length"},
    [CLI_IMPORT_PRIORITY] = {"priority"},
};
static const struct {
    const char *end, *unit;
} units[] = {{"_s", NULL}, {"_sec", NULL}, {"_seconds", NULL}, {"_ms", "ms"}, {"_us", "us"}, {"_ns", "ns"}, {"_min", "m"}, {"_minutes", "m"},
             {"_h", "h"}, {"_hours", "h"}};

struct head {
    char line[LINE_BYTES];
    char *cell[CELLS_MAX];
    size_t count;
};

/* Cuts the next line that is not blank in its own bytes; quoted cells have no quotes in them. */
static bool next_line(FILE *in, struct head *head)
{
    head->count = 0;
    do
        if (fgets(head->line, sizeof head->line, in) == NULL)
            return false;
    while (head->line[strspn(head->line, " \t\r\n")] == '\0');
    char *at = head->line;
    if (strncmp(at, "\xEF\xBB\xBF", 3) == 0)
        at += 3;
    at[strcspn(at, "\r\n")] = '\0';
    for (bool more = true; more && head->count < CELLS_MAX;) {
        at += strspn(at, " \t");
        bool quoted = *at == '"';
        char *from = at + quoted, *to = from + strcspn(from, quoted ? "\"" : ",");
        at = to + (quoted && *to == '"');
        at += strcspn(at, ",");
        more = *at == ',';
        *at++ = '\0';
        *to = '\0';
        while (to > from && !quoted && (to[-1] == ' ' || to[-1] == '\t'))
            *--to = '\0';
        head->cell[head->count++] = from;
    }
    return true;
}

/* "Run Time" is run_time. */
static bool is_same(const char *cell, size_t size, const char *name)
{
    for (size_t i = 0; i < size; i++) {
        int c = tolower((unsigned char)cell[i]);
        c = c == ' ' || c == '-' || c == '.' ? '_' : c;
        if (name[i] == '\0' || c != name[i])
            return false;
    }
    return name[size] == '\0';
}

static bool is_time(unsigned column) { return column == CLI_IMPORT_SUBMIT || column == CLI_IMPORT_DURATION; }

/* How long a cell's name is without a unit at its end; *unit is that unit. */
static size_t without_unit(const char *cell, const char **unit)
{
    size_t size = strlen(cell);
    *unit = NULL;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t end = strlen(units[i].end);
        if (size > end && is_same(cell + size - end, end, units[i].end)) {
            *unit = units[i].unit;
            return size - end;
        }
    }
    return size;
}

static size_t find_cell(const struct head *head, unsigned column, const char **unit)
{
    for (const char *const *name = usual[column]; *name != NULL; name++)
        for (size_t i = 0; i < head->count; i++) {
            *unit = NULL;
            if (is_same(head->cell[i], strlen(head->cell[i]), *name))
                return i;
            if (is_time(column) && is_same(head->cell[i], without_unit(head->cell[i], unit), *name))
                return i;
        }
    return head->count;
}

static void guess_one(struct cli_import *import, unsigned column, const struct head *head, const struct head *row)
{
    struct cli_import_column *wanted = &import->column[column];
    size_t at = 0;
    if (wanted->name[0] == '\0') {
        at = find_cell(head, column, &wanted->unit);
        if (at < head->count)
            snprintf(wanted->name, sizeof wanted->name, "%s", head->cell[at]);
    } else {
        while (at < head->count && strcmp(head->cell[at], wanted->name) != 0)
            at++;
        if (is_time(column))
            (void)without_unit(wanted->name, &wanted->unit);
    }
    /* "2017-10-09 07:01:55" */
    if (column == CLI_IMPORT_SUBMIT && at < head->count && at < row->count && strchr(row->cell[at], ':') != NULL)
        wanted->unit = "date";
}

static int no_column(const struct cli_import *import, const struct head *head, const char *what, const char *option)
{
    char list[LISTED_BYTES] = "";
    for (size_t i = 0; i < head->count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", head->cell[i]);
    }
    return cli_fail(CLI_USAGE, "import: no column of %s has a name that says %s; say which with %s; there are: %s", import->name, what, option,
                    list);
}

int cli_import_guess(struct cli_import *import)
{
    static struct head head, row;
    if (import->is_swf) /* its columns are known */
        return CLI_PASS;
    FILE *in = fopen(import->path, "rb");
    if (in == NULL)
        return cli_fail(CLI_INPUT, "import: %s cannot be read: %s", import->path, strerror(errno));
    bool well = next_line(in, &head);
    row.count = 0;
    (void)next_line(in, &row);
    (void)fclose(in);
    if (!well)
        return cli_fail(CLI_INPUT, "import: %s is empty; its first line must name the columns", import->path);
    if (head.cell[0][0] == ';')
        return cli_fail(CLI_INPUT, "import: %s begins with ';', as a trace in the Standard Workload Format does; try: %s import swf %s", import->path,
                        cli_program(), import->path);
    bool has_size = import->column[CLI_IMPORT_TASKS].name[0] != '\0' || import->column[CLI_IMPORT_GPUS].name[0] != '\0';
    for (unsigned i = 0; i < CLI_IMPORT_COLUMNS; i++)
        if (!has_size || (i != CLI_IMPORT_TASKS && i != CLI_IMPORT_GPUS) || import->column[i].name[0] != '\0')
            guess_one(import, i, &head, &row);
    if (!has_size && import->column[CLI_IMPORT_GPUS].name[0] != '\0') /* a table with both is one of jobs on GPUs */
        import->column[CLI_IMPORT_TASKS].name[0] = '\0';
    if (import->column[CLI_IMPORT_TASKS].name[0] == '\0' && import->column[CLI_IMPORT_GPUS].name[0] == '\0')
        return no_column(import, &head, "how many tasks a job has", "--tasks COLUMN or --gpus COLUMN");
    if (import->column[CLI_IMPORT_DURATION].name[0] == '\0')
        return no_column(import, &head, "how long a job runs", "--duration COLUMN");
    return CLI_PASS;
}
