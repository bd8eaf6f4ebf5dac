/*
 * hunt_book.c -- the table of a campaign's runs, in an SQLite file.
 *
 * This room is for: the file's form, and what happens when it is full, broken, or of another campaign.
 * It may include:   SQLite, hunt.h.
 * Never here:       what a run is.
 *
 * The file belongs to one process. Chunks are written a transaction each few of them; a chunk is there with the state that its lane
 * has after it, or not at all, so whoever goes on after a crash repeats at most what was not kept.
 */
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "hunt.h"

enum { FORMAT = 2, CAMPAIGN_MAX = 4096 };

struct cli_hunt_book {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *run, *lane;
    bool begun;
};

static const char schema[] =
    "CREATE TABLE campaign(format INTEGER, what TEXT, seeds_first INTEGER, seeds_last INTEGER);"
    "CREATE TABLE scenario(id INTEGER PRIMARY KEY, name TEXT, plan TEXT);"
    "CREATE TABLE run(scenario INTEGER, seed INTEGER, lane INTEGER, verdict TEXT, status INTEGER, rule TEXT, sentence TEXT,"
    " fingerprint INTEGER, chain INTEGER, virtual_ns INTEGER, events INTEGER, records INTEGER, novel INTEGER, unseen INTEGER,"
    " variant BLOB, oracle TEXT, PRIMARY KEY(scenario, seed)) WITHOUT ROWID;"
    "CREATE TABLE lane(scenario INTEGER, lane INTEGER, done INTEGER, state BLOB, PRIMARY KEY(scenario, lane)) WITHOUT ROWID;"
    "CREATE VIEW failure AS SELECT s.name AS scenario, rule, oracle, count(*) AS runs, min(events) AS events, sentence, r.fingerprint"
    " FROM run r JOIN scenario s ON s.id = r.scenario WHERE verdict = 'fail' GROUP BY r.scenario, r.fingerprint"
    " ORDER BY runs DESC;";

static const char *const verdicts[] = {[CONF_PASS] = "pass", [CONF_FAIL] = "fail", [CONF_UNKNOWN] = "unknown"};

/* ---- what goes wrong */
static int failed(const struct cli_hunt_book *book, const char *doing)
{
    int code = sqlite3_errcode(book->db);
    const char *remedy = code == SQLITE_FULL                           ? "; make room, and go on with --db"
                         : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? "; take another file, or a copy of it"
                         : code == SQLITE_BUSY || code == SQLITE_CONSTRAINT ? "; another process is at it"
                                                                       : "";
    bool input = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_BUSY || code == SQLITE_CONSTRAINT;
    return cli_fail(input ? CLI_INPUT : CLI_OUTPUT, "%s: %s: %s%s", book->path, doing, sqlite3_errmsg(book->db), remedy);
}

static int execute(const struct cli_hunt_book *book, const char *sql)
{
    return sqlite3_exec(book->db, sql, NULL, NULL, NULL) == SQLITE_OK ? CLI_PASS : failed(book, "it cannot be written");
}

/* The next row: true; else *status says whether that was all. A value that should be text and is none ends it, too. */
static bool next_row(const struct cli_hunt_book *book, sqlite3_stmt *row, int *status)
{
    if (*status != CLI_PASS)
        return false;
    int code = sqlite3_step(row);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        *status = failed(book, "it cannot be read");
    return code == SQLITE_ROW;
}

static const char *text_at(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text != NULL ? text : "";
}

static int prepare(const struct cli_hunt_book *book, const char *sql, sqlite3_stmt **out)
{
    return sqlite3_prepare_v2(book->db, sql, -1, out, NULL) == SQLITE_OK ? CLI_PASS : failed(book, "it cannot be read");
}

/* ---- the campaign: what must be the same for its rows to be */
static uint64_t sum_of(const char *text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return sum;
}

