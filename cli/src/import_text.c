/*
 * import_text.c -- a scenario for a table of jobs: a cluster that fits them, and why it does.
 *
 * This room is for: the text that `muster import` writes; every name in it may be anything, and is escaped.
 * It may include:   the C library, the plan for times, import.h.
 * Never here:       files.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "import.h"

enum { WIDTH = 116, SENTENCE_BYTES = 6144, TIME_BYTES = 32, LIKELY_CORES = 8, LIKELY_CORES_MAX = 64 };

static const char *const keys[CLI_IMPORT_COLUMNS] = {
#define X(NAME, key) [CLI_IMPORT_##NAME] = key,
    CLI_IMPORT_MAP(X)
#undef X
};

/* ---- names */

static bool is_plain(unsigned char c) { return c >= ' ' && c < 127; }

/* What is not ASCII, or not to be seen, is written as a number: so nothing that a name holds can end the string, or a line. */
void cli_import_put_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text != '\0'; text++)
        if (!is_plain((unsigned char)*text))
            fprintf(out, "\\%03u", (unsigned char)*text);
        else
            fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('"', out);
}

/* Comments: words in lines of WIDTH. */
static __attribute__((format(printf, 2, 3))) void put_comment(FILE *out, const char *format, ...)
{
    char text[SENTENCE_BYTES];
    size_t column = 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, " \n");
        if (column > 0 && column + 1 + length > WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        fputs(column == 0 ? "-- " : " ", out);
        column += column == 0 ? 3 : 1;
        for (size_t i = 0; i < length; i++)
            column += (size_t)fprintf(out, is_plain((unsigned char)at[i]) ? "%c" : "\\x%02X", (unsigned char)at[i]);
        at += length;
        at += strspn(at, " \n");
    }
    fputc('\n', out);
}

static const char *time_text(plan_ns ns, char text[static TIME_BYTES])
{
    plan_format_duration(ns, text);
    return text;
}

/* ---- the jobs */

/* A key that the format fills in by itself is written all the same: so a reader sees what can be another. */
static void put_column(FILE *out, const char *between, const char *key, const struct cli_import_column *column)
{
    fprintf(out, "%s%s = ", between, key);
    if (column->unit != NULL)
        fputs("{ ", out);
    cli_import_put_string(column->name, out);
    if (column->unit != NULL)
        fprintf(out, ", unit = \"%s\" }", column->unit);
}

void cli_import_put_workload(const struct cli_import *import, const char *file, FILE *out)
{
    const char *between = " ";
    size_t length = strlen(import->name);
    bool ends_in_swf = length > 4 && strcmp(import->name + length - 4, ".swf") == 0;
    fprintf(out, "local jobs = workload(%s) {", file);
    for (unsigned i = 0; i < CLI_IMPORT_COLUMNS; i++)
        if (import->column[i].name[0] != '\0') {
            put_column(out, between, keys[i], &import->column[i]);
            between = ", ";
        }
    fputs(", prefix = \"job-\"", out);
    if (import->is_swf != ends_in_swf)
        fprintf(out, ", format = \"%s\"", import->is_swf ? "swf" : "csv");
    fputs(" }\n", out);
}

/* "Left out: 2 ..., 4 ...", or nothing. */
static void put_counts(const struct cli_import *import, const char *title, unsigned first, unsigned end, FILE *out)
{
    static const char *const texts[SCN_SWF_COUNT] = {
#define X(NAME, key, text) text,
        SCN_SWF_MAP(X)
#undef X
    };
    char list[SENTENCE_BYTES] = "";
    for (unsigned i = first; i < end; i++) {
        size_t used = strlen(list);
        if (import->info.swf.count[i] > 0)
            snprintf(list + used, sizeof list - used, "%s%lld %s", used > 0 ? ", " : "", (long long)import->info.swf.count[i], texts[i]);
    }
    if (list[0] != '\0')
        put_comment(out, "%s: %s.", title, list);
}

