/*
 * import.c -- `muster import`: a scenario to begin with, made for a table of jobs.
 *
 * This room is for: the command line, where the scenario goes, and how it is run then.
 * It may include:   POSIX, cli.h, import.h, history.h for a command line.
 * Never here:       what the table says (import_survey.c) and what the scenario says (import_text.c).
 *
 * A scenario reads what lies beside it, or what a parameter names with a path: so the scenario goes beside the table unless the person
 * wants it elsewhere, and then the command that runs it has the parameter.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "history.h"
#include "import.h"
#include "scenario.h"

enum { OPT_OUTPUT = CLI_IMPORT_COLUMNS };
const struct cli_option cli_import_options[] = {
    [CLI_IMPORT_JOB] = {"job", "COLUMN", "the column of the jobs' names", 0},
    [CLI_IMPORT_SUBMIT] = {"submit", "COLUMN", "the column of when they come", 0},
    [CLI_IMPORT_TASKS] = {"tasks", "COLUMN", "the column of how many tasks one has, of a core each", 0},
    [CLI_IMPORT_GPUS] = {"gpus", "COLUMN", "instead of tasks: of a core and a GPU each", 0},
    [CLI_IMPORT_DURATION] = {"duration", "COLUMN", "the column of how long one runs", 0},
    [CLI_IMPORT_PRIORITY] = {"priority", "COLUMN", "the column of its priority", 0},
    [OPT_OUTPUT] = {"output", "OUT.lua", "where to write the scenario (default: beside FILE)", 'o'},
    {0},
};

/* ---- where things are */

static bool ends_in_lua(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".lua") == 0;
}

/* "traces/x.swf" -> "traces/x.lua" */
static int name_output(struct cli_import *import, const char *given)
{
    const char *dot = strrchr(import->name, '.');
    size_t stem = dot != NULL && dot != import->name ? (size_t)(dot - import->path) : strlen(import->path);
    int length = given != NULL ? snprintf(import->out, sizeof import->out, "%s", given)
                               : snprintf(import->out, sizeof import->out, "%.*s.lua", (int)stem, import->path);
    if (length < 0 || (size_t)length >= sizeof import->out)
        return cli_fail(CLI_USAGE, "import: the name of the scenario has more than %d bytes; say a shorter one with -o", PATH_MAX - 1);
    if (!ends_in_lua(import->out))
        return cli_fail(CLI_USAGE, "import: '%s' must end in .lua; try: -o %s.lua", import->out, import->out);
    return CLI_PASS;
}

static void folder_of(const char *path, char out[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);
    snprintf(out, PATH_MAX, "%.*s", length > 0 ? length : 1, length > 0 ? path : ".");
}

