/*
 * timeline.c -- a run at a glance in a terminal: a row a slot, a letter a gang.
 *
 * This room is for: what `muster run` prints before the verdict.
 * It may include:   the C library, plan and trace (as data).
 * Never here:       the driver's belief, but for one thing: that it wrote an executor off which is
 * still up.
 *
 * At most 40 rows: slots if they fit (idle ones left out if only the used ones fit), else
 * executors, else several executors a row; what a row is gets announced. A cell shows the gang that
 * held it longest; a cell is idle only if nothing ran in it at all, so that no short task is
 * hidden. A barrier is drawn if the rounds before and after it are at least three columns away;
 * else barriers would be all there is to see, and the legend says so.
 */
#include "axis.h"
#include "lanes.h"
#include "rounds.h"
#include "shared.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MAX = 40,
    COLUMNS_MAX = 400,
    COLUMNS_MIN = 20,
    LEGEND_LINES_MAX = 6,
    NAME_COLUMNS_MAX = 32,
    BARRIER_COLUMNS = 3
};
/* No X: an x is a crash. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWYZ";
enum {
    LETTER_COUNT = sizeof alphabet - 1,
    CLASS_COUNT = LETTER_COUNT * 2
}; /* a class: letter, and first or later attempt */
enum { MARK_UP = 1, MARK_CUT = 2, MARK_BARRIER = 4, MARK_CRASH = 8, MARK_GAP = 16 };

struct gang_view {
    uint32_t letter; /* number of the gang among those that ran */
    bool ran;
};
struct picture {
    const struct rep_run *run;
    const struct rep_terminal *terminal;
    struct rep_lanes lanes;
    struct rep_axis axis;
    struct gang_view *gangs;
    uint32_t gangs_seen;
    uint32_t *row_first; /* by executor; executor_count + 1 entries */
    bool by_slot;        /* a row is a slot; else `executors_per_row` executors */
    bool idle_left_out;
    uint32_t executors_per_row;
    uint32_t rows, columns, label_columns;
    int64_t *held;  /* rows x columns x CLASS_COUNT: time on the axis */
    uint8_t *marks; /* rows x columns */
    struct rep_rounds rounds;
    uint8_t marks_seen; /* what the legend must tell */
    bool later_attempts;
};

/* ---- rows */

static uint32_t digits(uint64_t n)
{
    uint32_t count = 1;
    while (n >= 10) {
        n /= 10;
        count++;
    }
    return count;
}

static void lay_rows(struct picture *p)
{
    const struct rep_lanes *lanes = &p->lanes;
    const uint32_t *slots = lanes->capacity;
    p->by_slot = lanes->capacity_total <= ROWS_MAX ||
                 (lanes->used_total <= ROWS_MAX && lanes->used_total > 0);
    p->idle_left_out = p->by_slot && lanes->capacity_total > ROWS_MAX;
    if (p->idle_left_out)
        slots = lanes->used;
    p->executors_per_row = (lanes->executor_count + ROWS_MAX - 1) / ROWS_MAX;
    for (uint32_t e = 0; e < lanes->executor_count; e++)
        p->row_first[e + 1] =
            p->by_slot ? p->row_first[e] + slots[e] : (e + 1) / p->executors_per_row;
    uint32_t last = lanes->executor_count;
    p->rows =
        p->by_slot ? p->row_first[last] : (last + p->executors_per_row - 1) / p->executors_per_row;
    uint32_t number = digits(last > 0 ? last - 1 : 0);
    p->label_columns = 5 + (p->by_slot                 ? number + 4
                            : p->executors_per_row > 1 ? 2 * number + 1
                                                       : number);
}

/* First row of an executor, and how many it has; none if its idle slots are left out. */
static uint32_t rows_of(const struct picture *p, uint32_t executor, uint32_t *count)
{
    *count = p->by_slot ? p->row_first[executor + 1] - p->row_first[executor] : 1;
    return p->row_first[executor];
}

static uint32_t row_of(const struct picture *p, const struct rep_span *span)
{
    uint32_t count, first = rows_of(p, span->executor, &count);
    assert(!p->by_slot || span->lane < count);
    return p->by_slot ? first + span->lane : first;
}

/* ---- columns */