static void put_found(const struct cli_import *import, FILE *out)
{
    char first[TIME_BYTES], last[TIME_BYTES], shortest[TIME_BYTES], longest[TIME_BYTES];
    const struct scn_swf *swf = &import->info.swf;
    if (import->is_swf)
        put_comment(out, "%lld of its %lld lines are jobs that are run.", (long long)swf->jobs, (long long)swf->lines);
    else
        put_comment(out, "Its %llu rows are jobs, a gang each.", (unsigned long long)import->jobs);
    put_counts(import, "Left out", 0, SCN_SWF_CANCELLED, out);
    put_counts(import, "Of those that are run", SCN_SWF_CANCELLED, SCN_SWF_COUNT, out);
    put_comment(out, "They come from %s to %s, take %s to %s, and have %llu to %llu tasks. If none waited, %llu tasks would run at a time, on average.",
                time_text(import->first_ns, first), time_text(import->last_ns, last), time_text(import->shortest_ns, shortest),
                time_text(import->longest_ns, longest), (unsigned long long)import->narrowest, (unsigned long long)import->widest,
                (unsigned long long)import->busy);
}

/* ---- the cluster */

struct shape {
    uint64_t machines, cores;
    char why[512];
};

static uint64_t divide_up(uint64_t a, uint64_t b) { return a / b + (a % b > 0); }

/* The largest power of two that divides it, of what one machine may well have. */
static uint64_t likely_cores(uint64_t processors)
{
    uint64_t cores = 1;
    while (cores < LIKELY_CORES_MAX && processors % (2 * cores) == 0 && processors / (2 * cores) >= 2)
        cores *= 2;
    return cores;
}

/* What the header says, if that can be believed. */
static bool shape_of_header(const struct scn_swf *swf, uint64_t enough, struct shape *shape)
{
    uint64_t procs = swf->max_procs > 0 ? (uint64_t)swf->max_procs : 0, nodes = swf->max_nodes > 0 ? (uint64_t)swf->max_nodes : 0;
    if (nodes > 0 && nodes <= PLAN_EXECUTORS_MAX && procs > 0 && divide_up(procs, nodes) <= PLAN_CORES_MAX) {
        *shape = (struct shape){.machines = nodes, .cores = divide_up(procs, nodes)};
        snprintf(shape->why, sizeof shape->why, "The trace's header says MaxNodes: %llu and MaxProcs: %llu.", (unsigned long long)nodes,
                 (unsigned long long)procs);
        return true;
    }
    if (procs > 0 && procs / likely_cores(procs) <= PLAN_EXECUTORS_MAX) {
        *shape = (struct shape){.machines = procs / likely_cores(procs), .cores = likely_cores(procs)};
        snprintf(shape->why, sizeof shape->why, "The trace's header says MaxProcs: %llu, and not how many of them were in a machine.",
                 (unsigned long long)procs);
        return true;
    }
    if (nodes > 0 && nodes <= PLAN_EXECUTORS_MAX && divide_up(enough, nodes) <= PLAN_CORES_MAX) {
        *shape = (struct shape){.machines = nodes, .cores = divide_up(enough, nodes)};
        snprintf(shape->why, sizeof shape->why, "The trace's header says MaxNodes: %llu, and not how many processors they had.",
                 (unsigned long long)nodes);
        return true;
    }
    return false;
}

static struct shape find_shape(const struct cli_import *import)
{
    uint64_t most = (uint64_t)PLAN_EXECUTORS_MAX * LIKELY_CORES;
    uint64_t enough = import->busy > import->widest ? import->busy : import->widest;
    struct shape shape = {.cores = LIKELY_CORES};
    enough = enough < most ? enough : most;
    bool said = import->is_swf && shape_of_header(&import->info.swf, enough, &shape);
    if (said && shape.machines * shape.cores >= import->widest)
        return shape;
    shape.machines = divide_up(said ? import->widest : enough, shape.cores);
    shape.machines = shape.machines < PLAN_EXECUTORS_MAX ? shape.machines : PLAN_EXECUTORS_MAX;
    size_t used = strlen(shape.why);
    snprintf(shape.why + used, sizeof shape.why - used, "%s", used > 0 ? " " : "");
    used = strlen(shape.why);
    if (!said && enough > import->widest)
        snprintf(shape.why + used, sizeof shape.why - used,
                 "The table does not say on what its jobs ran: there are as many as would be busy on average if nobody waited.");
    else
        snprintf(shape.why + used, sizeof shape.why - used, "%s the widest job needs %llu, so these are just enough for it.",
                 said ? "But" : "The table does not say on what its jobs ran:", (unsigned long long)import->widest);
    return shape;
}

