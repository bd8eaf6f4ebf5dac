-- A pipeline: load, train as a gang, score. A machine loses power while the gang trains.
-- See: the outputs that were on the machine are made again, if somebody still needs them; the gang restarts whole.
-- Change: the lines that say so. `muster help stage` and `muster help barrier_stage` tell what a stage may have.

-- Three machines of four slots each. Change: executors = 2, and the crash leaves too few slots until it is over.
local c = cluster { executors = 3, cores = 4 }

-- How long silence is borne. Change: heartbeat_timeout = "30s", and see the restart come later.
settings { heartbeat = "1s", heartbeat_timeout = "5s" }

-- Eight independent tasks, whose outputs the next stage fetches. Change: output "1GiB".
local load = stage "load" { tasks = 8, program = program { compute { "1s", "2s" }, output "16MiB" } }

-- The gang reads them, then goes in step. Change: loop(50, ...), and count the checkpoints.
local fit = barrier_stage "fit" {
    tasks = 6,
    reads = { load },
    program = program { fetch "16MiB", loop(8, compute { "400ms", "600ms" }, all_gather "64KiB", checkpoint()) },
}

-- A stage waits for the one before it in the list.
local score = stage "score" { tasks = 4, program = compute "1s" }
local model = job "model" { load, fit, score }

-- Power loss and return. Change: crash(c.executor[1], { for_good = true }) at one time, instead of between two.
between "4s" "20s" { crash(c.executor[1]) }

-- Change: within = "10s", and read which rule says no.
expect { model:succeeds { within = "5m", attempts = { at_most = 3 } } }
