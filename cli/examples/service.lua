-- Shows: service, stream
cluster { executors = 2, cores = 4 }
service "web" { stage "serve" { tasks = 2, program = loop(1000000, compute "1s") } }
local count = stage "count" { tasks = 2, program = compute "300ms" }
local clicks = stream "clicks" { count, every = "1s", batches = 5 }
expect { clicks[1]:succeeds { within = "2s" } }