static void put_cluster(const struct cli_import *import, FILE *out)
{
    bool gpus = import->column[CLI_IMPORT_GPUS].name[0] != '\0';
    struct shape shape = find_shape(import);
    /* A machine can have no more than so many GPUs: then there are more machines. */
    if (gpus && shape.cores > LIKELY_CORES) {
        shape.machines = divide_up(shape.machines * shape.cores, LIKELY_CORES);
        shape.machines = shape.machines < PLAN_EXECUTORS_MAX ? shape.machines : PLAN_EXECUTORS_MAX;
        shape.cores = LIKELY_CORES;
    }
    put_comment(out, "%s A task has a core%s to itself.", shape.why, gpus ? " and a GPU" : "");
    fprintf(out, "local machines = param(\"machines\", %llu, \"of %llu core%s%s each\", { min = 1, max = %d })\n\n", (unsigned long long)shape.machines,
            (unsigned long long)shape.cores, shape.cores == 1 ? "" : "s", gpus ? " and as many GPUs" : "", PLAN_EXECUTORS_MAX);
    fprintf(out, "policy \"strict\"\ncluster { executors = machines, cores = %llu", (unsigned long long)shape.cores);
    if (gpus)
        fprintf(out, ", gpus = %llu", (unsigned long long)shape.cores);
    fputs(" }\nnetwork { latency = \"0s\" }\n", out);
}

/* ---- the whole */

static void put_head(const struct cli_import *import, FILE *out)
{
    put_comment(out, "The jobs of %s, %s: a scenario to begin with, as 'muster import' wrote it.", import->name,
                import->is_swf ? "a trace in the Standard Workload Format" : "a table of jobs");
    put_found(import, out);
    put_comment(out, "See: who waits, and how long: the end of a run has the mean and the most, its jobs.csv each job.");
    put_comment(out, "Policy: strict. Try --set blocked_head=skip, under which small jobs overtake one that waits, and --policy spark.");
    put_comment(out, "Question: how much smaller can the cluster be before the waits are twice as long?");
    put_comment(out, "Change: --param machines=..., the columns that the jobs are made of, and what goes wrong: see 'muster faults'.");
    fputc('\n', out);
}

static void put_all(const struct cli_import *import, FILE *out)
{
    put_head(import, out);
    fputs("local file = param(\"file\", ", out);
    cli_import_put_string(import->name, out);
    fputs(", \"beside this scenario, or a path\")\n", out);
    put_cluster(import, out);
    put_comment(out, "A job may wait for as long as it takes; without this it fails after 30 days.");
    fputs("settings { launch_deadline = \"4000d\" }\n", out);
    if (import->spans_more) {
        put_comment(out, "So that the run goes on until the last of them has ended, however long they wait.");
        fputs("limits { virtual = \"36500d\" }\n", out);
    }
    fputc('\n', out);
    if (import->is_swf)
        put_comment(out, "Each column of the trace may be named here: tasks = \"requested\", duration = \"requested_time\", priority = \"queue\"; "
                         "with preceding = true a job waits for the one that precedes it.");
    else
        put_comment(out, "Times are in seconds where no unit is given: { \"column\", unit = \"ms\" }.");
    cli_import_put_workload(import, "file", out);
    fputc('\n', out);
    put_comment(out, "What this story promises: every job ends well. Change: succeeds { within = \"1d\" }.");
    fputs("for _, j in ipairs(jobs) do\n    expect { j:succeeds() }\nend\n", out);
}

char *cli_import_text(const struct cli_import *import)
{
    size_t size = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    put_all(import, out);
    bool well = !ferror(out);
    well = fclose(out) == 0 && well;
    if (!well) {
        free(text);
        return NULL;
    }
    return text;
}