static uint32_t column_at(const struct picture *p, int64_t place)
{
    uint64_t column = rep_scale((uint64_t)place, p->columns, (uint64_t)rep_axis_length(&p->axis));
    return column < p->columns ? (uint32_t)column : p->columns - 1;
}

static uint32_t column_of(const struct picture *p, int64_t at_ns)
{
    return column_at(p, rep_axis_at(&p->axis, at_ns));
}

/* Where a column begins on the axis, the same rounding as column_at(): the least place that falls
 * into it. */
static int64_t column_begin(const struct picture *p, uint32_t column)
{
    return (int64_t)(((rep_wide)column * (rep_wide)rep_axis_length(&p->axis) + p->columns - 1) /
                     p->columns);
}

static void mark(struct picture *p, uint32_t row, uint32_t from, uint32_t to, uint8_t what)
{
    assert(row < p->rows);
    assert(to < p->columns);
    for (uint32_t c = from; c <= to; c++)
        p->marks[(size_t)row * p->columns + c] |= what;
}

static void mark_executor(struct picture *p, uint32_t executor, uint32_t from, uint32_t to,
                          uint8_t what)
{
    uint32_t count, first = rows_of(p, executor, &count);
    for (uint32_t i = 0; i < count; i++)
        mark(p, first + i, from, to, what);
}

/* ------------------------------------------------------------------------------------ filling the
 * grid */

static void hold(struct picture *p, const struct rep_span *span)
{
    int64_t from = rep_axis_at(&p->axis, span->start_ns), to = rep_axis_at(&p->axis, span->end_ns);
    uint32_t row = row_of(p, span), last = column_at(p, to > from ? to - 1 : from);
    bool later = span->attempt > 0 && span->attempt != TRACE_NONE;
    uint32_t class = p->gangs[span->gang].letter % LETTER_COUNT * 2 + later;
    p->later_attempts |= later;
    for (uint32_t c = column_at(p, from); c <= last; c++) {
        int64_t begin = column_begin(p, c), end = column_begin(p, c + 1);
        int64_t in = (to < end ? to : end) - (from > begin ? from : begin);
        p->held[((size_t)row * p->columns + c) * CLASS_COUNT + class] += in > 0 ? in : 1;
    }
}

static void name_gangs(struct picture *p)
{
    for (uint64_t i = 0; i < p->lanes.span_count; i++)
        p->gangs[p->lanes.spans[i].gang].ran = true;
    for (uint32_t g = 0; g < p->run->plan->stage_count; g++)
        if (p->gangs[g].ran)
            p->gangs[g].letter = p->gangs_seen++;
}

static void fill_spans(struct picture *p)
{
    for (uint64_t i = 0; i < p->lanes.up_count; i++) {
        const struct rep_up *up = &p->lanes.ups[i];
        mark_executor(p, up->executor, column_of(p, up->from_ns), column_of(p, up->to_ns), MARK_UP);
    }
    for (uint64_t i = 0; i < p->lanes.span_count; i++) {
        const struct rep_span *span = &p->lanes.spans[i];
        hold(p, span);
        if (span->status == TRACE_EXIT_FAILED || span->status == TRACE_EXIT_HOST)
            mark(p, row_of(p, span), column_of(p, span->end_ns), column_of(p, span->end_ns),
                 MARK_CRASH);
    }
    for (uint32_t c = 0; c < p->columns; c++)
        for (uint32_t g = 0; g < p->axis.gap_count; g++)
            if (column_begin(p, c) >= rep_axis_at(&p->axis, p->axis.gaps[g].from_ns) &&
                column_begin(p, c + 1) <= rep_axis_at(&p->axis, p->axis.gaps[g].to_ns))
                for (uint32_t row = 0; row < p->rows; row++)
                    mark(p, row, c, c, MARK_GAP);
}

static void draw_release(struct picture *p, const struct rep_latest *latest,
                         const struct trace_record *r)
{
    uint32_t gang = rep_gang(p->run->plan, r->job, r->stage);
    uint64_t end = (uint64_t)r->rank + (r->a > 0 ? (uint64_t)r->a : 0);
    end = end < p->run->plan->stages[gang].tasks ? end : p->run->plan->stages[gang].tasks;
    for (uint64_t rank = r->rank; rank < end; rank++) {
        uint32_t span = rep_latest_span(latest, gang, (uint32_t)rank);
        if (span != PLAN_NONE)
            mark(p, row_of(p, &p->lanes.spans[span]), column_of(p, r->at_ns),
                 column_of(p, r->at_ns), MARK_BARRIER);
    }
}

