-- Shows: at, submit, cancel, hang_task, fails
cluster { executors = 1, cores = 2 }
local late = job "late" { stage "only" { tasks = 2, program = compute "1s" } }
local stuck = job "stuck" { stage "only" { tasks = 1, program = compute "1s" } }
at "2s" { submit(late) }
at "100ms" { hang_task(stuck:rank(0)) }
at "5s" { cancel(stuck) }
expect { late:succeeds { within = "5s" }, stuck:fails("cancelled") }
