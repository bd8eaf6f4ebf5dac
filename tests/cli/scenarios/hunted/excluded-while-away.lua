-- The exclusion of executor 1 ends while the driver is away; what was submitted meanwhile is admitted to the cluster that there is now. Seed 1.
local c = cluster { executors = 4, cores = 2, memory = "1GiB" }
settings { admission_failures = 0, exclude_time = "1s", order_slack = "10ms" }

local step = compute "1s"

job "a" {
    barrier_stage "fit" { tasks = 1, program = step },
}
job "b" { submit = "1s",
    barrier_stage "fit" { tasks = 7, program = step },
}

when(record("start")) { crash_driver({ back = "1s" }) }
at "5ms" { exclude(c.executor[1]) }