/* The driver wrote it off at `from`, and took it back at `to` (or never). */
static void draw_cut(struct picture *p, uint32_t executor, int64_t *from, int64_t to)
{
    if (*from != PLAN_NEVER)
        mark_executor(p, executor, column_of(p, *from), column_of(p, to), MARK_CUT);
    *from = PLAN_NEVER;
}

/* A link that nothing passes, from the fault to its end; a break or a crash of the driver has no
 * length of its own. */
static void take_link(struct picture *p, const struct trace_record *r, int64_t *cut)
{
    bool begins = r->kind == TRACE_FAULT && !rep_is_withheld(r) && (r->b == PLAN_ACT_CUT || r->b == PLAN_ACT_HOLD);
    bool ends = (r->b == PLAN_ACT_MEND && !rep_is_withheld(r)) || (r->kind == TRACE_HEAL && r->b != PLAN_ACT_RESTART);
    uint32_t executor = r->executor;
    if (executor >= p->run->plan->executor_count)
        return;
    if (begins && cut[executor] == PLAN_NEVER)
        cut[executor] = r->at_ns;
    else if (ends)
        draw_cut(p, executor, &cut[executor], r->at_ns);
}

/* Of a link between executors both ends are drawn. */
static void take_links(struct picture *p, const struct trace_record *r, int64_t *cut)
{
    const struct plan *plan = p->run->plan;
    struct trace_record other = *r;
    take_link(p, r, cut);
    if (r->a < 0 || r->a >= plan->act_count || plan->acts[r->a].peer == PLAN_NONE)
        return;
    other.executor = plan->acts[r->a].peer;
    take_link(p, &other, cut);
}

/* A process that its driver has just given back, for want of work, did not crash. */
static bool is_given_back(const struct rep_run *run, uint64_t down)
{
    const struct trace_record *lost = down > 0 ? &run->records[down - 1] : NULL;
    return lost != NULL && lost->kind == TRACE_LOST && lost->b == TRACE_REASON_IDLE &&
           lost->executor == run->records[down].executor;
}

static enum rep_status fill_records(struct picture *p, struct rep_err *err)
{
    const uint64_t marked = TRACE_BIT(TRACE_RELEASE) | TRACE_BIT(TRACE_DOWN) | TRACE_BIT(TRACE_LOST) |
                            TRACE_BIT(TRACE_JOIN) | TRACE_BIT(TRACE_FAULT) | TRACE_BIT(TRACE_HEAL);
    const struct plan *plan = p->run->plan;
    struct rep_latest latest;
    int64_t *lost = rep_alloc(plan->executor_count, sizeof *lost, err),
            *cut = rep_alloc(plan->executor_count, sizeof *cut, err);
    enum rep_status status = rep_latest_init(p->run, &latest, err);
    if (lost == NULL || cut == NULL || status != REP_OK) {
        status = REP_E_MEMORY;
        goto out;
    }
    for (uint32_t e = 0; e < plan->executor_count; e++)
        lost[e] = cut[e] = PLAN_NEVER;
    uint64_t until = rep_records_until(p->run, marked);
    for (uint64_t i = 0; i < until; i++) {
        const struct trace_record *r = &p->run->records[i];
        rep_latest_take(p->run, &latest, r);
        if (rep_rounds_is_drawn(&p->rounds, i))
            draw_release(p, &latest, r);
        else if (r->kind == TRACE_DOWN && r->executor < plan->executor_count &&
                 !is_given_back(p->run, i))
            mark_executor(p, r->executor, column_of(p, r->at_ns), column_of(p, r->at_ns),
                          MARK_CRASH);
        else if (r->kind == TRACE_LOST && r->executor < plan->executor_count &&
                 r->b != TRACE_REASON_IDLE)
            lost[r->executor] = r->at_ns;
        else if (r->kind == TRACE_JOIN && r->executor < plan->executor_count)
            draw_cut(p, r->executor, &lost[r->executor], r->at_ns);
        else if (r->kind == TRACE_FAULT || r->kind == TRACE_HEAL)
            take_links(p, r, cut);
    }
    for (uint32_t e = 0; e < plan->executor_count; e++) {
        draw_cut(p, e, &lost[e], p->axis.end_ns);
        draw_cut(p, e, &cut[e], p->axis.end_ns);
    }
out:
    rep_latest_free(&latest);
    free(lost);
    free(cut);
    return status;
}

