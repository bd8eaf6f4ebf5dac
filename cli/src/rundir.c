/*
 * rundir.c -- makes, fills and publishes the directory of a run.
 *
 * This room is for: the names of a run's files; temporary directories, renames, the `latest` link.
 * It may include:   POSIX file calls, cli.h, rundir.h.
 * Never here:       what is in the files.
 *
 * Invariants: at most one directory is open at a time; while it is, `open_path` names it, so that a
 * signal handler can remove it. Only names of CLI_FILE_MAP are ever removed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "rundir.h"

static const char *const file_names[] = {
#define X(name, text, doc) text,
    CLI_FILE_MAP(X)
#undef X
};
static const char *const file_docs[] = {
#define X(name, text, doc) doc,
    CLI_FILE_MAP(X)
#undef X
};

enum { COMMIT_ATTEMPTS = 100 };

static char open_path[PATH_MAX];

const char *cli_file_name(enum cli_file file) { return file_names[file]; }
const char *cli_file_doc(enum cli_file file) { return file_docs[file]; }

static bool is_ours(const char *name)
{
    for (unsigned i = 0; i < CLI_FILE_COUNT; i++)
        if (strcmp(name, file_names[i]) == 0)
            return true;
    return false;
}

/* Async-signal-safe: no stdio, no allocation. */
static void remove_run(const char *path)
{
    char file[PATH_MAX + 32];
    size_t length = strlen(path);
    memcpy(file, path, length);
    file[length] = '/';
    for (unsigned i = 0; i < CLI_FILE_COUNT; i++) {
        memcpy(file + length + 1, file_names[i], strlen(file_names[i]) + 1);
        (void)unlink(file);
    }
    (void)rmdir(path);
}

void cli_rundir_scrub(void)
{
    if (open_path[0] != '\0')
        remove_run(open_path);
}

static int cannot(const char *what, const char *path, int error)
{
    return cli_fail(CLI_OUTPUT, "cannot %s %s: %s", what, path, strerror(error));
}