static bool lies_beside(const struct cli_import *import)
{
    char table[PATH_MAX], scenario[PATH_MAX];
    struct stat a, b;
    folder_of(import->path, table);
    folder_of(import->out, scenario);
    return stat(table, &a) == 0 && stat(scenario, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int is_there(const char *path)
{
    return cli_fail(CLI_OUTPUT, "%s is there already and is left alone; choose another name with -o", path);
}

/* ---- the command */

static int tell(const struct cli_import *import)
{
    char param[PATH_MAX + 16];
    const char *words[3] = {import->out, "--param", param};
    bool beside = lies_beside(import);
    snprintf(param, sizeof param, "file=%s%s", strchr(import->path, '/') == NULL ? "./" : "", import->path);
    char *command = cli_command_line("run", words, beside ? 1 : 3);
    if (command == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    for (char *c = command; *c != '\0'; c++) /* a name may hold anything, a terminal may not be told it */
        *c = (unsigned char)*c < ' ' || *c == 127 ? '?' : *c;
    printf("%llu job%s; the scenario is written, and its comments say what was found, what was left out and what to change. To run it:\n\n  %s\n",
           (unsigned long long)import->jobs, import->jobs == 1 ? "" : "s", command);
    free(command);
    cli_scenario_notes(&import->info);
    return CLI_PASS;
}

/* What is written loads: so it is loaded before anybody has it. */
static int check(const struct cli_import *import, const char *text)
{
    struct scn_err err = {0};
    struct plan *plan = scn_load_text(import->path, text, NULL, 0, NULL, NULL, &err);
    if (plan == NULL && err.code == SCN_E_MEMORY)
        return cli_scenario_failed(&err);
    if (plan == NULL)
        return cli_fail(CLI_BUG, "import: the scenario that was made of %s does not load: %s", import->path, err.detail);
    plan_free(plan);
    return CLI_PASS;
}

static int import_table(struct cli_import *import, const char *out)
{
    struct stat info;
    int status = name_output(import, out);
    if (status == CLI_PASS && lstat(import->out, &info) == 0) /* before a large table is read in vain */
        status = is_there(import->out);
    if (status == CLI_PASS)
        status = cli_import_guess(import);
    if (status == CLI_PASS)
        status = cli_import_survey(import);
    if (status != CLI_PASS)
        return status;
    char *text = cli_import_text(import);
    if (text == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    status = check(import, text);
    if (status == CLI_PASS)
        status = cli_scenario_write(import->out, text);
    free(text);
    return status == CLI_PASS ? tell(import) : status;
}

static void usual_columns(struct cli_import *import)
{
    static const char *const usual[CLI_IMPORT_COLUMNS] = {[CLI_IMPORT_TASKS] = "allocated", [CLI_IMPORT_DURATION] = "run"};
    for (unsigned i = 0; i < CLI_IMPORT_COLUMNS; i++) {
        bool has_gpus = i == CLI_IMPORT_TASKS && import->column[CLI_IMPORT_GPUS].name[0] != '\0';
        if (import->is_swf && usual[i] != NULL && import->column[i].name[0] == '\0' && !has_gpus)
            snprintf(import->column[i].name, sizeof import->column[i].name, "%s", usual[i]);
    }
}

static int set_column(struct cli_import *import, int option, const char *name)
{
    struct cli_import_column *column = &import->column[option];
    if (name[0] == '\0' || strlen(name) >= sizeof column->name)
        return cli_fail(CLI_USAGE, "import: --%s has %zu bytes, must have 1..%zu: the name of a column", cli_import_options[option].name,
                        strlen(name), sizeof column->name - 1);
    memcpy(column->name, name, strlen(name) + 1);
    return CLI_PASS;
}

static int set_table(struct cli_import *import, const char *format, const char *path)
{
    static const char *const formats[] = {"csv", "swf"};
    struct cli_nearest nearest = cli_nearest_to(format);
    char hint[96];
    for (unsigned i = 0; i < 2; i++) {
        if (strcmp(format, formats[i]) == 0) {
            import->is_swf = i == 1;
            int length = snprintf(import->path, sizeof import->path, "%s", path);
            if (length < 1 || (size_t)length >= sizeof import->path)
                return cli_fail(CLI_USAGE, "import: the file's name has %zu bytes, must have 1..%d", strlen(path), PATH_MAX - 1);
            const char *slash = strrchr(import->path, '/');
            import->name = slash != NULL ? slash + 1 : import->path;
            struct stat info;
            return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? cli_fail(CLI_INPUT, "import: %s is a directory; name a file in it", path)
                                                                   : CLI_PASS;
        }
        cli_nearest_try(&nearest, formats[i]);
    }
    return cli_fail(CLI_USAGE, "import: no format '%s'%s; there are swf and csv", format, cli_nearest_hint(&nearest, hint, sizeof hint));
}

int cli_import(const struct cli_command *command, int argc, char **argv)
{
    static struct cli_import import;
    struct cli_parser parser;
    const char *out = NULL;
    int option, status = CLI_PASS;
    cli_options(&parser, command, argc, argv);
    while ((option = cli_next(&parser)) >= 0 && status == CLI_PASS)
        if (option == OPT_OUTPUT)
            out = parser.value;
        else
            status = set_column(&import, option, parser.value);
    if (status != CLI_PASS)
        return status;
    if (option != CLI_LAST)
        return parser.status;
    status = cli_operands(&parser, 2, 2);
    if (status == CLI_PASS)
        status = set_table(&import, argv[parser.first], argv[parser.first + 1]);
    usual_columns(&import);
    return status == CLI_PASS ? import_table(&import, out) : status;
}
