-- A busy small cluster to which everything happens that can: every fault there is, on every kind of work there is.
-- See: gangs with checkpoints, shuffles, shares of GPUs, wishes, a rendezvous and a service on seven machines. Most faults wait
-- for a record and strike a moment later, and all computes are random, so each --seed is another story. Every batch job ends
-- well, but for the one that is cancelled.
-- Verdicts: strict pass; spark GEN RST TMR EXPECT or BAR
-- Policy: strict. With --param datagram=true links lose, double and reorder as well, and connections no longer break.
-- Question: which of the faults cost an attempt, which a loss, and which only time?
-- Change: --seed, and compare what the same fault meets.

local datagram = param("datagram", false, "links are datagrams, and lose, double and reorder some")

policy "strict"
network { latency = "3ms", bandwidth = "200MiB" }
settings {
    heartbeat = "2s", heartbeat_timeout = "20s", release_wait = "15s", kill_grace = "2s", restart_delay = "2s",
    reserve_timeout = "5s", reserve_lease = "8s", sync_timeout = "25s", retry_delay = "300ms",
    attempts = 20, losses = 100, admission_interval = "3s", admission_failures = 1000, launch_deadline = "1h",
    locality_wait = "1s", exclude_failures = 3, exclude_time = "20s", heal_after = "30s",
    connection_timeout = "30s", datagram = datagram, resend = "150ms", clock_offset = "400d",
}
limits { virtual = "2h" }

local c = cluster {
    { executors = 4, cores = 4, memory = "8GiB", gpus = 2, racks = 2 },
    { executors = 2, cores = 6, memory = "16GiB", gpus = 1, racks = 1 },
    { executors = 1, cores = 4, memory = "8GiB", gpus = 2, arrive = "4s" },
}

local short = compute { "50ms", "900ms" }
local long = compute(lognormal { median = "700ms", sigma = 0.6 })

local train = job "train" {
    barrier_stage "fit" {
        tasks = 6, gpus = 1, memory = "1GiB",
        program = loop(10, short, all_gather "64KiB", long, barrier(), checkpoint()),
    },
}
local tune = job "tune" {
    submit = "2s",
    barrier_stage "fit" {
        tasks = 4, gpus = 0.5, prefers = { c.executor[0], c.executor[0], c.executor[2], false },
        program = loop(8, long, barrier(), on_rank(0, 0, output "1MiB"), loop(2, short, checkpoint())),
    },
}
local etl = job "etl" {
    submit = "1s",
    stage "map" { tasks = 8, prefers = c.executor[3], task_bytes = "1MiB", program = program { long, output "4MiB" } },
    stage "reduce" { tasks = 4, reads = { "map" }, program = program { fetch "8MiB", long, output "1MiB" } },
    barrier_stage "score" {
        tasks = 3, reads = { "reduce" }, program = program { fetch "1MiB", short, barrier(), long, checkpoint(), barrier() },
    },
}
local ring = job "ring" {
    submit = "3s", priority = 1,
    barrier_stage "fit" {
        tasks = 3, gpus = 0.25,
        program = loop(5, meet("ring", { tasks = 3, within = "40s", at = "first" }), short, all_reduce "2MiB",
            exchange("1MiB", { batch = "64KiB" }), barrier(), checkpoint()),
    },
}
local batch = {}
for i = 0, 3 do
    batch[i] = job("batch-" .. i) { submit = 4 + 9 * i .. "s", stage "run" { tasks = 3, program = loop(3, long) } }
end
local late = job "late" { barrier_stage "fit" { tasks = 5, program = loop(4, long, barrier()) } }
local doomed = job "doomed" { submit = "6s", barrier_stage "fit" { tasks = 2, program = loop(5000, long, barrier()) } }
local web = service "web" { stage "serve" { tasks = 2, program = loop(1000000, compute(exponential { mean = "5s" })) } }

-- Work that comes and goes.
when(record("checkpoint", { job = train, nth = 9 })) { submit(late) }
when(doomed:enters_epoch(4)) { cancel(doomed), after = "150ms" }

-- Tasks.
when(train:enters_epoch(3)) { kill(train:rank(1)), after = "400ms" }
when(tune:enters_epoch(2)) { hang_task(tune:rank(2)), after = "200ms" }
when(tune:enters_epoch(5)) { straggle(tune:rank(3), "30s") }
when(train:starts { rank = 4, attempt = 1 }) { ignore_kill(train:rank(4)), linger(train:rank(5), "1s"), after = "100ms" }
when(record("fence", { job = train, nth = 2 })) { linger(train:rank(0), "4s") }
when(late:enters_epoch(2)) { quit(late:rank(3)), after = "300ms" }
when(train:enters_epoch(2)) { stray_call(train:rank(0), { op = "all_gather", epoch = 0 }), after = "10ms" }
when(late:enters_epoch(1)) { stray_call(late:rank(2), { op = "barrier", epoch = 0 }), after = "5ms" }
when(record("start", { job = etl, stage = "reduce", rank = 1 })) { kill(etl:rank(1, "reduce")), after = "30ms" }
when(record("start", { job = web })) { kill(web:rank(1)), after = "12s" }