/* 0 when `place` is free, or holds an older run or nothing, so that it may be replaced. */
static int check_replaceable(const char *place)
{
    struct stat info;
    if (lstat(place, &info) != 0)
        return errno == ENOENT ? CLI_PASS : cannot("look at", place, errno);
    if (!S_ISDIR(info.st_mode))
        return cli_fail(CLI_OUTPUT, "%s is in the way: it is not a directory", place);
    DIR *entries = opendir(place);
    if (entries == NULL)
        return cannot("read", place, errno);
    int status = CLI_PASS;
    for (struct dirent *entry; status == CLI_PASS && (entry = readdir(entries)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !is_ours(entry->d_name))
            status = cli_fail(CLI_OUTPUT,
                              "%s holds '%s', which muster did not write; it will not be replaced",
                              place, entry->d_name);
    closedir(entries);
    return status;
}

/* Makes the directories above `place`; *made is the length of the part that was there before (0:
 * all was there). */
static int make_parents(const char *place, size_t *made)
{
    char path[PATH_MAX];
    *made = 0;
    for (const char *slash = strchr(place + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - place);
        memcpy(path, place, length);
        path[length] = '\0';
        if (mkdir(path, 0777) == 0) {
            if (*made == 0)
                *made = length;
        } else if (errno != EEXIST) {
            return cli_fail(CLI_OUTPUT, "cannot make the directory %s: %s; name another place", path,
                            strerror(errno));
        }
    }
    return CLI_PASS;
}

/* Takes back the parents that make_parents() made, as far as they are empty. */
static void unmake_parents(const char *place, size_t made)
{
    char path[PATH_MAX];
    memcpy(path, place, strlen(place) + 1);
    for (char *slash;
         made != 0 && (slash = strrchr(path, '/')) != NULL && (size_t)(slash - path) >= made;) {
        *slash = '\0';
        if (rmdir(path) != 0)
            return;
    }
}

/* "a/b/" -> "a/b", and beside it "a/.b.<suffix>-<pid>". */
static bool name_beside(const char *place, const char *suffix, char out[static PATH_MAX])
{
    const char *slash = strrchr(place, '/');
    int head = slash != NULL ? (int)(slash + 1 - place) : 0;
    int length = snprintf(out, PATH_MAX, "%.*s.%s.%s-%ld", head, place, place + head, suffix,
                          (long)getpid());
    return length > 0 && length < PATH_MAX;
}

int cli_rundir_open(struct cli_rundir *dir, const char *place, bool replace)
{
    memset(dir, 0, sizeof *dir);
    size_t length = strlen(place);
    while (length > 1 && place[length - 1] == '/')
        length--;
    if (length == 0 || length >= PATH_MAX - 64)
        return cli_fail(CLI_USAGE, "the output directory's name has %zu bytes, must be 1..%d",
                        length, PATH_MAX - 65);
    memcpy(dir->place, place, length);
    if (!name_beside(dir->place, "partial", dir->temporary))
        return cli_fail(CLI_USAGE, "the output directory's name is too long");
    int status =
        replace ? check_replaceable(dir->place) : CLI_PASS; /* before hours of work, not after */
    if (status == CLI_PASS)
        status = make_parents(dir->place, &dir->made);
    if (status == CLI_PASS) {
        remove_run(dir->temporary); /* of a process that had our number and was killed */
        if (mkdir(dir->temporary, 0777) != 0)
            status = cli_fail(CLI_OUTPUT, "cannot make the directory %s: %s; name another place",
                              dir->place, strerror(errno));
    }
    if (status != CLI_PASS) {
        unmake_parents(dir->place, dir->made);
        dir->temporary[0] = '\0';
        return status;
    }
    memcpy(open_path, dir->temporary, sizeof open_path);
    return CLI_PASS;
}

void cli_rundir_path(const struct cli_rundir *dir, enum cli_file file, char out[static PATH_MAX])
{
    size_t length = strlen(dir->temporary); /* open() left room for the longest of our names */
    memcpy(out, dir->temporary, length);
    out[length] = '/';
    memcpy(out + length + 1, file_names[file], strlen(file_names[file]) + 1);
}

int cli_rundir_write(const struct cli_rundir *dir, enum cli_file file, cli_fill_fn *fill, void *ctx)
{
    char path[PATH_MAX];
    cli_rundir_path(dir, file, path);
    FILE *out = fopen(path, "w");
    if (out == NULL)
        return cannot("write", path, errno);
    int status = fill(ctx, out);
    if (fclose(out) != 0 && status == CLI_PASS)
        status = cannot("write", path, errno);
    return status;
}

static void close_dir(struct cli_rundir *dir)
{
    open_path[0] = '\0';
    dir->temporary[0] = '\0';
}

void cli_rundir_abandon(struct cli_rundir *dir)
{
    if (dir->temporary[0] == '\0')
        return;
    remove_run(dir->temporary);
    unmake_parents(dir->place, dir->made);
    close_dir(dir);
}

/* rename() replaces only empty directories, so an older run steps aside first, and back if anything
 * fails. */
static int replace(const char *fresh, const char *place, const char *old)
{
    int error = ENOTEMPTY;
    /* Another run may put itself there in between: then it is the older one. */
    for (int attempt = 0; attempt < COMMIT_ATTEMPTS && (error == ENOTEMPTY || error == EEXIST);
         attempt++) {
        bool aside = rename(place, old) == 0;
        bool done = rename(fresh, place) == 0;
        error = done ? 0 : errno;
        if (aside && (done || rename(old, place) != 0))
            remove_run(old);
    }
    return error;
}

int cli_rundir_commit(struct cli_rundir *dir)
{
    char old[PATH_MAX];
    int status = check_replaceable(dir->place);
    if (status != CLI_PASS)
        return status;
    if (!name_beside(dir->place, "old", old))
        return cli_fail(CLI_OUTPUT, "the output directory's name is too long");
    int error = replace(dir->temporary, dir->place, old);
    if (error != 0)
        return cannot("make", dir->place, error);
    close_dir(dir);
    return CLI_PASS;
}

int cli_rundir_merge(struct cli_rundir *dir)
{
    if (mkdir(dir->place, 0777) != 0 && errno != EEXIST)
        return cannot("make the directory", dir->place, errno);
    for (unsigned i = 0; i < CLI_FILE_COUNT; i++) {
        char from[PATH_MAX], to[PATH_MAX + 32];
        cli_rundir_path(dir, (enum cli_file)i, from);
        snprintf(to, sizeof to, "%s/%s", dir->place, file_names[i]);
        if (rename(from, to) != 0 && errno != ENOENT)
            return cannot("write", to, errno);
    }
    (void)rmdir(dir->temporary);
    close_dir(dir);
    return CLI_PASS;
}

void cli_rundir_latest(const struct cli_rundir *dir)
{
    const char *slash = strrchr(dir->place, '/');
    int head = slash != NULL ? (int)(slash + 1 - dir->place) : 0;
    char link[PATH_MAX + 32], fresh[PATH_MAX + 64];
    snprintf(link, sizeof link, "%.*slatest", head, dir->place);
    snprintf(fresh, sizeof fresh, "%.*s.latest-%ld", head, dir->place, (long)getpid());
    (void)unlink(fresh);
    if (symlink(dir->place + head, fresh) != 0 || rename(fresh, link) != 0) {
        cli_note("%s could not be made to point to the run: %s", link, strerror(errno));
        (void)unlink(fresh);
    }
}

int cli_rundir_temporary(const char *word, char path[static PATH_MAX])
{
    const char *place = getenv("TMPDIR");
    place = place != NULL && place[0] != '\0' ? place : "/tmp";
    if (snprintf(path, PATH_MAX, "%s/muster-%s-XXXXXX", place, word) < PATH_MAX)
        return mkstemp(path);
    errno = ENAMETOOLONG;
    return -1;
}
