/*
 * corelib.c -- finds, loads and checks a core that is a library of its own.
 *
 * This room is for: `--core FILE.so`. See corelib.h.
 * It may include:   <dlfcn.h>, cli.h, gang.h.
 */
#include "corelib.h"
#include "stop.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const struct gang_api *refuse(int *status, int code)
{
    *status = code;
    return NULL;
}

/* Functions and objects are different kinds of pointer in C; POSIX promises that this one survives the way. */
static const struct gang_api *table_of(void *library)
{
    const struct gang_api *(*api)(void);
    void *symbol = dlsym(library, "gang_api");
    if (symbol == NULL)
        return NULL;
    memcpy(&api, &symbol, sizeof api);
    return api();
}

const struct gang_api *cli_core(const char *path, int *status)
{
    char real[PATH_MAX];
    struct gang_err err = {0};
    *status = CLI_PASS;
    if (path == NULL)
        return gang_api();
    if (realpath(path, real) == NULL || access(real, R_OK) != 0)
        return refuse(status, cli_fail(CLI_INPUT, "--core %s: there is no such file", path));
    /* A path with a slash, so that it is not looked for among the system's libraries; bound at once, so that what it lacks
     * is seen now; to itself first, so that its functions call each other and not ours of the same name. */
    void *library = dlopen(real, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return refuse(status, cli_fail(CLI_INPUT, "--core %s: %s", path, dlerror()));
    const struct gang_api *api = table_of(library);
    if (api == NULL)
        return refuse(
            status, cli_fail(CLI_INPUT,
                             "--core %s: it has no gang_api(); build it as the target gang_core_so "
                             "does (-DGANG_CORE_SHARED)",
                             path));
    if (gang_api_check(api, &err) != GANG_OK)
        return refuse(status,
                      cli_fail(CLI_INPUT,
                               "--core %s: %s; build it with the gang/gang.h of this muster", path,
                               err.detail));
    cli_stop_foreign();
    return api;
}
