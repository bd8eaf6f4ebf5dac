/*
 * draw.c -- all pictures of a run: which there are, their programs, and one gnuplot for all of them.
 *
 * This room is for: running gnuplot.
 * It may include:   the C library, POSIX processes, plan and trace (as data).
 * Never here:       a shell: gnuplot gets its arguments as they are.
 *
 * Most of the time that a small picture takes is gnuplot's start, so one process draws all of them.
 */
#define _POSIX_C_SOURCE 200809L
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sheet.h"

enum { PICTURES = 4 };
static const struct {
    enum rep_picture bit;
    const char *name;
    rep_picture_fn *write;
} pictures[PICTURES] = {
#define X(NAME, number, name, doc) {REP_PICTURE_##NAME, #name, rep_picture_##name},
    REP_PICTURE_MAP(X)
#undef X
};

/* ---- running */

extern char **environ;

static enum rep_status missing(struct rep_err *err)
{
    return rep_fail(err, REP_E_MISSING,
                    "gnuplot is not installed: its programs were written, but no picture");
}

static enum rep_status wait_for(pid_t child, struct rep_err *err)
{
    int how = 0;
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR)
            return rep_fail(err, REP_E_IO, "cannot wait for gnuplot: %s", strerror(errno));
    errno = 0;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 127)
        return missing(err);
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return rep_fail(err, REP_E_FAILED,
                        "gnuplot failed: its programs were written, but no picture");
    return REP_OK;
}

static enum rep_status run_gnuplot(char *const argv[], struct rep_err *err)
{
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0)
        return rep_fail(err, REP_E_MEMORY, "cannot prepare to run gnuplot: %s", strerror(failed));
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    failed = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = failed;
    if (failed == ENOENT || failed == EACCES || failed == ENOTDIR)
        return missing(err);
    if (failed != 0)
        return rep_fail(err, REP_E_IO, "cannot run gnuplot: %s", strerror(failed));
    return wait_for(child, err);
}

/* ---- all of them */

/* argv for `written`; the paths are in one block behind it. Those that get pixels, too, come first:
 * what a variable says holds for all programs after it. */
static char **make_argv(const char *dir, unsigned written, unsigned pixels, struct rep_err *err)
{
    enum { NAME_BYTES = 24 };
    size_t path_bytes = strlen(dir) + NAME_BYTES, head = (PICTURES + 5) * sizeof(char *);
    char **argv = rep_alloc(head + PICTURES * path_bytes, 1, err), *path;
    if (argv == NULL)
        return NULL;
    path = (char *)argv + head;
    size_t count = 0;
    argv[count++] = "gnuplot";
    argv[count++] = "-d";
    for (unsigned round = 0; round < 2; round++) {
        unsigned now = round == 0 ? written & pixels : written & ~pixels;
        if (round == 1 && now != 0) {
            argv[count++] = "-e";
            argv[count++] = "svg_only = 1";
        }
        for (unsigned i = 0; i < PICTURES; i++) {
            if ((now & pictures[i].bit) == 0)
                continue;
            snprintf(path, path_bytes, "%s/%s.gp", dir, pictures[i].name);
            argv[count++] = path;
            path += path_bytes;
        }
    }
    return argv;
}

/* What a gnuplot that failed has left is no picture. */
static void remove_pictures(char *const argv[])
{
    static const char *const ends[] = {"svg", "png"};
    for (size_t i = 2; argv[i] != NULL; i++) {
        size_t length = strlen(argv[i]);
        if (length < 3 || strcmp(argv[i] + length - 3, ".gp") != 0)
            continue;
        for (size_t end = 0; end < 2; end++) {
            memcpy(argv[i] + length - 2, ends[end], 4); /* make_argv() left room for it */
            (void)unlink(argv[i]);
        }
    }
}

static enum rep_status draw(const char *dir, unsigned written, unsigned pixels, struct rep_err *err)
{
    char **argv = make_argv(dir, written, pixels, err);
    if (argv == NULL)
        return REP_E_MEMORY;
    enum rep_status status = run_gnuplot(argv, err);
    if (status != REP_OK)
        remove_pictures(argv);
    free(argv);
    return status;
}

static enum rep_status write_all(const struct rep_scene *scene, const char *dir, unsigned wanted,
                                 unsigned *written, struct rep_err *err)
{
    enum rep_status status = REP_OK;
    for (unsigned i = 0; i < PICTURES && status == REP_OK; i++) {
        struct rep_sheet sheet = {.scene = scene, .dir = dir, .name = pictures[i].name};
        if ((wanted & pictures[i].bit) == 0)
            continue;
        status = pictures[i].write(&sheet, err);
        rep_sheet_abandon(&sheet);
        *written |= sheet.written ? (unsigned)pictures[i].bit : 0;
    }
    return status;
}

/* gnuplot would take a leading '-' for an option. */
static char *safe_dir(const char *dir, struct rep_err *err)
{
    size_t size = strlen(dir) + 3;
    char *safe = rep_alloc(size, 1, err);
    if (safe != NULL)
        snprintf(safe, size, "%s%s", dir[0] == '-' ? "./" : "", dir);
    return safe;
}

enum rep_status rep_draw(const struct rep_run *run, const char *dir, unsigned wanted,
                         unsigned pixels, unsigned *drawn, struct rep_err *err)
{
    struct rep_scene scene;
    unsigned written = 0;
    rep_begin(err);
    *drawn = 0;
    char *safe = safe_dir(dir, err);
    enum rep_status status = safe != NULL ? rep_scene_build(run, &scene, err) : REP_E_MEMORY;
    if (status == REP_OK) {
        status = write_all(&scene, safe, wanted, &written, err);
        rep_scene_free(&scene);
    }
    if (status == REP_OK && written != 0)
        status = draw(safe, written, pixels, err);
    if (status == REP_OK)
        *drawn = written;
    free(safe);
    return status;
}

enum rep_status rep_timeline_plot(const struct rep_run *run, const char *dir, struct rep_err *err)
{
    unsigned drawn;
    return rep_draw(run, dir, REP_PICTURE_TIMELINE, REP_PICTURE_TIMELINE, &drawn, err);
}
