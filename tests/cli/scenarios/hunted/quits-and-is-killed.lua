-- A task that is to quit is killed in the same instant. Seed 1.
cluster { executors = 1, cores = 1, memory = "1GiB" }

local b = job "b" {
    barrier_stage "fit" { tasks = 1, program = compute "1s" },
}

at "536870912ns" { quit(b:rank(0)), kill(b:rank(0)) }
