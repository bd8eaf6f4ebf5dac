/*
 * host.h -- what the files of the Lua host share.
 *
 * This room is for: the host's state, the values a scenario handles (programs, stages, jobs, acts),
 *                   and reading arguments.
 * It may include:   the C library, Lua, the plan, and trace/trace.h for the names of record kinds
 *                   and reasons.
 * Never here:       the simulator, the oracles, the core.
 *
 * Invariants: a scenario only fills the rows of struct host; the plan is built from them in one
 * pass at the end (deliver.c), always in the same order, so equal scenarios give equal plans.
 * Everything that a row points to is either in another row or a Lua value held by scn_keep(). Any
 * Lua call may longjmp: nothing is owned by a C stack frame.
 */
#ifndef SCN_HOST_H
#define SCN_HOST_H

#include "plan/plan.h"
#include "scn/scn.h"
#include "words.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdnoreturn.h>

#define SCN_MARK "\001" /* stands for the scenario's path in messages: Lua would cut a long one */

/* An array that grows; freed with the host. */
struct scn_rows {
    char *at;
    size_t row_bytes;
    uint32_t count, capacity;
};

/* Something that only means something inside something else: an act, an expectation, a stage. */
struct scn_loose {
    const char *what, *belongs; /* "a submit", "at, between or when" */
    int line;
    bool placed;
};

struct scn_group { /* equal executors */
    struct plan_executor row;
    uint32_t count, racks;
};
struct scn_op {
    struct plan_op op;
    struct plan_dist dist; /* of a compute; `first` is an index into host->values */
    const char *name;      /* of a meet */
};
struct scn_program {
    uint32_t planned; /* index in the plan once delivered */
    uint32_t count, depth;
    struct scn_op ops[];
};
struct scn_columns {
    uint32_t planned, width, rows;
    size_t first_cell;
    int64_t unit_ns;
};
struct scn_stage {
    struct scn_loose loose;
    const char *name;
    bool is_gang, has_after;
    uint32_t tasks, row;
    uint32_t prefers; /* 1 + the first of its wishes in host->values; 0: none */
    uint32_t together, min; /* so many of its tasks start together; of a gang: so many at least */
    uint32_t group;    /* those of one group only make sense together; PLAN_NONE: none */
    int64_t task_bytes;
    struct plan_profile need;
    struct scn_program *program;
    struct scn_columns *columns; /* NULL: none */
    uint64_t parents, shuffles;  /* known once it is in a job */
};
struct scn_job {
    const char *name;
    uint32_t kind; /* enum plan_job_kind */
    int line, submitted_line; /* 0: no act submits it */
    plan_ns submit_ns;
    int32_t priority;
    uint32_t first_stage, stage_count;
    bool may_not_fit; /* the scenario expects it to fail for want of slots */
};
struct scn_pattern {
    const char *kind; /* NULL: no pattern */
    struct plan_pattern row;
};
struct scn_act {
    struct plan_act row;
    struct scn_pattern when;
    int line;         /* of its at, between or when */
    plan_ns lasts_ns; /* then it is taken back; 0: it is not */
    bool by_grace;    /* its duration is kill_grace */
};
struct scn_acts { /* what one word such as crash(...) asks for */
    struct scn_loose loose;
    uint32_t count;
    struct scn_act at[];
};
struct scn_expect {
    struct scn_loose loose;
    struct plan_expect row;
    const char *reason, *label; /* NULL: none */
    struct scn_pattern when;
};
struct scn_executors { /* c.executor[2], c.executor { 1, 3 } */
    uint32_t count;
    uint32_t at[];
};
struct scn_task { /* resnet:rank(3) */
    uint32_t job, stage, rank;
};

struct scn_host {
    const char *path;
    const struct scn_param *params;
    size_t param_count;
    struct scn_info *info;  /* may be NULL */
    enum scn_status status; /* of the error that is being raised */
    lua_State *L;
    size_t bytes, bytes_max; /* of Lua and of the rows together */
    size_t bytes_over;       /* how much more is granted until the scenario's next step */
    bool is_running;
    int refused_line; /* where the last large allocation was refused; 0: not known */
    uint64_t steps, steps_max;
    int hook_steps;
    uint64_t dice; /* state of math.random */

