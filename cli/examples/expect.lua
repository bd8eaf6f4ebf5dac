-- Shows: expect, succeeds, sometimes, never, record
cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(3, compute "1s", barrier()) } }
at "2s" { kill(fit:rank(2)) }
expect {
    fit:succeeds { within = "1m", attempts = { at_least = 2, at_most = 3 } },
    sometimes("the gang is fenced", record("fence", { job = fit, attempt = 0 })),
    never("an executor is lost", record("lost")),
}
