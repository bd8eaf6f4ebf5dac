/*
 * gate_rows.c -- which scenarios `muster check` looks at, what their heads say about them, and what a baseline tolerates.
 *
 * This room is for: paths, the lines `-- Verdicts:` and `-- Seeds:`, baseline files.
 * It may include:   scenario.h, policy.h, history.h for command lines; gate.h.
 * Never here:       running a scenario in this process: what must be read by Lua is read in a case.
 *
 *     -- Verdicts: strict pass; spark PRG; spark --param late=true EXPECT or RST EXPECT
 *     -- Seeds: 7, 1234
 * The first says what becomes of the scenario with seed 1: a policy, its axes, parameters, and `pass`, `unknown` or the oracles
 * that fail; behind `or`, what else may fail with other seeds. The second names seeds that once found something. There may be several lines of each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gate.h"
#include "history.h"
#include "scenario.h"
#include "stop.h"

enum {
    LINE_MAX_BYTES = 4096,
    HEAD_LINES_MAX = 400,
    WORD_MAX = 128,
    ENTRIES_MAX = 64,
    POLICY_WORDS_MAX = 1024
};

/* One part of a Verdicts line. */
struct entry {
    char policy[CLI_POLICY_TEXT_MAX]; /* canonical */
    struct gang_policy axes;
    char params[CLI_GATE_PARAMS_MAX][WORD_MAX];
    size_t param_count;
    uint32_t oracles, elsewhere; /* that fail with seed 1; and those that may with others */
    bool unknown, is_elsewhere;  /* is_elsewhere: its `or` was read */
    unsigned line;
};
struct head {
    struct entry *entries;
    size_t count;
    uint64_t seeds[CLI_GATE_SEEDS_MAX];
    size_t seed_count;
    unsigned line; /* where the scenario's promises are, or its first line */
    char wrong[256];
};

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    return memcpy(copy, text, size);
}

/* ---- the head of a scenario */

static bool next_word(const char **text, char word[static WORD_MAX])
{
    *text += strspn(*text, " \t\r\n");
    size_t length = strcspn(*text, " \t\r\n");
    if (length == 0)
        return false;
    snprintf(word, WORD_MAX, "%.*s", (int)length, *text);
    *text += length;
    return true;
}

static bool oracle_of(const char *word, uint32_t *oracles)
{
    for (unsigned i = 0; i < CONF_ORACLE_COUNT; i++)
        if (strcmp(word, conf_oracle_text(i)) == 0) {
            *oracles |= 1u << i;
            return true;
        }
    return false;
}

/* Takes one word of an entry; false with *wrong filled. */
static bool take_word(struct head *head, struct entry *entry, const char **text, const char *word,
                      char policy[static POLICY_WORDS_MAX], bool *said)
{
    size_t used = strlen(policy);
    char value[WORD_MAX];
    if (strcmp(word, "--param") == 0) {
        if (!next_word(text, value) || strchr(value, '=') == NULL ||
            entry->param_count == CLI_GATE_PARAMS_MAX)
            return snprintf(head->wrong, sizeof head->wrong, "--param needs NAME=VALUE"), false;
        snprintf(entry->params[entry->param_count++], WORD_MAX, "%s", value);
        return true;
    }
    if (strchr(word, '=') != NULL || used == 0) {
        snprintf(policy + used, POLICY_WORDS_MAX - used, "%s%s", used > 0 ? " " : "", word);
        return true;
    }
    if (strcmp(word, "or") == 0 && *said) {
        entry->is_elsewhere = true;
        return true;
    }
    *said = true;
    if (strcmp(word, "unknown") == 0 && !entry->is_elsewhere)
        entry->unknown = true;
    else if (strcmp(word, "pass") != 0 &&
             !oracle_of(word, entry->is_elsewhere ? &entry->elsewhere : &entry->oracles))
        return snprintf(head->wrong, sizeof head->wrong,
                        "'%.60s' is neither pass, unknown nor an oracle", word),
               false;
    return true;
}