/* ---- output */

/* The class that held a cell longest, CLASS_COUNT if none did; the first of equals. */
static uint32_t class_of(const struct picture *p, size_t cell)
{
    uint32_t best = CLASS_COUNT;
    int64_t most = 0;
    for (uint32_t c = 0; c < CLASS_COUNT; c++)
        if (p->held[cell * CLASS_COUNT + c] > most) {
            most = p->held[cell * CLASS_COUNT + c];
            best = c;
        }
    return best;
}

/* What a cell shows, as an ASCII character; *class is set for letters and barriers. */
static char cell_text(struct picture *p, size_t cell, uint32_t *class)
{
    uint8_t marks = p->marks[cell];
    *class = class_of(p, cell);
    if (marks & MARK_CRASH)
        return 'x';
    if (marks & MARK_GAP)
        return '/';
    if (marks & MARK_BARRIER)
        return '|';
    if (*class < CLASS_COUNT)
        return (char)(alphabet[*class / 2] + (*class % 2 != 0 ? 'a' - 'A' : 0));
    return !(marks & MARK_UP) ? ' ' : marks & MARK_CUT ? '~' : '.';
}

static const char *glyph(const struct picture *p, char c)
{
    if (p->terminal->ascii)
        return NULL;
    return c == '|' ? "\u2502" : c == '.' ? "\u00b7" : NULL;
}

/* One number a look: 0 none, 1.. a gang's colour, then crash and background. */
enum { LOOK_NONE = 0, LOOK_CRASH = 100, LOOK_DIM = 101 };
static unsigned look_of(char c, uint32_t class)
{
    if (c == 'x')
        return LOOK_CRASH;
    if (c == '.' || c == '~' || c == '/' || c == ' ')
        return LOOK_DIM;
    return class < CLASS_COUNT ? 1 + class / 2 % REP_COLOUR_COUNT : LOOK_NONE;
}

static void put_look(FILE *out, unsigned look)
{
    if (look == LOOK_NONE)
        fputs("\033[0m", out);
    else if (look == LOOK_CRASH)
        fputs("\033[0;1;7m", out);
    else if (look == LOOK_DIM)
        fputs("\033[0;2m", out);
    else
        fprintf(out, "\033[0;38;5;%um", rep_colour_ansi[look - 1]);
}

static void put_cells(struct picture *p, uint32_t row, FILE *out)
{
    unsigned look = LOOK_NONE;
    for (uint32_t c = 0; c < p->columns; c++) {
        uint32_t class;
        char text = cell_text(p, (size_t)row * p->columns + c, &class);
        if (p->terminal->colour && look_of(text, class) != look) {
            look = look_of(text, class);
            put_look(out, look);
        }
        p->marks_seen |= text == '|'   ? MARK_BARRIER
                         : text == 'x' ? MARK_CRASH
                         : text == '~' ? MARK_CUT
                         : text == '/' ? MARK_GAP
                         : text == ' ' ? MARK_UP
                                       : 0;
        if (glyph(p, text) != NULL)
            fputs(glyph(p, text), out);
        else
            fputc(text, out);
    }
    if (look != LOOK_NONE)
        put_look(out, LOOK_NONE);
    fputc('\n', out);
}

static void put_slot_rows(struct picture *p, FILE *out)
{
    for (uint32_t e = 0; e < p->lanes.executor_count; e++) {
        uint32_t count, first = rows_of(p, e, &count);
        int width = (int)p->label_columns - 9;
        for (uint32_t lane = 0; lane < count; lane++) {
            if (lane == 0)
                fprintf(out, "exec %*" PRIu32 " %2" PRIu32 " ", width, e, lane);
            else
                fprintf(out, "     %*s %2" PRIu32 " ", width, "", lane);
            put_cells(p, first + lane, out);
        }
    }
}

