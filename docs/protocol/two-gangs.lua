-- Two gangs, and room for one: the conversation in docs/protocol.md.
cluster { executors = 2, cores = 1 }
job "a" { barrier_stage "fit" { tasks = 2, program = program { compute "10s", barrier() } } }
job "b" { barrier_stage "fit" { tasks = 2, program = program { compute "5s", barrier() } }, submit = "1s" }
