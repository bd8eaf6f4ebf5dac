local c = cluster { executors = 4, cores = 8, memory = "64GiB", gpus = 3 }
settings { datagram = 1 }

job "resnet" {
    barrier_stage "s" { tasks = 4, program = compute "1s" },
}

at "1s" { exclude(c.executor[2]) }
