-- Shows: stage, job, fetch, output
cluster { executors = 2, cores = 4 }
local load = stage "load" { tasks = 8, program = program { compute "1s", output "8MiB" } }
local sum = stage "sum" { tasks = 2, reads = { load }, program = program { fetch "32MiB", compute "500ms" } }
local etl = job "etl" { load, sum, priority = 1, submit = "1s" }
expect { etl:succeeds { within = "1m" } }