static void read_entry(struct head *head, const char *text, unsigned line)
{
    char word[WORD_MAX], policy[POLICY_WORDS_MAX] = "";
    bool said = false, right = true;
    if (head->count == ENTRIES_MAX)
        return;
    struct entry *entry = &head->entries[head->count];
    *entry = (struct entry){.line = line};
    while (right && next_word(&text, word))
        right = take_word(head, entry, &text, word, policy, &said);
    if (!right || policy[0] == '\0')
        return;
    if (!said)
        snprintf(head->wrong, sizeof head->wrong,
                 "it does not say what becomes of it under '%.80s'", policy);
    else if (cli_policy_make(policy, NULL, 0, &entry->axes, entry->policy) != CLI_PASS)
        snprintf(head->wrong, sizeof head->wrong, "there is no policy '%.80s'", policy);
    else
        head->count++;
}

static void read_verdicts(struct head *head, char *text, unsigned line)
{
    for (char *part = text, *end; part != NULL; part = end) {
        end = strchr(part, ';');
        if (end != NULL)
            *end++ = '\0';
        read_entry(head, part, line);
    }
}

static void read_seeds(struct head *head, char *text)
{
    for (char *at = text; *(at += strspn(at, " ,\t\r\n")) != '\0';) {
        char *end = at;
        errno = 0;
        uint64_t seed = strtoull(at, &end, 10);
        if (end == at || errno != 0 || at[0] == '-' || head->seed_count == CLI_GATE_SEEDS_MAX - 1) {
            snprintf(head->wrong, sizeof head->wrong, "its Seeds line: '%.40s' is no list of seeds",
                     at);
            return;
        }
        head->seeds[head->seed_count++] = seed;
        at = end;
    }
}

static void read_head(const char *path, struct head *head)
{
    static const char verdicts[] = "-- Verdicts:", seeds[] = "-- Seeds:";
    char text[LINE_MAX_BYTES];
    FILE *in = fopen(path, "r");
    head->line = 1;
    bool promised = false;
    for (unsigned line = 1; in != NULL && fgets(text, sizeof text, in) != NULL; line++) {
        if (strncmp(text, verdicts, sizeof verdicts - 1) == 0)
            read_verdicts(head, text + sizeof verdicts - 1, line);
        else if (strncmp(text, seeds, sizeof seeds - 1) == 0)
            read_seeds(head, text + sizeof seeds - 1);
        else if (!promised && strncmp(text, "expect", 6) == 0) {
            head->line = line;
            promised = true;
        }
    }
    if (in != NULL)
        (void)fclose(in);
}

/* ---- rows */

static struct cli_gate_row *new_row(struct cli_gate *gate, const char *name, const char *file)
{
    if (gate->row_count == gate->row_room) {
        gate->row_room = gate->row_room * 2 + 64;
        gate->rows = realloc(gate->rows, gate->row_room * sizeof *gate->rows);
        if (gate->rows == NULL)
            exit(cli_fail(CLI_MISSING, "out of memory"));
    }
    struct cli_gate_row *row = &gate->rows[gate->row_count++];
    memset(row, 0, sizeof *row);
    row->name = copy_text(name);
    row->file = copy_text(file);
    row->line = 1;
    row->tally = calloc(1, sizeof *row->tally);
    if (row->tally == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    return row;
}

static void add_param(struct cli_gate_row *row, const char *text)
{
    size_t at = row->param_count++;
    row->param_text[at] = copy_text(text);
    row->param_words[at] = copy_text(text);
    char *equals = strchr(row->param_words[at], '=');
    *equals = '\0';
    row->params[at] = (struct scn_param){row->param_words[at], equals + 1};
}

static bool add_seed(struct cli_gate_row *row, uint64_t seed)
{
    for (size_t i = 0; i < row->seed_count; i++)
        if (row->seeds[i] == seed)
            return true;
    if (row->seed_count == CLI_GATE_SEEDS_MAX)
        return false;
    row->seeds[row->seed_count++] = seed;
    return true;
}

static void add_seeds(const struct cli_gate *gate, const struct head *head,
                      struct cli_gate_row *row)
{
    (void)add_seed(row, 1); /* of which the Verdicts line speaks */
    for (size_t i = 0; head != NULL && i < head->seed_count; i++)
        (void)add_seed(row, head->seeds[i]);
    for (size_t i = 0; i < gate->seed_count; i++)
        if (!add_seed(row, gate->seeds[i]))
            cli_note("%s: more than %d seeds; the last ones are left out", row->name,
                     CLI_GATE_SEEDS_MAX);
}

static bool same_params(const struct entry *entry, const char *const *params, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < entry->param_count; i++)
        for (size_t j = 0; j < count; j++)
            found += strcmp(entry->params[i], params[j]) == 0;
    return found == count && entry->param_count == count;
}

