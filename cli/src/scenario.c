/*
 * scenario.c -- where scenarios live: where the person says, in $MUSTER_SCENARIOS, or beside the
 * installed command.
 *
 * This room is for: paths of scenarios.
 * It may include:   POSIX, scenario.h.
 * Never here:       reading one.
 */
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

static bool join(char out[static PATH_MAX], const char *directory, const char *name)
{
    int length = snprintf(out, PATH_MAX, "%s/%s", directory, name);
    return length > 0 && length < PATH_MAX && access(out, R_OK) == 0;
}

static bool own_directory(char out[static PATH_MAX])
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
