-- Shows: barrier_stage, barrier, all_gather, checkpoint, program, loop, compute, kill, rank
cluster { executors = 2, cores = 4 }
local step = program { compute { "80ms", "120ms" }, all_gather "64KiB", barrier() }
local train = job "train" { barrier_stage "fit" { tasks = 6, program = loop(4, step, step, checkpoint()) } }
at "500ms" { kill(train:rank(3)) }
expect { train:succeeds { attempts = 2 } }