static void take_entry(struct cli_gate_row *row, const struct entry *entry, enum cli_gate_said said)
{
    row->said = said;
    row->predicted = entry->oracles;
    row->elsewhere = entry->oracles | entry->elsewhere;
    row->predicted_unknown = entry->unknown;
    row->line = entry->line;
}

/* The row that was asked for, and what the head says about it. */
static void plain_row(struct cli_gate *gate, const struct head *head, struct cli_gate_row *row,
                      const char *base)
{
    char without[CLI_POLICY_TEXT_MAX];
    struct gang_policy ignored;
    row->line = head->line;
    bool changed = gate->set_count > 0 || gate->param_count > 0;
    for (size_t i = 0; i < head->count; i++)
        if (strcmp(head->entries[i].policy, row->policy_text) == 0 &&
            same_params(&head->entries[i], gate->params, gate->param_count)) {
            take_entry(row, &head->entries[i], CLI_GATE_SAID_THIS);
            return;
        }
    if (!changed || cli_policy_make(base, NULL, 0, &ignored, without) != CLI_PASS)
        return;
    for (size_t i = 0; i < head->count; i++)
        if (strcmp(head->entries[i].policy, without) == 0 && head->entries[i].param_count == 0)
            take_entry(row, &head->entries[i], CLI_GATE_SAID_OTHERS);
}

static size_t base_length(const char *policy) { return strcspn(policy, " "); }

/* Whatever else the head says of this policy: with parameters, and with --axes also with axes that differ; with --policy all of any. */
static void other_rows(struct cli_gate *gate, const struct head *head, const char *name,
                       const char *file, const char *policy_text)
{
    for (size_t i = 0; i < head->count; i++) {
        const struct entry *entry = &head->entries[i];
        bool same = strcmp(entry->policy, policy_text) == 0;
        bool near = base_length(entry->policy) == base_length(policy_text) &&
                    strncmp(entry->policy, policy_text, base_length(policy_text)) == 0;
        if ((same && entry->param_count == 0) || (!same && !gate->every && !(gate->axes && near)))
            continue;
        struct cli_gate_row *row = new_row(gate, name, file);
        row->policy = entry->axes;
        row->policy_text = copy_text(entry->policy);
        for (size_t j = 0; j < entry->param_count; j++)
            add_param(row, entry->params[j]);
        take_entry(row, entry, CLI_GATE_SAID_THIS);
        add_seeds(gate, head, row);
    }
}

static void break_row(struct cli_gate_row *row, int status, const char *why)
{
    row->broken_status = status;
    row->broken = copy_text(why);
    if (row->policy_text == NULL)
        row->policy_text = copy_text("");
    row->seeds[0] = 1;
    row->seed_count = 1;
}

