-- What a machine sends takes a second; it crashes, and its next process is heard of before the last of that has come. Seed 1.
local c = cluster { executors = 1, cores = 2, memory = "1GiB" }
network { bandwidth = "500MiB" }

job "pipeline" {
    stage "load" { tasks = 9, program = output "500MiB" },
}

when(record("reserve-ack", { nth = 8 })) { crash(c.executor[0]), restart(c.executor[0]) }