-- Machines.
when(record("reserve-ack", { job = train })) { crash(c.executor[1]), after = "1ms" }
when(record("lost", { executor = c.executor[1] })) { restart(c.executor[1]), after = "3s" }
when(record("accept", { job = etl, stage = "map", nth = 7 })) { crash(c.executor[3]), after = "300ms" }
when(record("fetch-failed", { job = etl })) { restart(c.executor[3]), after = "1s" }
when(record("go", { job = late })) { pause(c.executor[4], "25s"), after = "2ms" }
when(record("release", { job = ring, nth = 2 })) { pause(c.executor[0], "3s"), after = "1ms" }
between "8s" "25s" { slow(c.executor[2], { percent = 250 }) }
at "2s" { drift(c.executor[5], { ppm = 700 }), drift(c.executor[0], { ppm = -700 }) }
when(record("checkpoint", { job = train, nth = 20 })) { drain(c.executor[6], "6s") }
when(train:enters_epoch(7)) { lose_gpu(c.executor[0], 1), after = "500ms" }
when(record("plan", { job = ring })) { take(c.executor[2], { cores = 2, lasts = "9s" }) }
when(record("plan", { job = late })) { take(c.executor[4], { cores = 2, lasts = "5s" }) }
when(record("fence", { job = ring })) { exclude(c.executor[3]) }
at "15s" { exclude(c.executor[5]) }

-- The driver.
when(record("reserve", { job = tune })) { crash_driver { back = "2s", effect = 3 }, after = "1ms" }
when(record("release", { job = train, nth = 20 })) { crash_driver { back = "4s", effect = 7 }, after = "1ms" }
when(record("fence", { job = late })) { crash_driver "1s" }
when(record("fetch-failed", { job = etl })) { crash_driver { back = "3s", effect = 2 } }

-- Links.
when(record("arrive", { job = train, nth = 25 })) { cut(c.executor[2], { way = "out", lasts = "30s" }) }
when(record("release", { job = tune, nth = 3 })) { cut(c.executor[0], { way = "in", lasts = "4s" }), after = "1ms" }
when(record("go", { job = etl, stage = "score" })) { cut(c.executor[5], { lasts = "24s" }), after = "1ms" }
when(record("arrive", { job = late, nth = 3 })) { hold(c.executor[4], { way = "both", lasts = "8s" }) }
when(record("reserve", { job = ring })) { hold(c.executor[1], { way = "in", lasts = "6s" }) }
at "12s" { clog(c.executor { 0, 1, 2, 3 }, { by = "300ms" }) }
when(record("meet", { job = ring, nth = 4 })) { partition(c.executor { 0, 1, 2 }, c.executor { 3, 4, 5 }, { lasts = "5s" }) }
when(record("meet", { job = ring, nth = 11 })) { hold(c.executor { 2, 5 }, { to = c.executor { 1, 3 }, lasts = "3s" }) }
when(record("start", { job = etl, stage = "reduce", rank = 2 })) {
    cut(c.executor { 0, 1, 2 }, { to = c.executor[3], lasts = "2s" }), clog(c.executor[3], { to = c.executor[4], by = "80ms" }),
}
when(record("start", { job = etl, stage = "score" })) { refuse(c.executor[4], { to = c.executor[3], way = "out", lasts = "1s" }) }
at "22s" { mend(c.executor { 1, 3 }) }
at "31s" { mend(c.executor { 0, 2 }) }
if datagram then
    at "1s" {
        lose(c.executor { 0, 1, 2, 3, 4, 5, 6 }, { permille = 100, lasts = "90s" }),
        double(c.executor { 0, 1, 2, 3, 4, 5 }, { permille = 100, lasts = "90s" }),
        reorder(c.executor { 0, 1, 2, 3, 4, 5 }, { permille = 200, by = "60ms", lasts = "90s" }),
    }
else
    when(record("arrive", { job = ring, nth = 4 })) { break_link(c.executor[3]) }
    when(record("fence", { job = tune })) { break_link(c.executor[0]), after = "2ms" }
    when(record("go", { job = train, nth = 4 })) { break_link(c.executor[2]), after = "4ms" }
end

expect {
    train:succeeds(), tune:succeeds(), etl:succeeds(), ring:succeeds(), late:succeeds(), doomed:fails("cancelled"),
    batch[0]:succeeds(), batch[1]:succeeds(), batch[2]:succeeds(), batch[3]:succeeds(),
}