static void describe(const struct cli_hunt *hunt, char *out, size_t size)
{
    char core[32] = "built-in";
    if (hunt->core != NULL) /* wherever it lies */
        snprintf(core, sizeof core, "%016" PRIx64, hunt->core_sum);
    snprintf(out, size, "%s core=%s policy=%s swarm=%d faults=%" PRIu64 " events=%" PRIu64 " lanes=%d", MUSTER_VERSION, core, hunt->scenario_count > 0 ? hunt->scenarios[0].policy_text : "",
             hunt->swarm, hunt->faults, hunt->events, CLI_HUNT_LANES);
    if (hunt->target != NULL) /* with its sum, for it may be longer than there is room */
        snprintf(out + strlen(out), size - strlen(out), " target=%016" PRIx64 " %.2000s", sum_of(hunt->target), hunt->target);
}

static int write_campaign(struct cli_hunt *hunt, const struct cli_hunt_book *book)
{
    sqlite3_stmt *row = NULL;
    char what[CAMPAIGN_MAX];
    int status = execute(book, schema);
    describe(hunt, what, sizeof what);
    if (status == CLI_PASS)
        status = prepare(book, "INSERT INTO campaign VALUES(?, ?, ?, ?)", &row);
    if (status != CLI_PASS)
        return status;
    sqlite3_bind_int(row, 1, FORMAT);
    sqlite3_bind_text(row, 2, what, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 3, (sqlite3_int64)hunt->first);
    sqlite3_bind_int64(row, 4, (sqlite3_int64)hunt->last);
    status = sqlite3_step(row) == SQLITE_DONE ? CLI_PASS : failed(book, "it cannot be written");
    sqlite3_finalize(row);
    for (size_t i = 0; i < hunt->scenario_count && status == CLI_PASS; i++) {
        if ((status = prepare(book, "INSERT INTO scenario VALUES(?, ?, ?)", &row)) != CLI_PASS)
            break;
        sqlite3_bind_int(row, 1, (int)i);
        sqlite3_bind_text(row, 2, hunt->scenarios[i].name, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 3, hunt->scenarios[i].plan_text, -1, SQLITE_STATIC);
        status = sqlite3_step(row) == SQLITE_DONE ? CLI_PASS : failed(book, "it cannot be written");
        sqlite3_finalize(row);
    }
    return status;
}

