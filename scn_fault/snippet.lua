local c = cluster { executors = 4, cores = 8, memory = "64GiB", gpus = 3 }
settings { datagram = true }

job "resnet" {
    barrier_stage "s" { tasks = 4, program = compute "1s" },
}

between "1s" "21s" { refuse(c.executor[0], { to = c.executor[2], way = "out" }) }
