-- What a hunt is measured with: four machines, eight tasks in two gangs, and with --swarm --faults 5 up to five faults a seed.
settings {
  heartbeat = "1s", heartbeat_timeout = "8s", retry_delay = "100ms", attempts = 20,
  restart_delay = "1s", heal_after = "20s", sync_timeout = "1m",
}
cluster { executors = 4, cores = 2 }
job "a" { barrier_stage "fit" { tasks = 4, program = loop(4, compute { "200ms", "900ms" }, barrier(), checkpoint()) } }
job "b" { submit = "500ms", barrier_stage "fit" { tasks = 4, program = loop(3, compute { "200ms", "900ms" }, all_gather "1KiB") } }
