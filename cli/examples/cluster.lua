-- Shows: cluster, network, limits, title, policy
title "two racks, the second arrives later"
policy "strict"
local c = cluster {
    { executors = 2, cores = 4, gpus = 2, memory = "64GiB", racks = 1 },
    { executors = 2, cores = 4, gpus = 2, arrive = "5s" },
}
network { latency = "200us", bandwidth = "10GiB" }
limits { virtual = "1d", wait = "10m", overtaken = 100 }
local work = program { compute "1s", barrier() }
local fit = job "fit" { barrier_stage "fit" { tasks = 8, gpus = 1, program = work } }
expect { fit:succeeds { within = "10m" } }