static void put_executor_rows(struct picture *p, FILE *out)
{
    for (uint32_t row = 0; row < p->rows; row++) {
        uint32_t first = row * p->executors_per_row, last = first + p->executors_per_row - 1;
        char label[40];
        if (last >= p->lanes.executor_count)
            last = p->lanes.executor_count - 1;
        if (first == last)
            snprintf(label, sizeof label, "%" PRIu32, first);
        else
            snprintf(label, sizeof label, "%" PRIu32 "-%" PRIu32, first, last);
        fprintf(out, "exec %*s ", (int)p->label_columns - 5, label);
        put_cells(p, row, out);
    }
}

static void put_axis(const struct picture *p, FILE *out)
{
    int64_t step = rep_axis_step(&p->axis, p->columns / 12 + 1);
    char labels[COLUMNS_MAX + 40];
    bool tic[COLUMNS_MAX] = {false};
    uint32_t written = 0;
    memset(labels, ' ', sizeof labels);
    for (int64_t at = 0; at <= p->axis.end_ns; at += step) {
        for (uint32_t g = 0; g < p->axis.gap_count;
             g++) /* no tics within a break, and not millions of steps over it */
            if (at > p->axis.gaps[g].from_ns && at < p->axis.gaps[g].to_ns)
                at = p->axis.gaps[g].to_ns - p->axis.gaps[g].to_ns % step +
                     (p->axis.gaps[g].to_ns % step != 0 ? step : 0);
        char text[32];
        if (at > p->axis.end_ns)
            break;
        uint32_t column = column_of(p, at);
        rep_format_time(at, text);
        size_t length = strlen(text);
        if (column < written || column + length > p->columns)
            continue;
        tic[column] = true;
        memcpy(labels + column, text, length);
        written = column + (uint32_t)length + 1;
    }
    fprintf(out, "%*s", (int)p->label_columns + 1, "");
    for (uint32_t c = 0; c < p->columns; c++)
        fputs(p->terminal->ascii ? (tic[c] ? "+" : "-") : tic[c] ? "\u2534" : "\u2500", out);
    fprintf(out, "\n%*s%.*s\n", (int)p->label_columns + 1, "", (int)(written > 0 ? written - 1 : 0),
            labels);
}

/* Prints one entry, on a new line if this one is full. */
static void put_gang_entry(const struct picture *p, uint32_t gang, uint32_t *column,
                           uint32_t *lines, FILE *out)
{
    const struct plan_stage *stage = &p->run->plan->stages[gang];
    uint32_t width = p->columns + p->label_columns, letter = p->gangs[gang].letter % LETTER_COUNT;
    const char *job = rep_job_name(p->run->plan, stage->job),
               *name = rep_stage_name(p->run->plan, gang);
    uint32_t estimate = 5 + (uint32_t)(strlen(job) < 35 ? strlen(job) : 35) +
                        (uint32_t)(strlen(name) < 35 ? strlen(name) : 35);
    if (*column > 0 && *column + estimate > width) {
        fputc('\n', out);
        *column = 0;
        ++*lines;
    }
    if (*lines == LEGEND_LINES_MAX)
        return;
    fputs(*column > 0 ? "  " : "", out);
    if (p->terminal->colour)
        put_look(out, 1 + letter % REP_COLOUR_COUNT);
    fputc(alphabet[letter], out);
    if (p->terminal->colour)
        put_look(out, LOOK_NONE);
    fputc(' ', out);
    uint32_t printed = rep_put_cut(out, REP_NAME, job, NAME_COLUMNS_MAX);
    fputc('/', out);
    printed += rep_put_cut(out, REP_NAME, name, NAME_COLUMNS_MAX);
    *column += printed + 5;
}

static void put_gangs(const struct picture *p, FILE *out)
{
    uint32_t column = 0, lines = 0, told = 0;
    for (uint32_t g = 0; g < p->run->plan->stage_count && lines < LEGEND_LINES_MAX; g++) {
        if (!p->gangs[g].ran)
            continue;
        put_gang_entry(p, g, &column, &lines, out);
        told += lines < LEGEND_LINES_MAX;
    }
    if (column > 0)
        fputc('\n', out);
    if (told < p->gangs_seen)
        fprintf(out, "and %" PRIu32 " gangs more\n", p->gangs_seen - told);
    if (p->gangs_seen > LETTER_COUNT)
        fprintf(out, "%" PRIu32 " gangs ran: letters repeat after %d\n", p->gangs_seen,
                (int)LETTER_COUNT);
}