/* Text of one value; the caller frees it. NULL: there is none. */
static char *text_of(const struct cli_hunt_book *book, const char *sql)
{
    sqlite3_stmt *row = NULL;
    char *copy = NULL;
    if (sqlite3_prepare_v2(book->db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW &&
        sqlite3_column_text(row, 0) != NULL)
        copy = strdup((const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    return copy;
}

static int check_scenarios(const struct cli_hunt *hunt, const struct cli_hunt_book *book)
{
    sqlite3_stmt *row = NULL;
    int status = prepare(book, "SELECT name, plan FROM scenario ORDER BY id", &row);
    size_t i = 0;
    for (; next_row(book, row, &status); i++) {
        const char *name = text_at(row, 0), *plan = text_at(row, 1);
        if (i >= hunt->scenario_count || strcmp(name, hunt->scenarios[i].name) != 0 ||
            strcmp(plan, hunt->scenarios[i].plan_text) != 0)
            status = cli_fail(CLI_INPUT, "%s: it is of scenario '%s', which is not the same any more, or not asked for; take another --db",
                              book->path, name);
    }
    sqlite3_finalize(row);
    if (status == CLI_PASS && i != hunt->scenario_count)
        status = cli_fail(CLI_INPUT, "%s: it is of %zu scenarios, must be %zu; take another --db", book->path, i,
                          hunt->scenario_count);
    return status;
}

static int check_campaign(const struct cli_hunt *hunt, const struct cli_hunt_book *book)
{
    char what[CAMPAIGN_MAX];
    describe(hunt, what, sizeof what);
    char *was = text_of(book, "SELECT what FROM campaign"), *first = text_of(book, "SELECT seeds_first FROM campaign"),
         *format = text_of(book, "SELECT format FROM campaign");
    int status = CLI_PASS;
    if (was == NULL || first == NULL || format == NULL)
        status = cli_fail(CLI_INPUT, "%s: it is no hunt's file; take another --db", book->path);
    else if (strtol(format, NULL, 10) != FORMAT)
        status = cli_fail(CLI_INPUT, "%s: its form is %s, must be %d: another muster made it, whose variants are others; take another --db",
                          book->path, format, FORMAT);
    else if (strcmp(was, what) != 0)
        status = cli_fail(CLI_INPUT, "%s: it is of another campaign: %s; this one is: %s", book->path, was, what);
    else if ((uint64_t)strtoll(first, NULL, 10) != hunt->first)
        status = cli_fail(CLI_INPUT, "%s: its seeds begin at %s, must be %" PRIu64 "; take another --db", book->path, first,
                          hunt->first);
    free(was);
    free(first);
    free(format);
    return status != CLI_PASS ? status : check_scenarios(hunt, book);
}

/* More seeds than before may be asked for. */
static int note_last(const struct cli_hunt *hunt, const struct cli_hunt_book *book)
{
    char sql[96];
    snprintf(sql, sizeof sql, "UPDATE campaign SET seeds_last = max(seeds_last, %" PRIu64 ")", hunt->last);
    return execute(book, sql);
}

/* ---- lanes, and what has been found so far */
static bool variant_is_right(const struct cli_hunt *hunt, const struct sim_swarm *swarm)
{
    return swarm->faults <= hunt->faults && swarm->order <= 2 && swarm->slack <= 31 && swarm->world >> SIM_SWARM_CHANGES == 0;
}

static bool lane_is_right(const struct cli_hunt *hunt, const struct cli_hunt_lane *lane, uint64_t done)
{
    if (lane->pool_count > CLI_HUNT_POOL || lane->pool_next >= CLI_HUNT_POOL || lane->done != done)
        return false;
    for (uint32_t i = 0; i < lane->pool_count; i++)
        if (!variant_is_right(hunt, &lane->pool[i]))
            return false;
    return true;
}

static int read_lanes(struct cli_hunt *hunt, const struct cli_hunt_book *book)
{
    sqlite3_stmt *row = NULL;
    int status = prepare(book, "SELECT scenario, lane, state, done FROM lane", &row);
    while (next_row(book, row, &status)) {
        uint32_t scenario = (uint32_t)sqlite3_column_int(row, 0), lane = (uint32_t)sqlite3_column_int(row, 1);
        if (scenario >= hunt->scenario_count || lane >= CLI_HUNT_LANES ||
            sqlite3_column_bytes(row, 2) != (int)sizeof(struct cli_hunt_lane))
            status = cli_fail(CLI_INPUT, "%s: lane %u of scenario %u is not in form; take another --db", book->path, lane, scenario);
        else {
            struct cli_hunt_lane *into = &hunt->scenarios[scenario].lanes[lane];
            memcpy(into, sqlite3_column_blob(row, 2), sizeof *into);
            if (!lane_is_right(hunt, into, (uint64_t)sqlite3_column_int64(row, 3)))
                status = cli_fail(CLI_INPUT, "%s: lane %u of scenario %u is damaged; take another --db", book->path, lane, scenario);
        }
    }
    sqlite3_finalize(row);
    return status;
}

int cli_hunt_book_count(struct cli_hunt *hunt)
{
    const struct cli_hunt_book *book = hunt->book;
    sqlite3_stmt *row = NULL;
    hunt->runs = hunt->failures = hunt->unknowns = 0;
    for (size_t i = 0; i < hunt->scenario_count; i++)
        hunt->scenarios[i].runs = hunt->scenarios[i].failed = hunt->scenarios[i].unknown = 0;
    int status = prepare(book,
                         "SELECT scenario, count(*), total(verdict = 'fail'), total(verdict = 'unknown') FROM run GROUP BY scenario",
                         &row);
    while (next_row(book, row, &status)) {
        uint32_t scenario = (uint32_t)sqlite3_column_int(row, 0);
        if (scenario >= hunt->scenario_count)
            continue;
        struct cli_hunt_scenario *s = &hunt->scenarios[scenario];
        s->runs = (uint64_t)sqlite3_column_int64(row, 1);
        s->failed = (uint64_t)sqlite3_column_double(row, 2);
        s->unknown = (uint64_t)sqlite3_column_double(row, 3);
        hunt->runs += s->runs;
        hunt->failures += s->failed;
        hunt->unknowns += s->unknown;
    }
    sqlite3_finalize(row);
    return status;
}

static int read_unseen(struct cli_hunt *hunt, const struct cli_hunt_book *book)
{
    sqlite3_stmt *row = NULL;
    int status = prepare(book, "SELECT scenario, unseen, status FROM run", &row);
    while (next_row(book, row, &status)) {
        int64_t scenario = sqlite3_column_int64(row, 0);
        if (scenario < 0 || (uint64_t)scenario >= hunt->scenario_count)
            continue;
        hunt->scenarios[scenario].unseen &= (uint64_t)sqlite3_column_int64(row, 1);
        hunt->status = cli_worse(hunt->status, sqlite3_column_int(row, 2));
    }
    sqlite3_finalize(row);
    return status;
}

/* ---- the file */
/* What a process that was killed has left would be taken for the new file's. */
static bool remove_journal(const char *path)
{
    char journal[PATH_MAX + 16];
    snprintf(journal, sizeof journal, "%s-journal", path);
    return remove(journal) == 0 || access(journal, F_OK) != 0;
}

static int open_file(struct cli_hunt_book *book, const char *path, bool fresh)
{
    if (fresh && ((remove(path) != 0 && access(path, F_OK) == 0) || !remove_journal(path)))
        return cli_fail(CLI_OUTPUT, "%s: it cannot be replaced", path);
    if (sqlite3_open(path, &book->db) != SQLITE_OK)
        return failed(book, "it cannot be opened");
    sqlite3_busy_timeout(book->db, 20000); /* somebody may be reading it */
    return execute(book, "PRAGMA synchronous = NORMAL");
}

static int prepare_writing(struct cli_hunt_book *book)
{
    int status = prepare(book, "INSERT INTO run VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &book->run);
    return status != CLI_PASS ? status : prepare(book, "INSERT OR REPLACE INTO lane VALUES(?, ?, ?, ?)", &book->lane);
}

static bool is_empty(const struct cli_hunt_book *book)
{
    char *tables = text_of(book, "SELECT count(*) FROM sqlite_master");
    bool empty = tables != NULL && strcmp(tables, "0") == 0;
    free(tables);
    return empty;
}

static int check_form(const struct cli_hunt_book *book)
{
    char *said = text_of(book, "PRAGMA quick_check(1)");
    int status = said != NULL && strcmp(said, "ok") == 0
                     ? CLI_PASS
                     : cli_fail(CLI_INPUT, "%s: it is damaged (%s); it was left as it is: take another --db", book->path,
                                said != NULL ? said : sqlite3_errmsg(book->db));
    free(said);
    return status;
}

int cli_hunt_book_open(struct cli_hunt *hunt, const char *path, bool go_on)
{
    struct cli_hunt_book *book = hunt->book = calloc(1, sizeof *book);
    if (book == NULL || (book->path = strdup(path)) == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    int status = open_file(book, path, !go_on);
    if (status == CLI_PASS && go_on)
        status = check_form(book);
    if (status != CLI_PASS)
        return status;
    if (is_empty(book)) {
        status = execute(book, "BEGIN");
        if (status == CLI_PASS)
            status = write_campaign(hunt, book);
        if (status == CLI_PASS)
            status = execute(book, "COMMIT");
    } else {
        status = check_campaign(hunt, book);
        if (status == CLI_PASS)
            status = note_last(hunt, book);
        if (status == CLI_PASS)
            status = read_lanes(hunt, book);
        if (status == CLI_PASS)
            status = cli_hunt_book_count(hunt);
        if (status == CLI_PASS)
            status = read_unseen(hunt, book);
    }
    return status == CLI_PASS ? prepare_writing(book) : status;
}

static int put_row(struct cli_hunt_book *book, uint32_t scenario, uint32_t lane, const struct cli_hunt_row *row)
{
    sqlite3_stmt *run = book->run;
    sqlite3_bind_int64(run, 1, scenario);
    sqlite3_bind_int64(run, 2, (sqlite3_int64)row->seed);
    sqlite3_bind_int64(run, 3, lane);
    sqlite3_bind_text(run, 4, verdicts[row->outcome], -1, SQLITE_STATIC);
    sqlite3_bind_int(run, 5, row->status);
    sqlite3_bind_text(run, 6, row->rule, -1, SQLITE_STATIC);
    sqlite3_bind_text(run, 7, row->sentence, -1, SQLITE_STATIC);
    sqlite3_bind_int64(run, 8, (sqlite3_int64)row->fingerprint);
    sqlite3_bind_int64(run, 9, (sqlite3_int64)row->chain);
    sqlite3_bind_int64(run, 10, row->virtual_ns);
    sqlite3_bind_int64(run, 11, (sqlite3_int64)row->events);
    sqlite3_bind_int64(run, 12, (sqlite3_int64)row->records);
    sqlite3_bind_int64(run, 13, row->novel);
    sqlite3_bind_int64(run, 14, (sqlite3_int64)row->unseen);
    sqlite3_bind_blob(run, 15, &row->swarm, sizeof row->swarm, SQLITE_STATIC);
    sqlite3_bind_text(run, 16, row->oracle < CONF_ORACLE_COUNT ? conf_oracle_text(row->oracle) : "", -1, SQLITE_STATIC);
    bool well = sqlite3_step(run) == SQLITE_DONE;
    int status = well ? CLI_PASS : failed(book, "a run cannot be written");
    sqlite3_reset(run);
    return status;
}

/* Of a chunk nothing remains; of those before it what the file could take: some failures take back the whole transaction. */
static int take_back(struct cli_hunt_book *book, int status)
{
    if (sqlite3_get_autocommit(book->db) == 0)
        (void)sqlite3_exec(book->db, "ROLLBACK TO chunk; RELEASE chunk", NULL, NULL, NULL);
    book->begun = sqlite3_get_autocommit(book->db) == 0;
    return status;
}

int cli_hunt_book_put(struct cli_hunt *hunt, uint32_t scenario, uint32_t lane, const struct cli_hunt_lane *state,
                      const struct cli_hunt_row *rows, uint32_t count)
{
    struct cli_hunt_book *book = hunt->book;
    int status = book->begun ? CLI_PASS : execute(book, "BEGIN");
    book->begun = status == CLI_PASS;
    if (status == CLI_PASS)
        status = execute(book, "SAVEPOINT chunk");
    for (uint32_t i = 0; i < count && status == CLI_PASS; i++)
        status = put_row(book, scenario, lane, &rows[i]);
    if (status != CLI_PASS)
        return take_back(book, status);
    sqlite3_bind_int64(book->lane, 1, scenario);
    sqlite3_bind_int64(book->lane, 2, lane);
    sqlite3_bind_int64(book->lane, 3, (sqlite3_int64)state->done);
    sqlite3_bind_blob(book->lane, 4, state, sizeof *state, SQLITE_STATIC);
    if (sqlite3_step(book->lane) != SQLITE_DONE)
        status = failed(book, "a lane cannot be written");
    sqlite3_reset(book->lane);
    return status == CLI_PASS ? execute(book, "RELEASE chunk") : take_back(book, status);
}

int cli_hunt_book_keep(struct cli_hunt *hunt)
{
    struct cli_hunt_book *book = hunt->book;
    if (!book->begun)
        return CLI_PASS;
    int status = execute(book, "COMMIT");
    if (status != CLI_PASS && sqlite3_get_autocommit(book->db) == 0)
        (void)sqlite3_exec(book->db, "ROLLBACK", NULL, NULL, NULL);
    book->begun = false;
    return status;
}

/* ---- what was found */
static bool read_group(const struct cli_hunt *hunt, sqlite3_stmt *row, struct cli_hunt_group *group)
{
    memset(group, 0, sizeof *group);
    group->scenario = (uint32_t)sqlite3_column_int(row, 0);
    group->count = (uint64_t)sqlite3_column_int64(row, 1);
    group->first.events = (uint64_t)sqlite3_column_int64(row, 2);
    group->first.seed = (uint64_t)sqlite3_column_int64(row, 3);
    group->first.status = sqlite3_column_int(row, 4);
    snprintf(group->first.rule, sizeof group->first.rule, "%s", text_at(row, 5));
    snprintf(group->first.sentence, sizeof group->first.sentence, "%s", text_at(row, 6));
    group->fingerprint = group->first.fingerprint = (uint64_t)sqlite3_column_int64(row, 7);
    group->first.chain = (uint64_t)sqlite3_column_int64(row, 8);
    group->first.outcome = CONF_FAIL;
    sim_swarm_whole(&group->first.swarm);
    if (sqlite3_column_bytes(row, 9) != (int)sizeof group->first.swarm)
        return false;
    memcpy(&group->first.swarm, sqlite3_column_blob(row, 9), sizeof group->first.swarm);
    return group->first.rule[0] != '\0' && strpbrk(group->first.rule, "/ ") == NULL && variant_is_right(hunt, &group->first.swarm);
}

int cli_hunt_book_groups(struct cli_hunt *hunt, int (*each)(void *ctx, const struct cli_hunt_group *group), void *ctx)
{
    sqlite3_stmt *row = NULL;
    struct cli_hunt_group group;
    int status = prepare(hunt->book,
                         "SELECT scenario, of_all, events, seed, status, rule, sentence, fingerprint, chain, variant FROM"
                         " (SELECT *, count(*) OVER kind AS of_all, row_number() OVER (kind ORDER BY events, seed) AS place"
                         " FROM run WHERE verdict = 'fail' WINDOW kind AS (PARTITION BY scenario, fingerprint))"
                         " WHERE place = 1 ORDER BY status = 3, of_all DESC, scenario, fingerprint",
                         &row);
    while (next_row(hunt->book, row, &status))
        status = read_group(hunt, row, &group) ? each(ctx, &group)
                                               : cli_fail(CLI_INPUT, "%s: the run of seed %" PRIu64 " is not in form",
                                                          hunt->book->path, group.first.seed);
    sqlite3_finalize(row);
    return status;
}

void cli_hunt_book_close(struct cli_hunt *hunt)
{
    struct cli_hunt_book *book = hunt->book;
    if (book == NULL)
        return;
    sqlite3_finalize(book->run);
    sqlite3_finalize(book->lane);
    sqlite3_close(book->db);
    free(book->path);
    free(book);
    hunt->book = NULL;
}

/* ---- several files into one */
static int check_part(const struct cli_hunt_book *book, const char *part)
{
    char *said = text_of(book, "PRAGMA part.quick_check(1)");
    char *tables = text_of(book, "SELECT count(*) FROM part.sqlite_master WHERE name IN ('campaign', 'scenario', 'run', 'lane')");
    int status = CLI_PASS;
    if (said == NULL || strcmp(said, "ok") != 0)
        status = cli_fail(CLI_INPUT, "%s: it is damaged (%s); nothing was merged", part, said != NULL ? said : sqlite3_errmsg(book->db));
    else if (tables == NULL || strcmp(tables, "4") != 0)
        status = cli_fail(CLI_INPUT, "%s: it is no hunt's file", part);
    free(said);
    free(tables);
    return status;
}

static int attach(const struct cli_hunt_book *book, const char *part)
{
    char *sql = sqlite3_mprintf("ATTACH %Q AS part", part);
    if (sql == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    int status = access(part, R_OK) == 0 ? execute(book, sql) : cli_fail(CLI_INPUT, "%s: it cannot be read", part);
    sqlite3_free(sql);
    return status == CLI_PASS ? check_part(book, part) : status;
}

/* A row that both have must be the same in both. */
static int check_rows(const struct cli_hunt_book *book, const char *part)
{
    char *other = text_of(book, "SELECT p.what || ', seeds from ' || p.seeds_first || ', form ' || p.format FROM part.campaign p, main.campaign m"
                                " WHERE p.what <> m.what OR p.seeds_first <> m.seeds_first OR p.format <> m.format"
                                " UNION ALL SELECT name FROM (SELECT * FROM part.scenario EXCEPT SELECT * FROM main.scenario)"
                                " UNION ALL SELECT name FROM (SELECT * FROM main.scenario EXCEPT SELECT * FROM part.scenario) LIMIT 1");
    char *seed = text_of(book, "SELECT p.seed FROM part.run p JOIN main.run m USING (scenario, seed)"
                               " WHERE p.chain <> m.chain OR p.status <> m.status LIMIT 1");
    int status = CLI_PASS;
    if (other != NULL)
        status = cli_fail(CLI_INPUT, "%s: it is of another campaign: %s", part, other);
    else if (seed != NULL)
        status = cli_fail(CLI_DIFFERS, "%s: seed %s was another run there: not deterministic, or another core", part, seed);
    free(other);
    free(seed);
    return status;
}

static int add_part(const struct cli_hunt_book *book, const char *part, bool is_first)
{
    int status = attach(book, part);
    if (status == CLI_PASS && is_first)
        status = execute(book, "INSERT INTO main.campaign SELECT * FROM part.campaign;"
                               "INSERT INTO main.scenario SELECT * FROM part.scenario");
    if (status == CLI_PASS)
        status = check_rows(book, part);
    if (status == CLI_PASS)
        status = execute(book, "INSERT OR IGNORE INTO main.run SELECT * FROM part.run;"
                               "INSERT OR REPLACE INTO main.lane SELECT p.* FROM part.lane p LEFT JOIN main.lane m"
                               " USING (scenario, lane) WHERE m.done IS NULL OR p.done > m.done;"
                               "UPDATE main.campaign SET seeds_last = max(seeds_last, (SELECT seeds_last FROM part.campaign));"
                               "DETACH part");
    return status;
}

/* The file appears whole or not at all. */
int cli_hunt_book_merge(const char *path, char **parts, size_t count)
{
    char temporary[PATH_MAX];
    struct cli_hunt_book book = {.path = temporary};
    if (access(path, F_OK) == 0)
        return cli_fail(CLI_USAGE, "%s: it is there already; a merge makes a new file", path);
    if (snprintf(temporary, sizeof temporary, "%s.part-%ld", path, (long)getpid()) >= PATH_MAX - 16)
        return cli_fail(CLI_USAGE, "hunt: the name of --db is too long");
    int status = open_file(&book, temporary, true);
    if (status == CLI_PASS)
        status = execute(&book, schema);
    for (size_t i = 0; i < count && status == CLI_PASS; i++)
        status = add_part(&book, parts[i], i == 0);
    sqlite3_close(book.db);
    if (status == CLI_PASS && rename(temporary, path) != 0)
        status = cli_fail(CLI_OUTPUT, "%s: it cannot be made: %s", path, strerror(errno));
    if (status != CLI_PASS) {
        (void)remove(temporary);
        (void)remove_journal(temporary);
    }
    return status;
}
