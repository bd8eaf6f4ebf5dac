-- Shows: lose_gpu
local c = cluster { executors = 2, cores = 4, gpus = 4 }
local work = program { loop(5, compute "1s", barrier(), checkpoint()) }
local fit = job "fit" { barrier_stage "fit" { tasks = 6, gpus = 1, program = work } }
at "2500ms" { lose_gpu(c.executor[0], 1) }
expect { fit:succeeds { attempts = 2 } }