    const char *title, *policy;
    int cluster_line, policy_line, title_line;
    int64_t setting[PLAN_SETTING_COUNT];
    bool is_set[PLAN_SETTING_COUNT];
    uint32_t manager;   /* its number + 1; 0: none is named */
    struct scn_manager_of {
        plan_ns ns, most_ns; /* its `every` or `pending`; with two times that goes from ns to most_ns */
        int64_t grants, declined; /* declined: of 1000 offers */
        plan_ns refuse_ns;
    } manager_of;
    uint32_t executor_count, pair_count;
    struct scn_rows groups;       /* struct scn_group */
    struct scn_rows values;       /* int64_t: of empirical distributions, and what stages prefer */
    struct scn_rows cells;        /* uint32_t: of columns */
    struct scn_rows jobs;         /* struct scn_job */
    struct scn_rows stages;       /* struct scn_stage, a job's consecutive */
    struct scn_rows acts;         /* struct scn_act */
    struct scn_rows expects;      /* const struct scn_expect *, kept as all loose things */
    struct scn_rows loose;        /* struct scn_loose * */
    struct scn_rows known_params; /* const char *: names that param() declared */
    /* Who schedules: on which line it was said (0: nowhere), its text, its file, its parameters or NULL. */
    int scheduler_line;
    const char *scheduler_text, *scheduler_file, *scheduler_params;
    const char *text; /* the scenario's own */
    size_t text_size;
    bool is_scheduler;            /* only the scheduler of this file is wanted */
    FILE *file;                   /* what workload() reads; closed with the host */
    lua_Integer kept;             /* how many values scn_keep() holds */
    struct plan *plan;            /* what deliver.c builds */
};

struct scn_host *scn_host(lua_State *L);

/* ---- scn.c: memory, and values that must live as long as the host */
void *scn_add(lua_State *L, struct scn_rows *rows); /* one more row, zeroed */
void *scn_add_many(lua_State *L, struct scn_rows *rows, uint32_t count);
void *scn_row(const struct scn_rows *rows, uint32_t index);
void scn_keep(lua_State *L, int index);             /* the value there lives until the host ends */
const char *scn_keep_text(lua_State *L, int index); /* the same for a string; gives its bytes */
int scn_line(lua_State *L);                         /* the line of the scenario that is running */
void scn_loose(lua_State *L, struct scn_loose *loose, const char *what, const char *belongs);

/* ---- classes of values: userdata with a name and a metatable */
/* clang-format off */
#define SCN_CLASS_MAP(X) \
    X(CLUSTER, "a cluster") X(EXECUTOR_LIST, "a cluster's executors") X(EXECUTORS, "an executor") \
    X(PROGRAM, "a program") X(DIST, "a distribution") X(COLUMNS, "columns") X(STAGE, "a stage") \
    X(JOB, "a job") X(TASK, "a rank of a job") X(PATTERN, "a pattern") X(ACTS, "an act") \
    X(EXPECT, "an expectation") X(DRIVER, "the driver")
enum scn_class {
#define X(name, text) SCN_CLASS_##name,
    SCN_CLASS_MAP(X)
#undef X
    SCN_CLASS_COUNT
};
/* clang-format on */
/* Pushes a zeroed one. */
void *scn_new(lua_State *L, enum scn_class class, size_t bytes, int user_values);
void *scn_test(lua_State *L, int index, enum scn_class class); /* NULL if it is something else */
void *scn_check(lua_State *L, int index, enum scn_class class, const char *what,
                const char *remedy);
void scn_classes_open(lua_State *L);

/* ---- value.c: reading arguments, with errors that say place, field, range, value and remedy */
enum scn_type {
    SCN_INT,   /* an integer */
    SCN_TIME,  /* "1.5s" -> ns */
    SCN_BYTES, /* "64KiB" -> bytes */
    SCN_RATE,  /* "10GiB", "10GiB/s" or an integer -> bytes a second */
    SCN_MIB,   /* "64GiB" -> MiB */
    SCN_MILLI, /* 0.5 -> 500 */
    SCN_FLAG,  /* true or false */
    SCN_YES,   /* true or false, or 1 or 0 */
    SCN_SIZE,  /* "64KiB" or an integer -> bytes */
    SCN_OTHER  /* read by the caller */
};
#define SCN_REQUIRED INT64_MIN
#define SCN_ABSENT   (INT64_MIN + 1) /* what an optional field without a default gives */
struct scn_field {
    const char *name;
    enum scn_type type;
    int64_t def, lo, hi;
    const char *hint; /* the remedy, or NULL */
};
noreturn void scn_fail(lua_State *L, const char *format, ...);
const char *scn_describe(lua_State *L, int index); /* "the string 'x'"; leaves it on the stack */
int64_t scn_value(lua_State *L, int index, const char *what, const struct scn_field *field);
/* Reads every field of the table into out[]; keys that are no field, and list items unless `list`,
 * are errors. */
