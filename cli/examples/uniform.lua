-- Shows: uniform, exponential, lognormal, empirical
cluster { executors = 2, cores = 4 }
local mix = job "mix" {
    stage "a" { tasks = 4, program = compute(uniform { "80ms", "120ms" }), after = {} },
    stage "b" { tasks = 4, program = compute(exponential { mean = "1s", max = "5s" }), after = {} },
    stage "c" { tasks = 4, program = compute(lognormal { median = "1s", sigma = 0.5 }), after = {} },
    stage "d" { tasks = 4, program = compute(empirical { "1s", "1s", "3s" }), after = {} },
}
expect { mix:succeeds() }
