-- Two gangs are being launched on one machine, and one of the launches is taken back before the machine has answered.
-- See: the driver asks the same machine for slots of `first` and of `second`, and its answers take five seconds. Elsewhere a slot of
-- `second` is stolen, which is refused at once: `second` is taken back everywhere, also where the driver cannot know yet what it was
-- given, and asks for other slots. `first` keeps what it has, and the machine has room for `second` a second time.
-- Verdicts: strict pass; spark RST EXPECT
-- Policy: strict. Try --policy spark, which starts at once, and has nothing that could be taken back.
-- Question: by what does the machine know which of its two reservations is meant?
-- Change: let somebody take the slot of `first` instead.

policy "strict"
settings { reserve_timeout = "30s", reserve_lease = "1m" }
network { latency = "5ms" }
local c = cluster { { executors = 1, cores = 5 }, { executors = 2, cores = 1 } }
local first = job "first" { submit = "2s", barrier_stage "fit" { tasks = 3, program = loop(3, compute "5s", barrier()) } }
local second = job "second" { submit = "2s", barrier_stage "fit" { tasks = 3, program = loop(3, compute "5s", barrier()) } }
at "1s" { clog(c.executor[0], { by = "5s", way = "out", lasts = "20s" }) }
when(record("plan", { job = second })) { take(c.executor[1], { cores = 1, lasts = "30s" }) }

expect {
    first:succeeds { within = "1m", attempts = 1 }, second:succeeds { within = "1m" },
    sometimes("a launch is taken back", record("unreserve", { job = second })),
}
