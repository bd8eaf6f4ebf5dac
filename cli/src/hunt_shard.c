/*
 * hunt_shard.c -- which part of a campaign this process is to do, as whoever started it says.
 *
 * This room is for: --shard, and the variables of the engines that start many processes.
 * It may include:   the C library, cli.h, hunt.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "hunt.h"

/* Who sets which: the number of this process, the count of all, and from where and by what numbers count. */
static const struct engine {
    const char *name, *number, *count, *from, *step;
} engines[] = {
    {"Slurm array", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"},
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", NULL, NULL},
    {"MPI (PMI)", "PMI_RANK", "PMI_SIZE", NULL, NULL},
    {"Slurm step", "SLURM_PROCID", "SLURM_NTASKS", NULL, NULL},
    {"Kubernetes indexed job", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", NULL, NULL},
};

static bool number_of(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

static int from_environment(uint64_t *shard, uint64_t *shards)
{
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
        const struct engine *engine = &engines[i];
        const char *number = getenv(engine->number), *count = getenv(engine->count);
        uint64_t from = 0, step = 1;
        if (number == NULL)
            continue;
        if (count == NULL)
            return cli_fail(CLI_USAGE, "hunt: --shard auto: %s has set %s, but not %s, so it is not known of how many; set it",
                            engine->name, engine->number, engine->count);
        if (engine->from != NULL && getenv(engine->from) != NULL && !number_of(getenv(engine->from), &from))
            return cli_fail(CLI_USAGE, "hunt: --shard auto: %s is '%s', must be a number", engine->from, getenv(engine->from));
        if (engine->step != NULL && getenv(engine->step) != NULL && (!number_of(getenv(engine->step), &step) || step == 0))
            return cli_fail(CLI_USAGE, "hunt: --shard auto: %s is '%s', must be a number", engine->step, getenv(engine->step));
        if (!number_of(number, shard) || !number_of(count, shards) || *shard < from || (*shard - from) % step != 0 ||
            (*shard - from) / step >= *shards)
            return cli_fail(CLI_USAGE, "hunt: --shard auto: %s is '%s' of %s '%s', must be a number below the other, counted without gaps; or say --shard K/N", engine->number,
                            number, engine->count, count);
        *shard = (*shard - from) / step;
        return CLI_PASS;
    }
    return cli_fail(CLI_USAGE, "hunt: --shard auto: neither Slurm, MPI nor a Kubernetes indexed job has said which part this is; "
                               "say --shard K/N");
}

int cli_hunt_shard(const char *text, uint64_t *shard, uint64_t *shards)
{
    char number[32];
    const char *slash = strchr(text, '/');
    int status = CLI_PASS;
    if (strcmp(text, "auto") == 0)
        status = from_environment(shard, shards);
    else {
        snprintf(number, sizeof number, "%.*s", slash != NULL ? (int)(slash - text) : 0, text);
        if (slash == NULL || !number_of(number, shard) || !number_of(slash + 1, shards) || *shard < 1 || *shard > *shards)
            return cli_fail(CLI_USAGE, "hunt: --shard is '%s', must be K/N with 1 <= K <= N, or auto", text);
        --*shard;
    }
    if (status == CLI_PASS && *shards > CLI_HUNT_LANES)
        return cli_fail(CLI_USAGE, "hunt: --shard: %" PRIu64 " parts, must be at most %d, for so many lanes has a campaign",
                        *shards, CLI_HUNT_LANES);
    return status;
}