/* The scenario's own policy, or why it cannot be read, is known by now. */
static void expand(struct cli_gate *gate, const struct cli_gate_row *found,
                   const struct cli_gate_look *look)
{
    struct head head = {.entries = calloc(ENTRIES_MAX, sizeof *head.entries)};
    const char *base = gate->policy != NULL    ? gate->policy
                       : look->text[0] != '\0' ? look->text
                                               : "strict";
    char text[CLI_POLICY_TEXT_MAX], wrong[320];
    if (head.entries == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    read_head(found->file, &head);
    struct cli_gate_row *row = new_row(gate, found->name, found->file);
    row->line = head.line;
    for (size_t i = 0; i < gate->param_count; i++)
        add_param(row, gate->params[i]);
    if (look->status != CLI_PASS)
        break_row(row, look->status, look->text);
    else if (head.wrong[0] != '\0') {
        snprintf(wrong, sizeof wrong, "its Verdicts line is wrong: %s", head.wrong);
        break_row(row, CLI_INPUT, wrong);
    } else if (cli_policy_make(base, gate->sets, gate->set_count, &row->policy, text) != CLI_PASS)
        break_row(row, CLI_INPUT, "its policy is none");
    else {
        row->policy_text = copy_text(text);
        plain_row(gate, &head, row, base);
        add_seeds(gate, &head, row);
        if (gate->set_count == 0 && gate->param_count == 0)
            other_rows(gate, &head, found->name, found->file, text);
    }
    free(head.entries);
}

/* ---- files */

static void add_file(void *ctx, const char *name, const char *file)
{
    struct cli_gate *gate = ctx;
    for (size_t i = 0; i < gate->row_count; i++)
        if (strcmp(gate->rows[i].file, file) == 0)
            return; /* named twice */
    (void)new_row(gate, name, file);
}

/* ---- the first look at each, in a process of its own: for its policy, and whether it can be read at all */

struct looking {
    struct cli_gate *gate;
    struct cli_gate_row *found;
    struct cli_gate_look *looks;
    size_t count, next;
};

static bool next_look(void *ctx, uint64_t *ticket)
{
    struct looking *looking = ctx;
    *ticket = looking->next;
    return looking->next++ < looking->count;
}

static void look(void *ctx, uint64_t ticket, struct cli_pen *pen)
{
    const struct looking *looking = ctx;
    cli_gate_look_at_row(looking->gate, &looking->found[ticket], pen);
}

static void looked(void *ctx, const struct cli_runner_report *report)
{
    struct looking *looking = ctx;
    struct cli_gate_look *kept = &looking->looks[report->ticket];
    if (report->end == CLI_RUNNER_RESULT && report->size == sizeof *kept) {
        memcpy(kept, report->result, sizeof *kept);
        return;
    }
    kept->status = report->end == CLI_RUNNER_STOPPED ? CLI_INTERRUPTED : CLI_INPUT;
    snprintf(kept->text, sizeof kept->text, "reading it %s", report->sentence);
}

static bool go_on(void *ctx)
{
    (void)ctx;
    return !cli_stop_asked();
}

static int look_at_all(struct cli_gate *gate)
{
    struct looking looking = {.gate = gate, .found = gate->rows, .count = gate->row_count};
    looking.looks = calloc(looking.count, sizeof *looking.looks);
    struct cli_runner runner = {.ctx = &looking,
                                .next = next_look,
                                .work = look,
                                .done = looked,
                                .go_on = go_on,
                                .workers = (unsigned)gate->jobs,
                                .time_ns = gate->timeout_ns,
                                .memory_bytes = gate->memory_bytes};
    if (looking.looks == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    gate->rows = NULL;
    gate->row_count = gate->row_room = 0;
    int status = !cli_runner_run(&runner) ? CLI_MISSING
                 : cli_stop_asked()       ? CLI_INTERRUPTED
                                          : CLI_PASS;
    for (size_t i = 0; status == CLI_PASS && i < looking.count; i++)
        expand(gate, &looking.found[i], &looking.looks[i]);
    struct cli_gate before = {.rows = looking.found, .row_count = looking.count};
    cli_gate_rows_free(&before);
    free(looking.looks);
    return status;
}

int cli_gate_find_rows(struct cli_gate *gate, char **paths, size_t count)
{
    int status = count == 0 ? cli_scenario_gather(NULL, add_file, gate) : CLI_PASS;
    gate->baseline.all = count == 0;
    for (size_t i = 0; status == CLI_PASS && i < count; i++)
        status = cli_scenario_gather(paths[i], add_file, gate);
    return status == CLI_PASS ? look_at_all(gate) : status;
}

static void tally_free(struct cli_gate_tally *tally)
{
    for (size_t i = 0; tally != NULL && i < CLI_GATE_FAILURES_MAX; i++)
        free(tally->failures[i].result);
    free(tally);
}

void cli_gate_rows_free(struct cli_gate *gate)
{
    for (size_t i = 0; i < gate->row_count; i++) {
        struct cli_gate_row *row = &gate->rows[i];
        for (size_t j = 0; j < row->param_count; j++) {
            free(row->param_text[j]);
            free(row->param_words[j]);
        }
        tally_free(row->tally);
        free(row->name);
        free(row->file);
        free(row->policy_text);
        free(row->broken);
    }
    free(gate->rows);
    gate->rows = NULL;
    gate->row_count = 0;
}

/* ---- names */

void cli_gate_row_policy(const struct cli_gate_row *row, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "%s", row->policy_text);
    for (size_t i = 0; i < row->param_count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, " --param %s", row->param_text[i]);
}

void cli_gate_row_label(const struct cli_gate_row *row, char *out, size_t size)
{
    char policy[CLI_POLICY_TEXT_MAX];
    cli_gate_row_policy(row, policy, sizeof policy);
    snprintf(out, size, "%s%s%s%s", row->name, policy[0] != '\0' ? " (" : "", policy,
             policy[0] != '\0' ? ")" : "");
}

char *cli_gate_row_replay(const struct cli_gate *gate, const struct cli_gate_row *row,
                          uint64_t seed)
{
    const char *words[2 * CLI_GATE_PARAMS_MAX + 4 * CLI_GATE_SETS_MAX + 2 * SCN_PARAMS_MAX];
    char number[24], policy[CLI_POLICY_TEXT_MAX];
    size_t count = 0;
    words[count++] = row->name;
    snprintf(number, sizeof number, "%" PRIu64, seed);
    words[count++] = "--seed";
    words[count++] = number;
    snprintf(policy, sizeof policy, "%s", row->policy_text);
    char *rest = strchr(policy, ' ');
    if (rest != NULL)
        *rest++ = '\0';
    words[count++] = "--policy";
    words[count++] = policy[0] != '\0' ? policy : "strict";
    for (char *axis = rest; axis != NULL && count < 4 * CLI_GATE_SETS_MAX - 4; axis = rest) {
        rest = strchr(axis, ' ');
        if (rest != NULL)
            *rest++ = '\0';
        words[count++] = "--set";
        words[count++] = axis;
    }
    if (gate->core != NULL) {
        words[count++] = "--core";
        words[count++] = gate->core;
    }
    if (gate->target != NULL) {
        words[count++] = "--target";
        words[count++] = gate->target;
    }
    if (gate->scheduler != NULL) {
        words[count++] = "--scheduler";
        words[count++] = gate->scheduler;
    }
    for (size_t i = 0; i < gate->scheduler_param_count; i++) {
        words[count++] = "--scheduler-param";
        words[count++] = gate->scheduler_params[i];
    }
    for (size_t i = 0; i < row->param_count; i++) {
        words[count++] = "--param";
        words[count++] = row->param_text[i];
    }
    return cli_command_line("run", words, count);
}

/* ---- the baseline: SCENARIO, tab, policy and parameters, tab, what fails */

static bool split_line(char *text, char *fields[3])
{
    text[strcspn(text, "\r\n")] = '\0';
    fields[0] = text;
    for (int i = 1; i < 3; i++) {
        char *tab = strchr(fields[i - 1], '\t');
        if (tab == NULL)
            return false;
        *tab = '\0';
        fields[i] = tab + 1;
    }
    return fields[0][0] != '\0' && fields[2][0] != '\0' && strchr(fields[2], '\t') == NULL;
}

static int add_base_line(struct cli_gate_baseline *baseline, char *text, unsigned line)
{
    char *fields[3];
    if (text[0] == '#' || text[strspn(text, " \r\n")] == '\0')
        return CLI_PASS;
    if (!split_line(text, fields))
        return cli_fail(CLI_INPUT,
                        "%s:%u: must be a scenario, its policy and what fails, apart by tabs",
                        baseline->file, line);
    struct cli_gate_base_line *grown =
        realloc(baseline->lines, (baseline->count + 1) * sizeof *grown);
    if (grown == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    baseline->lines = grown;
    struct cli_gate_base_line *row = &grown[baseline->count++];
    *row = (struct cli_gate_base_line){
        .name = copy_text(fields[0]), .policy = copy_text(fields[1]), .line = line};
    size_t size = strlen(fields[2]) + 3;
    row->words = malloc(size);
    row->seen = calloc(1, size);
    if (row->words == NULL || row->seen == NULL)
        return cli_fail(CLI_MISSING, "out of memory");
    snprintf(row->words, size, " %s ", fields[2]);
    snprintf(row->seen, size, " ");
    return CLI_PASS;
}

int cli_gate_baseline_read(struct cli_gate *gate)
{
    char text[LINE_MAX_BYTES];
    gate->baseline.file = gate->baseline_file;
    FILE *in = fopen(gate->baseline_file, "r");
    if (in == NULL)
        return cli_fail(CLI_INPUT,
                        "the baseline %s cannot be read: %s; --baseline-write FILE makes one",
                        gate->baseline_file, strerror(errno));
    int status = CLI_PASS;
    for (unsigned line = 1; status == CLI_PASS && fgets(text, sizeof text, in) != NULL; line++)
        status = add_base_line(&gate->baseline, text, line);
    (void)fclose(in);
    return status;
}

static bool has_word(const char *words, const char *word)
{
    char sought[WORD_MAX + 2];
    snprintf(sought, sizeof sought, " %s ", word);
    return strstr(words, sought) != NULL;
}

static bool is_of(const struct cli_gate_base_line *line, const struct cli_gate_row *row,
                  const char *policy)
{
    return strcmp(line->name, row->name) == 0 && strcmp(line->policy, policy) == 0;
}

bool cli_gate_baseline_tolerates(struct cli_gate *gate, const struct cli_gate_row *row,
                                 const char *const *words, size_t count)
{
    char policy[CLI_POLICY_TEXT_MAX];
    cli_gate_row_policy(row, policy, sizeof policy);
    for (size_t i = 0; i < gate->baseline.count; i++) {
        struct cli_gate_base_line *line = &gate->baseline.lines[i];
        size_t known = 0;
        if (!is_of(line, row, policy))
            continue;
        for (size_t j = 0; j < count; j++)
            known += has_word(line->words, words[j]);
        if (known < count)
            continue;
        for (size_t j = 0; j < count; j++)
            if (!has_word(line->seen, words[j])) {
                strcat(line->seen, words[j]); /* never more than the line's own words */
                strcat(line->seen, " ");
            }
        return true;
    }
    return false;
}

static void say_stale(struct cli_gate *gate, const struct cli_gate_base_line *line,
                      const char *what)
{
    char **grown = realloc(gate->stale, (gate->stale_count + 1) * sizeof *grown);
    char text[CLI_GATE_SENTENCE_MAX];
    if (grown == NULL)
        exit(cli_fail(CLI_MISSING, "out of memory"));
    gate->stale = grown;
    snprintf(text, sizeof text, "%s:%u: %.120s (%.120s): %s; take it out of the baseline",
             gate->baseline.file, line->line, line->name, line->policy, what);
    gate->stale[gate->stale_count++] = copy_text(text);
}

static void look_at_line(struct cli_gate *gate, struct cli_gate_base_line *line)
{
    char policy[CLI_POLICY_TEXT_MAX], word[WORD_MAX], what[WORD_MAX + 64];
    bool known = false, met = false;
    for (size_t i = 0; i < gate->row_count; i++) {
        cli_gate_row_policy(&gate->rows[i], policy, sizeof policy);
        known |= strcmp(line->name, gate->rows[i].name) == 0;
        met |= is_of(line, &gate->rows[i], policy);
    }
    if (!known && gate->baseline.all)
        say_stale(gate, line, "there is no such scenario");
    const char *rest = line->words;
    while (met && next_word(&rest, word))
        if (!has_word(line->seen, word)) {
            snprintf(what, sizeof what, "'%s' no longer comes", word);
            say_stale(gate, line, what);
        }
}

void cli_gate_baseline_stale(struct cli_gate *gate)
{
    for (size_t i = 0; i < gate->baseline.count; i++)
        look_at_line(gate, &gate->baseline.lines[i]);
}

static int write_base_lines(const struct cli_gate *gate, FILE *out)
{
    char policy[CLI_POLICY_TEXT_MAX];
    fputs("# What fails and is tolerated: scenario, policy and parameters, what fails. Made by "
          "muster check --baseline-write.\n",
          out);
    for (size_t i = 0; i < gate->row_count; i++) {
        const struct cli_gate_row *row = &gate->rows[i];
        cli_gate_row_policy(row, policy, sizeof policy);
        if (row->tally->words[0] != '\0')
            fprintf(out, "%s\t%s\t%s\n", row->name, policy, row->tally->words);
    }
    return ferror(out) ? CLI_OUTPUT : CLI_PASS;
}

int cli_gate_baseline_write(const struct cli_gate *gate)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int status = out != NULL ? write_base_lines(gate, out) : cli_fail(CLI_MISSING, "out of memory");
    if (out != NULL && fclose(out) == 0 && status == CLI_PASS)
        status = cli_gate_write_whole(gate->baseline_write, text, size);
    free(text);
    return status;
}

void cli_gate_baseline_free(struct cli_gate *gate)
{
    for (size_t i = 0; i < gate->baseline.count; i++) {
        free(gate->baseline.lines[i].name);
        free(gate->baseline.lines[i].policy);
        free(gate->baseline.lines[i].words);
        free(gate->baseline.lines[i].seen);
    }
    free(gate->baseline.lines);
    for (size_t i = 0; i < gate->stale_count; i++)
        free(gate->stale[i]);
    free(gate->stale);
}