void scn_fields(lua_State *L, int table, const char *what, const struct scn_field *fields,
                size_t count, bool list, int64_t *out);
/* A name: not empty, printable; kept. */
const char *scn_text(lua_State *L, int index, const char *what);
bool scn_is_text(lua_State *L, int index); /* would scn_text() take this string? */
void scn_table(lua_State *L, int index, const char *what, const char *form);
bool scn_parse_count(const char *text, int64_t *out);
/* NULL: nothing is near. Of equally near names the first. */
const char *scn_nearest(const char *text, const char *const *names, size_t count);
/* "; did you mean 'x'?", or what there is, or "" if that is much; leaves it on the stack. */
const char *scn_suggest(lua_State *L, const char *text, const char *const *names, size_t count);

/* ---- the words */
#define X(name, form, doc) int scn_word_##name(lua_State *L);
SCN_WORD_MAP(X)
#undef X
#define X(class, name, form, doc) int scn_##class##_##name(lua_State *L);
SCN_METHOD_MAP(X)
#undef X
const char *scn_suggest_word(lua_State *L, const char *text);
void scn_words_open(lua_State *L);                /* words.c: pushes the sandbox's globals */
void scn_sandbox_open(lua_State *L, int globals); /* sandbox.c: what stays of Lua's own library */

/* ---- program.c, job.c, cluster.c: used by other files */
struct scn_program *scn_program_fixed(lua_State *L, int64_t ns); /* one compute; on the stack */
/* A job without stages yet; `where` begins the error about a name that is taken, "" for nothing. */
struct scn_job *scn_job_begin(lua_State *L, const char *where, const char *name, int line,
                              uint32_t *index);
/* Its stages: the list items of the table at index 2. */
void scn_job_stages(lua_State *L, struct scn_job *job, const char *what);
uint32_t scn_find_stage(const struct scn_host *host, const struct scn_job *job, const char *name);
void scn_push_job(lua_State *L, uint32_t index);
bool scn_job_is_named(lua_State *L, const char *name); /* is there one of this name? */
/* The index of the job that is the argument. */
uint32_t scn_job_at(lua_State *L, int index, const char *what);
uint32_t scn_executor_index(lua_State *L, int64_t number);
void scn_cluster_open(lua_State *L);

/* ---- managers.c: the fields of the cluster table at `table`; what the manager means for the plan */
enum scn_manager_field { SCN_M_EVERY, SCN_M_GRANTS, SCN_M_DECLINED, SCN_M_REFUSE, SCN_M_PENDING, SCN_M_COUNT };
void scn_read_manager(lua_State *L, int table, const int64_t *values); /* values: of the fields before pending */
bool scn_manager_is_graceful(const struct scn_host *host);
void scn_deliver_manager(lua_State *L); /* behind the cluster and the settings */

/* ---- prefers.c: the field of the stage table at `table`; 1 + the first of `tasks` values, or 0 */
uint32_t scn_read_prefers(lua_State *L, int table, const char *what, uint32_t tasks);

/* ---- sandbox.c: table.sort */
int scn_sort(lua_State *L);

/* ---- scheduler.c: one plan, asked for and written down; 1: a struct scn_call */
struct scn_call {
    const struct plan *plan;
    const struct gang_placer_view *view;
    struct gang_decision *out;
    uint32_t count, capacity;
};
int scn_scheduler_call(lua_State *L);
bool scn_has_on_plan(lua_State *L);
void scn_scheduler_classes(lua_State *L);
bool scn_is_gang(lua_State *L, int index); /* view.c */
bool scn_view_copy(lua_State *L, int index); /* view.c: pushes a plain table of what is a scheduler's view, or of it; else false */
/* Words that mean something else where no scheduler is. */
int scn_decide_hold(lua_State *L);
int scn_decide_fail(lua_State *L);

/* ---- act.c: what the words that make acts share */
/* Pushes `count` acts of this kind, for nobody yet. */
struct scn_acts *scn_acts_new(lua_State *L, const char *what, unsigned kind, uint32_t count);
/* The same, one for each executor that argument 1 names; or one for the task that it is. */
struct scn_acts *scn_acts_on_executors(lua_State *L, const char *what, unsigned kind);
/* The job, which has no time of its own, is submitted so long after that one has ended, however it did. */
void scn_submit_after(lua_State *L, uint32_t job, uint32_t ended, plan_ns ns);
struct plan_act *scn_act_on_task(lua_State *L, const char *what, unsigned kind);

/* ---- deliver.c: checks what only the whole can show, and builds host->plan */
void scn_deliver(lua_State *L);

#endif
