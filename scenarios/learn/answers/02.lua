-- Answer to lesson 2: two clusters that are quick enough.
-- Base: --param clusters=2
-- Check: same executor job stage op dist expect :: Only the network is to change, and the parameter's default be 2.
-- Check: verdict pass :: The two clusters break the promise of 1m48s. How long is the copy now, and how long was it?
-- Check: has set bandwidth=838860800 :: It passes, but a slower network would do. Go down in whole hundreds of MiB.
-- Answer: copying out, reading in again, and copying back get shorter with the network. The third wave of loading and the
-- third of predicting do not: the machines with GPUs stand idle while they could help.
-- Verdicts: spark pass

local clusters = param("clusters", 2, "1: every machine does what it can; 2: data and training apart", { min = 1, max = 2 })
policy "spark"

-- Executors 0 to 3 prepare data, 4 and 5 have the GPUs. Every link carries 500 MiB a second.
local c = cluster { { executors = 4, cores = 4 }, { executors = 2, cores = 4, gpus = 2 } }
network { bandwidth = "800MiB" }

-- Two clusters are one here whose tasks wait for a machine of their own side for as long as it takes.
local function on_data_side(tasks)
    if clusters == 1 then return nil end
    local wishes = {}
    for rank = 0, tasks - 1 do wishes[rank + 1] = c.executor[rank % 4] end
    return wishes
end
settings { locality_wait = "1h" }

local parts, workers = 48, 4
local load = stage "load" {
    tasks = parts, prefers = on_data_side(parts), program = program { compute { "9s", "10s" }, output "500MiB" },
}
local epoch = program { compute { "3800ms", "4s" }, all_reduce "50MiB", barrier() }
local function predict(model, get)
    return stage "predict" {
        tasks = parts, prefers = on_data_side(parts), reads = { model }, program = program { get, compute { "4s", "5s" } },
    }
end

local pipeline
if clusters == 1 then
    local fit = barrier_stage "fit" {
        tasks = workers, gpus = 1, reads = { load }, program = program { fetch "6000MiB", loop(8, epoch), output "200MiB" },
    }
    pipeline = job "pipeline" { load, fit, predict(fit, fetch "200MiB") }
else
    -- Out of one cluster into files that the other can read, in pieces of 4 MiB, while the next piece is fetched; then from
    -- there into the trainers.
    local out = stage "copy-out" {
        tasks = workers, reads = { load }, prefers = on_data_side(workers),
        program = program { fetch "4MiB", exchange("6000MiB", { batch = "4MiB" }), output "6000MiB" },
    }
    local fit = barrier_stage "fit" {
        tasks = workers, gpus = 1, reads = { out },
        program = program { exchange("6000MiB", { batch = "4MiB" }), loop(8, epoch), output "200MiB" },
    }
    local back = stage "copy-back" {
        tasks = 1, reads = { fit }, prefers = on_data_side(1),
        program = program { fetch "4MiB", exchange("200MiB", { batch = "4MiB" }), output "200MiB" },
    }
    pipeline = job "pipeline" { load, out, fit, back, predict(back, fetch "200MiB") }
end

expect { pipeline:succeeds { within = "1m48s", attempts = 1 } }
