/*
 * scenario.c -- where scenarios live: where the person says, in $MUSTER_SCENARIOS, or beside the
 * installed command.
 *
 * This room is for: paths of scenarios; the exit status of one that cannot be read; writing a new one.
 * It may include:   POSIX, cli.h, rundir.h for what a run looks like, scenario.h; of scn its errors.
 * Never here:       reading one, or what a new one says.
 */
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "rundir.h"
#include "scenario.h"
#include "scn/scn.h"

enum { DEPTH_MAX = 8 };

static bool join(char out[static PATH_MAX], const char *directory, const char *name)
{
    size_t end = strlen(directory);
    const char *slash = end > 0 && directory[end - 1] == '/' ? "" : "/";
    int length = snprintf(out, PATH_MAX, "%s%s%s", directory, slash, name);
    return length > 0 && length < PATH_MAX && access(out, R_OK) == 0;
}

bool cli_scenario_self(char out[static PATH_MAX])
{
#ifdef __APPLE__
    uint32_t size = PATH_MAX;
    if (_NSGetExecutablePath(out, &size) != 0)
        return false;
#else
    ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (length <= 0)
        return false;
    out[length] = '\0';
#endif
    return true;
}

static bool own_directory(char out[static PATH_MAX])
{
    if (!cli_scenario_self(out))
        return false;
    char *slash = strrchr(out, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

bool cli_scenario_home(char out[static PATH_MAX])
{
    const char *home = getenv("MUSTER_SCENARIOS");
    char here[PATH_MAX];
    if (home != NULL && home[0] != '\0')
        return join(out, home, "");
    /* Relative to the command, so that an installed tree may be moved. */
    return own_directory(here) && join(out, here, MUSTER_SCENARIOS_FROM_BIN);
}

bool cli_scenario_find(const char *given, char out[static PATH_MAX])
{
    static const char prefix[] = "scenarios/";
    char home[PATH_MAX];
    if (strlen(given) < PATH_MAX && access(given, R_OK) == 0) {
        memcpy(out, given, strlen(given) + 1);
        return true;
    }
    const char *name =
        strncmp(given, prefix, sizeof prefix - 1) == 0 ? given + sizeof prefix - 1 : given;
    if (name[0] != '/' && cli_scenario_home(home) && join(out, home, name))
        return true;
    snprintf(out, PATH_MAX, "%s", given);
    return false;
}

void cli_scenario_name(const char *path, char out[static NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path,
               *dot = strrchr(name, '.');
    int length = (int)(dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name));
    if (length > NAME_MAX - 64) /* room for the seed and the temporary's suffix */
        length = NAME_MAX - 64;
    snprintf(out, NAME_MAX + 1, "%.*s", length, name);
}

/* ---- all that came with muster */

static int is_listed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* By bytes, not by locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static void walk(const char *home, const char *below, unsigned depth, cli_scenario_fn *each, void *ctx)
{
    char path[PATH_MAX], name[PATH_MAX];
    struct dirent **entries = NULL;
    if (depth == DEPTH_MAX || snprintf(path, sizeof path, "%s/%s", home, below) >= PATH_MAX)
        return;
    int count = scandir(path, &entries, is_listed, by_name);
    for (int i = 0; i < count; i++) {
        bool fits = snprintf(name, sizeof name, "%s%s%s", below, below[0] != '\0' ? "/" : "",
                             entries[i]->d_name) < PATH_MAX &&
                    snprintf(path, sizeof path, "%s/%s", home, name) < PATH_MAX;
        free(entries[i]);
        if (fits && is_directory(path))
            walk(home, name, depth + 1, each, ctx);
        else if (fits && ends_in(name, ".lua"))
            each(ctx, name);
    }
    free(entries);
}

void cli_scenario_below(const char *directory, cli_scenario_fn *each, void *ctx) { walk(directory, "", 0, each, ctx); }

void cli_scenario_each(cli_scenario_fn *each, void *ctx)
{
    char home[PATH_MAX];
    if (cli_scenario_home(home))
        walk(home, "", 0, each, ctx);
}

/* ---- what else somebody may have meant */

struct guess {
    struct cli_nearest whole, last; /* of the whole name, and of what stands behind its last slash */
    char best[PATH_MAX];
};

/* A name given without its directory is near, too: it counts for nothing that the directory is missing. */
static void try_scenario(void *ctx, const char *name)
{
    struct guess *guess = ctx;
    const char *slash = strrchr(name, '/');
    unsigned before = guess->whole.distance;
    cli_nearest_try(&guess->last, slash != NULL ? slash + 1 : name);
    guess->whole.distance =
        guess->last.distance < before ? guess->last.distance : guess->whole.distance;
    cli_nearest_try(&guess->whole, name);
    if (guess->whole.distance < before)
        snprintf(guess->best, sizeof guess->best, "%s", name);
    guess->last.distance = guess->whole.distance;
}

static int no_scenario(const char *given)
{
    static const char prefix[] = "scenarios/";
    struct guess guess = {.best = ""};
    char home[PATH_MAX];
    guess.whole = cli_nearest_to(strncmp(given, prefix, sizeof prefix - 1) == 0
                                     ? given + sizeof prefix - 1
                                     : given);
    guess.last = guess.whole;
    cli_scenario_each(try_scenario, &guess);
    if (guess.best[0] != '\0')
        return cli_fail(CLI_INPUT, "there is no scenario '%s'; did you mean '%s'?", given, guess.best);
    if (cli_scenario_home(home))
        return cli_fail(CLI_INPUT,
                        "there is no scenario '%s', neither here nor in %s; to begin with one: %s new mine.lua",
                        given, home, cli_program());
    const char *wanted = getenv("MUSTER_SCENARIOS");
    return cli_fail(CLI_INPUT, "there is no file '%s', and %s%s; to begin with one: %s new mine.lua", given,
                    wanted != NULL && wanted[0] != '\0'
                        ? "MUSTER_SCENARIOS names a place that is not there: "
                        : "no scenarios beside this command; MUSTER_SCENARIOS may say where they are",
                    wanted != NULL ? wanted : "", cli_program());
}

static void keep_first(void *ctx, const char *name)
{
    char *first = ctx;
    if (first[0] == '\0')
        snprintf(first, PATH_MAX, "%s", name);
}

/* A directory is a run, or a room of scenarios, or neither. */
static int is_no_file(const char *given, const char *path)
{
    char history[PATH_MAX], first[PATH_MAX] = "";
    if (join(history, path, cli_file_name(CLI_FILE_HISTORY)))
        return cli_fail(CLI_INPUT, "%s is a run, not a scenario; to run it again: %s replay %s", given,
                        cli_program(), given);
    walk(path, "", DEPTH_MAX - 1, keep_first, first);
    if (first[0] != '\0')
        return cli_fail(CLI_INPUT, "%s is a directory; a scenario in it is %s/%s", given, given, first);
    return cli_fail(CLI_INPUT, "%s is a directory; a scenario is a file that ends in .lua", given);
}

static bool is_plain_file(const char *path) /* and no pipe that a shell has made */
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

int cli_scenario_locate(const char *given, char out[static PATH_MAX])
{
    if (given[0] == '\0')
        return cli_fail(CLI_USAGE, "the scenario's name is empty; to see one: %s run learn/01-mapreduce-vs-barrier.lua",
                        cli_program());
    bool found = cli_scenario_find(given, out);
    if (!found && access(given, F_OK) != 0)
        return no_scenario(given);
    if (is_directory(out))
        return is_no_file(given, out);
    if (ends_in(given, ".mst") || ends_in(given, ".ndjson"))
        return cli_fail(CLI_INPUT, "%s is a history, not a scenario; to judge it: %s judge %s", given,
                        cli_program(), given);
    if (is_plain_file(out) && !ends_in(given, ".lua"))
        return cli_fail(CLI_INPUT, "%s does not end in .lua, as scenarios do; if it is one, rename it to %s.lua", given,
                        given);
    return CLI_PASS;
}

/* ---- all that a name stands for */

struct gathering {
    const char *shown, *home;
    cli_scenario_file_fn *each;
    void *ctx;
    size_t count;
};

static void gather_one(void *ctx, const char *name)
{
    struct gathering *gathering = ctx;
    char shown[PATH_MAX], file[PATH_MAX];
    size_t end = strlen(gathering->shown);
    const char *slash = end > 0 && gathering->shown[end - 1] == '/' ? "" : "/";
    if (snprintf(shown, sizeof shown, "%s%s%s", gathering->shown, slash, name) >= PATH_MAX ||
        snprintf(file, sizeof file, "%s/%s", gathering->home, name) >= PATH_MAX)
        return;
    gathering->count++;
    gathering->each(gathering->ctx, shown, file);
}

static int gather_below(const char *shown, const char *home, cli_scenario_file_fn *each, void *ctx)
{
    struct gathering gathering = {.shown = shown, .home = home, .each = each, .ctx = ctx};
    cli_scenario_below(home, gather_one, &gathering);
    return gathering.count > 0 ? CLI_PASS
                               : cli_fail(CLI_INPUT, "there is no scenario below %s; a scenario is a file that ends in .lua", shown);
}

int cli_scenario_gather(const char *given, cli_scenario_file_fn *each, void *ctx)
{
    char path[PATH_MAX];
    struct stat info;
    if (given == NULL)
        return cli_scenario_home(path)
                   ? gather_below("scenarios", path, each, ctx)
                   : cli_fail(CLI_INPUT, "there are no scenarios beside this command; name some, or say with MUSTER_SCENARIOS where they are");
    if (given[0] != '\0' && cli_scenario_find(given, path) && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return gather_below(given, path, each, ctx);
    int status = cli_scenario_locate(given, path);
    if (status == CLI_PASS)
        each(ctx, given, path);
    return status;
}

int cli_scenario_status(const struct scn_err *err)
{
    return err->code == SCN_E_MEMORY ? CLI_MISSING : err->code == SCN_E_USAGE ? CLI_USAGE : CLI_INPUT;
}

int cli_scenario_failed(const struct scn_err *err)
{
    return cli_fail((enum cli_exit)cli_scenario_status(err), "%s", err->detail);
}

void cli_scenario_notes(const struct scn_info *info)
{
    size_t length;
    for (const char *line = info->notes; *line != '\0'; line += length + (line[length] == '\n')) {
        length = strcspn(line, "\n");
        cli_note("%.*s", (int)length, line);
    }
}

/* 'x' makes the file or fails. */
int cli_scenario_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "wx");
    if (file == NULL && errno == EEXIST)
        return cli_fail(CLI_OUTPUT, "%s is there already and is left alone; choose another name", path);
    if (file == NULL)
        return cli_fail(CLI_OUTPUT, "cannot write %s: %s", path, strerror(errno));
    bool well = fputs(text, file) >= 0;
    well = fclose(file) == 0 && well;
    if (well)
        return CLI_PASS;
    int error = errno;
    (void)remove(path); /* half a scenario is none */
    return cli_fail(CLI_OUTPUT, "%s could not be written: %s", path, strerror(error));
}
