/*
 * words.h -- the registry of every word a scenario may use.
 *
 * One row a word: its name, how it is written, one sentence. The functions' declarations, the
 * globals of the sandbox, the help, the nearest-name suggestions and the unknown-name errors are
 * all generated from these tables.
 */
#ifndef SCN_WORDS_H
#define SCN_WORDS_H

/* clang-format off */
/* Words of ours: each is the C function scn_word_NAME(). */
#define SCN_WORD_MAP(X) \
    X(title,         "title \"two gangs, room for one\"",                   "what reports call this scenario") \
    X(policy,        "policy \"strict\"",                                   "the scheduling policy, unless the command names another") \
    X(scheduler,     "scheduler { on_plan = function(view) return { launch(gang, places) } end }, scheduler { order = function(a, b) return a.size < b.size end }, scheduler { place = function(gang, executors) return { } end }, scheduler(\"../schedulers/easy.lua\", { timeout = \"5s\" }), scheduler { text = \"...\", file = \"easy.lua\", params = \"timeout=5s\\n\" }", "who schedules instead of the built-in placer: asked for a plan whenever somebody waits and something has changed, and when it asked to be (wake_at); what it is shown is read-only; or another file's, with its parameters; or one whose text is given here, as a plan that is told back has it") \
    X(launch,        "launch(gang, { 0, 0, 1 }), launch(gang, places, ranks), launch(gang)", "in a plan: these executors for the tasks that wait, in their order (or for these ranks); what is held of it goes with them") \
    X(release,       "release(gang), release(gang, { 0, 1 })",              "in a plan: what is held of it, or of these ranks, is given back") \
    X(evict,         "evict(gang), evict(gang, { 3 })",                     "in a plan: it is ended, or these ranks of it are, and waits again; nobody is charged") \
    X(wake_at,       "wake_at(view:after \"5s\")",                          "in a plan: ask again then, whatever happens") \
    X(param,         "param(\"late\", false, \"what it does\", { min = 1, max = 9 } or { \"a\", \"b\" })", "a value that --param late=true may change") \
    X(cluster,       "cluster { executors = 4, cores = 8, memory = \"64GiB\", gpus = 2, racks = 1, arrive = \"0s\", back = \"5s\", manager = \"yarn\", every = \"1s\" }", "the executors; a list of such tables makes several groups; back is how long one stays away that ended by its own hand (restart_delay if not given); manager is standalone, yarn (with every, grants), kubernetes (with pending) or mesos (with every, declined, refuse): see 'muster help managers'") \
    X(network,       "network { latency = \"500us\", bandwidth = \"10GiB\" }", "one way between the driver and an executor; bandwidth a second, 0 is without limit") \
    X(limits,        "limits { virtual = \"30d\", events = 1000000 }",      "where a run stops without a verdict") \
    X(budget,        "budget { machines = 1, links = 2, tasks = 3, driver = 1 }", "the faults that this scenario tolerates: so many machines and links hurt at once, so many tasks and deaths of the driver in all; a fault beyond that does not happen, and neither does what would take it back") \
    X(settings,      "settings { heartbeat_timeout = \"30s\" }",            "the scheduler's times and budgets, by name") \
    X(program,       "program { compute \"1s\", barrier() }",               "what one task does, in order") \
    X(compute,       "compute \"1s\", compute { \"80ms\", \"120ms\" }, compute(exponential { mean = \"1s\" })", "works for this long; two times are the ends of a uniform draw") \
    X(barrier,       "barrier(), barrier { within = \"5s\" }",               "waits for every task of its gang, or for so long at most") \
    X(all_gather,    "all_gather \"64KiB\", all_gather { \"64KiB\", within = \"5s\" }", "gives this much to every task of its gang, and gets theirs, or waits for so long at most") \
    X(checkpoint,    "checkpoint()",                                        "reports the next checkpoint: a gang restarts from the last that all its tasks reported") \
    X(output,        "output \"1MiB\"",                                     "produces this much output") \
    X(fail,          "fail(1)",                                             "the task fails with this code. In a scheduler's plan, fail(gang, \"given-up\"): its job is given up") \
    X(exit,          "exit(0)",                                             "the task exits with this status, without syncing") \
    X(hang,          "hang()",                                              "the task never does anything again") \
    X(fetch,         "fetch \"64MiB\"",                                   "reads this much of the outputs of the stages that its stage reads, from where they were made") \
    X(meet,          "meet(\"tracker\", { tasks = 4, within = \"30s\", at = \"first\" })", "waits at the rendezvous of this name until so many tasks are there; nobody tells it of those who died; at is who holds it: driver, or first, the task of rank 0, whom a cut between executors can keep away") \
    X(all_reduce,    "all_reduce \"100MiB\"",                             "a ring all-reduce of this much with its gang, out of the scheduler's sight") \
    X(exchange,      "exchange(\"1GiB\", { batch = \"64KiB\" })",          "hands this much to another engine, in batches; row by row is batch = \"100B\"") \
    X(loop,          "loop(300, step, checkpoint())",                       "does the rest so many times") \
    X(on_rank,       "on_rank(0, 3, output \"1MiB\")",                      "only ranks 0 to 3 do the rest") \
    X(uniform,       "uniform { \"80ms\", \"120ms\" }",                     "a draw from the first time to the second") \
    X(exponential,   "exponential { mean = \"1s\", max = \"10s\" }",        "an exponential draw, cut at max (10 means if not given)") \
    X(lognormal,     "lognormal { median = \"1s\", sigma = 0.5 }",          "a lognormal draw") \
    X(empirical,     "empirical { \"1s\", \"1s\", \"3s\" }",                "one of these times") \
    X(column,        "column(0), column { first = 1, step = 1 }",           "the task's own time from its stage's columns; with a step, the next one at each turn of the innermost loop") \
    X(columns,       "columns { width = 11, unit = \"1us\", values = list }, columns { width = 2, unit = \"1ms\", rows = 8, fill = f }", "a table of times, a row a rank; f(rank, column) gives one") \
    X(stage,         "stage \"load\" { tasks = 64, cores = 1, memory = \"0B\", gpus = 0, program = p, after = { \"other\" }, reads = { \"other\" }, prefers = c.executor[0], task_bytes = \"1MiB\", min = 0, group = 0 }", "independent tasks: one that fails runs again alone; after is the stage before it in the list if not given; reads are stages (or their names) whose outputs it fetches, and waits for; prefers is one executor, or a list of one a rank (false: none); task_bytes is one encoded task; so many as min says start together or none, and while some run the others are launched or evicted one by one: that takes a scheduler, and so does a group, the number of those stages, of whatever jobs, that only make sense together") \
    X(barrier_stage, "barrier_stage \"fit\" { tasks = 6, gpus = 1, program = p, column = columns { ... }, row = 0, min = 0 }", "a gang: all tasks start or none, and all restart when one fails; with min a scheduler may begin an attempt with so many of them or more: its ranks are 0 to n - 1, and its rounds are of n; the other fields are a stage's") \
    X(job,           "job \"resnet\" { stage ..., priority = 0, submit = \"0s\", kind = \"batch\" }", "stages, in order; submitted at 0s unless said otherwise; kind is batch, map (submitted as a map-stage job), service or stream") \
    X(service,       "service \"web\" { stage ..., priority = 0, submit = \"0s\" }", "a job without end, which the run does not wait for") \
    X(stream,        "stream \"clicks\" { stage ..., every = \"1s\", batches = 30, from = \"0s\", priority = 0 }", "a job each micro-batch, called clicks#0 and so on; gives the list of them") \
    X(workload,      "workload \"jobs.csv\" { job = \"id\", submit = \"when\", gpus = \"size\", duration = { \"ms\", unit = \"1ms\" } }, workload \"trace.swf\" { tasks = \"requested\", priority = \"queue\" }", "a list of jobs, one gang a row of a CSV file beside the scenario, or of one that a --param names with its path; submit may be dates, unit = \"date\", counted from the earliest. Of a trace in the Standard Workload Format (a file named .swf, or format = \"swf\") the columns are known, each may be named instead of the usual one, with preceding = true a job comes when the one before it has ended, and there is a second result: a table of how many lines it has, and how many are left_out, and why") \
    X(at,            "at \"12s\" { crash(c.executor[2]) }",                 "what happens then") \
    X(between,       "between \"20s\" \"35s\" { crash(c.executor[1]) }",    "what happens at the first time and is taken back at the second") \
    X(when,          "when(resnet:enters_epoch(7)) { kill(resnet:rank(3)), after = \"2s\", nth = 1 }", "what happens once a record like this was written") \
    X(anytime,       "anytime { crash(c.executor[2]), kill(resnet:rank(3)), times = 2 }", "what 'muster explore' has happen at every point in turn, each so many times at most (once if not given); a run leaves it out") \
    X(submit,        "submit(resnet)",                                      "the job is handed to the driver") \
    X(cancel,        "cancel(resnet)",                                      "the driver is told to cancel the job") \
    X(crash,         "crash(c.executor[2], { for_good = true })",           "power loss: the executor and its tasks are gone and nobody is told") \
    X(restart,       "restart(c.executor[2])",                              "a crashed executor comes back as a new process") \
    X(kill,          "kill(resnet:rank(3))",                                "the task's process dies at once") \
    X(hang_task,     "hang_task(resnet:rank(1))",                           "the task never does anything again, but its process stays") \
    X(straggle,      "straggle(resnet:rank(2), \"5s\")",                    "the task's present or next compute takes this much longer") \
    X(cut, "cut(c.executor[2], { way = \"out\", lasts = \"20s\" }), cut(c.executor[2], { to = c.executor[1] })", "nothing passes between the executor and its driver, or the executor that to names; way is both, in or out; a stream keeps it, a datagram link loses it") \
    X(mend, "mend(c.executor[2], { way = \"out\" }), mend(c.executor[2], { to = c.executor[1] })", "the link passes again: the end of a cut, hold, clog, refusal, loss, doubling or reordering") \
    X(hold, "hold(c.executor[2], { to = c.executor[1], way = \"in\", lasts = \"20s\" })", "messages are kept on their way; at mend they come all at once, in order. In a scheduler's plan, hold(gang, { 0, 1 }): reserves without a go") \
    X(clog, "clog(c.executor[2], { by = \"200ms\", to = c.executor[1], way = \"both\", lasts = \"20s\" })", "every message takes this much longer") \
    X(lose, "lose(c.executor[2], { permille = 300, way = \"both\", lasts = \"20s\" })", "a datagram link loses so many of 1000 messages") \
    X(double, "double(c.executor[2], { permille = 300, way = \"both\", lasts = \"20s\" })", "a datagram link delivers so many of 1000 messages twice") \
    X(reorder, "reorder(c.executor[2], { permille = 300, by = \"50ms\", way = \"both\", lasts = \"20s\" })", "a datagram link delays so many of 1000 messages by up to this, so that others overtake them") \
    X(break_link, "break_link(c.executor[2]), break_link(c.executor[2], { to = c.executor[1] })", "the connection breaks, and both ends learn it at once; it can be made again") \
    X(refuse, "refuse(c.executor[0], { to = c.executor[2], way = \"out\", lasts = \"20s\" })", "new connections between two executors are refused at once, as by rsh or a firewall; out: from the first") \
    X(partition, "partition(c.executor { 1, 3 }, driver, { lasts = \"20s\" }), partition(c.executor { 0, 1 }, c.executor { 2, 3 })", "cut both ways: they are on one side, the driver, or the other executors, on the other") \
    X(pause, "pause(c.executor[2], \"5s\")", "the machine stands still for so long, as a virtual machine that is moved; its clock goes on") \
    X(slow, "slow(c.executor[2], { percent = 300, lasts = \"20s\" })", "every compute on it takes so much of its time; 100 is the usual") \
    X(drift, "drift(c.executor[2], { ppm = -500 })", "its clock runs so many millionths fast, or slow if negative") \
    X(drain, "drain(c.executor[2], \"30s\")", "it is decommissioned: its tasks may go on for so long, then it is gone for good; on kubernetes the time may be left out") \
    X(lose_gpu, "lose_gpu(c.executor[2], 0)", "the GPU at this address dies, and with it the task on it") \
    X(take, "take(c.executor[2], { cores = 1, lasts = \"10s\" })", "somebody else takes so many cores, if they are free; until the heal if lasts is not given") \
    X(exclude, "exclude(c.executor[2])", "a health check tells the driver to offer nothing on it any more") \
    X(ignore_kill, "ignore_kill(resnet:rank(3))", "the task does not end when asked, only when forced") \
    X(linger, "linger(resnet:rank(3), \"20s\")", "the task takes so long to be gone, once it has ended or was told to, unless it is forced") \
    X(quit, "quit(resnet:rank(3))", "the task ends well at once, without syncing") \
    X(stray_call, "stray_call(resnet:rank(3), { op = \"all_gather\", epoch = 0 })", "the task's executor sends a sync call of it once more; op is barrier or all_gather; with size = 3, a call that counts so many members") \
    X(crash_driver, "crash_driver { back = \"3s\", effect = 2 }, crash_driver \"3s\"", "the driver's process dies and is back later; with effect = n, right before the n-th effect from then on") \
    X(record,        "record(\"reserve-ack\", { job = resnet, stage = \"fit\", executor = 0, attempt = 0, epoch = 0, rank = 0, nth = 1 })", "any record of this kind with these fields") \
    X(expect,        "expect { resnet:succeeds(), never(\"a loss\", record(\"lost\")) }", "what this story promises beyond the rules that always hold") \
    X(sometimes,     "sometimes(\"a restart\", record(\"fence\"))",         "a record like this must be there, or the verdict is unknown") \
    X(never,         "never(\"a loss\", record(\"lost\"))",                 "a record like this must not be there")