static void put_legend(const struct picture *p, FILE *out)
{
    const char *bar = glyph(p, '|') != NULL ? glyph(p, '|') : "|",
               *dot = glyph(p, '.') != NULL ? glyph(p, '.') : ".";
    put_gangs(p, out);
    fputs(p->later_attempts ? "capital: attempt 0, lower case: a later one; " : "", out);
    fprintf(out, "%s idle", dot);
    if (p->marks_seen & MARK_BARRIER)
        fprintf(out, "; %s barrier released", bar);
    if (p->marks_seen & MARK_CRASH)
        fputs("; x crash", out);
    if (p->marks_seen & MARK_UP)
        fputs("; blank: down", out);
    if (p->marks_seen & MARK_CUT)
        fputs("; ~ up, but cut off or written off", out);
    fputc('\n', out);
    if (p->rounds.dense)
        fputs("some barriers are too close to each other to be drawn\n", out);
    if (p->idle_left_out)
        fprintf(out, "%" PRIu64 " slots that were never used are left out\n",
                p->lanes.capacity_total - p->lanes.used_total);
    if (!p->by_slot)
        fprintf(out,
                "%" PRIu64 " slots on %" PRIu32 " executors: a row is %" PRIu32
                " executor%s, a cell shows what held most of it\n",
                p->lanes.capacity_total, p->lanes.executor_count, p->executors_per_row,
                p->executors_per_row == 1 ? "" : "s");
    for (uint32_t g = 0; g < p->axis.gap_count; g++) {
        fputs(g == 0 ? "/ nothing could happen for " : ", ", out);
        rep_put_about(out, p->axis.gaps[g].to_ns - p->axis.gaps[g].from_ns);
        fputs(g + 1 == p->axis.gap_count ? "\n" : "", out);
    }
}

/* ------------------------------------------------------------------------------------------- the
 * whole */

static uint32_t columns_of(const struct rep_terminal *terminal, uint32_t label_columns)
{
    int columns = (terminal->columns > 0 ? terminal->columns : 80) - (int)label_columns - 2;
    return columns < COLUMNS_MIN   ? COLUMNS_MIN
           : columns > COLUMNS_MAX ? COLUMNS_MAX
                                   : (uint32_t)columns;
}

static enum rep_status draw(struct picture *p, struct rep_err *err)
{
    p->gangs = rep_alloc(p->run->plan->stage_count, sizeof *p->gangs, err);
    p->row_first = rep_alloc((size_t)p->lanes.executor_count + 1, sizeof *p->row_first, err);
    if (p->gangs == NULL || p->row_first == NULL)
        return REP_E_MEMORY;
    lay_rows(p);
    p->columns = columns_of(p->terminal, p->label_columns);
    rep_axis_init(p->run, p->columns / 2, false, &p->axis);
    p->held = rep_alloc((size_t)p->rows * p->columns, CLASS_COUNT * sizeof *p->held, err);
    p->marks = rep_alloc((size_t)p->rows * p->columns, sizeof *p->marks, err);
    if (p->held == NULL || p->marks == NULL)
        return REP_E_MEMORY;
    int64_t least = rep_axis_length(&p->axis) / p->columns * BARRIER_COLUMNS;
    enum rep_status status = rep_rounds_init(p->run, &p->axis, least, &p->rounds, err);
    if (status != REP_OK)
        return status;
    name_gangs(p);
    fill_spans(p);
    return fill_records(p, err);
}

enum rep_status rep_timeline_text(const struct rep_run *run, const struct rep_terminal *terminal,
                                  FILE *out, struct rep_err *err)
{
    struct picture p = {.run = run, .terminal = terminal};
    rep_begin(err);
    enum rep_status status = rep_lanes_get(run, &p.lanes, err);
    if (status == REP_OK)
        status = draw(&p, err);
    if (status == REP_OK) {
        if (p.by_slot)
            put_slot_rows(&p, out);
        else
            put_executor_rows(&p, out);
        put_axis(&p, out);
        put_legend(&p, out);
        status = rep_finish(out, err);
    }
    rep_lanes_put(run, &p.lanes);
    free(p.gangs);
    free(p.row_first);
    free(p.held);
    free(p.marks);
    rep_rounds_free(&p.rounds);
    return status;
}
