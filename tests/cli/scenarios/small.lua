-- Two gangs, room for one at a time, and a crash in the middle: small, but with everything in it.
local c = cluster { executors = 2, cores = 2 }
settings { retry_delay = "100ms" }
local step = program { compute { "80ms", "120ms" }, barrier() }
local first = job "first" {
    barrier_stage "fit" { tasks = 4, program = program { loop(6, step, checkpoint()) } },
    submit = "10ms",
}
local second = job "second" { barrier_stage "fit" { tasks = 3, program = program { loop(4, step) } }, submit = "20ms" }
-- A table with string keys, walked with pairs: the order must be the same in every process.
for name, tasks in pairs { zulu = 1, alpha = 2, mike = 1, kilo = 1, echo = 2, tango = 1, lima = 1 } do
    job(name) { stage "only" { tasks = tasks, program = compute { "10ms", "30ms" } }, submit = "9s" }
end
at "300ms" { crash(c.executor[1]) }
at "5s" { restart(c.executor[1]) }
expect { first:succeeds { attempts = { at_least = 2 } }, second:succeeds() }