/* Words that are values. */
#define SCN_VALUE_MAP(X) \
    X(driver, "partition(c.executor[2], driver)", "the machine that the scheduler runs on")

/* Methods: CLASS, NAME; each is the C function scn_CLASS_NAME(). */
#define SCN_METHOD_MAP(X) \
    X(job, rank,         "resnet:rank(3), resnet:rank(3, \"fit\")",         "one task of the job's present attempt; name the stage where there are several") \
    X(job, starts,       "resnet:starts { rank = 3, attempt = 1 }",         "a task of the job begins") \
    X(job, enters_epoch, "resnet:enters_epoch(7), resnet:enters_epoch(7, { attempt = 1 })", "the driver releases the round before this one; 0: a task begins") \
    X(job, succeeds,     "resnet:succeeds { within = \"10m\", attempts = { at_least = 2, at_most = 4 } }", "the job ends well") \
    X(job, fails,        "resnet:fails(\"slots\")",                         "the job fails or is refused, for this reason if one is given") \
    X(cluster, executor, "c.executor[2], c.executor { 1, 3 }",              "one executor, or several; counted from 0")

/* What stays of Lua's own library. */
#define SCN_LUA_MAP(X) \
    X(assert,   "assert(condition, message)", "as in Lua") \
    X(error,    "error(message)",             "as in Lua") \
    X(ipairs,   "ipairs(list)",               "as in Lua") \
    X(math,     "math.floor(x)",              "as in Lua; math.random gives the same numbers on each load") \
    X(next,     "next(t, key)",               "as in Lua, in the order of pairs; looks at the whole table") \
    X(pairs,    "pairs(t)",                   "as in Lua, but sorted: numbers, then strings, then booleans") \
    X(select,   "select(n, ...)",             "as in Lua") \
    X(string,   "string.format(\"%d\", n)",   "as in Lua, without dump and pack, and without addresses") \
    X(table,    "table.insert(t, v)",         "as in Lua; table.sort is stable") \
    X(tonumber, "tonumber(text)",             "as in Lua") \
    X(tostring, "tostring(value)",            "as in Lua, without addresses") \
    X(type,     "type(value)",                "as in Lua")
/* clang-format on */

#endif
