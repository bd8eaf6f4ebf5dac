-- Answer to lesson 8: a better interval.
-- Check: same executor act job stage dist :: Only the interval is to change: same cluster, same failure, same times.
-- Check: has op checkpoint :: There is no checkpoint any more.
-- Check: verdict pass :: The story does not keep its promises: look at which.
-- Check: ends train 13m30s :: Not quick enough. Count what the checkpoints cost, and the rounds between the last one and
-- 47.
-- Answer: behind the last checkpoint that all four had reported. The one that was ahead would have begun with a state
-- that the others had not reached: results of rounds that nobody else had computed.
-- Verdicts: strict pass; spark RST EXPECT

local every = param("every", 15, "rounds between checkpoints; 0 is no checkpoint", { min = 0, max = 60 })
policy "strict"
local c = cluster { executors = 4, cores = 4, gpus = 1 }

-- Sixty rounds of ten seconds; a checkpoint writes the model, eight seconds.
local round = program { compute { "9500ms", "10s" }, all_reduce "100MiB", barrier() }
local save = program { compute "8s", checkpoint() }
local work
if every == 0 then
    work = loop(60, round)
else
    local parts = { loop(60 // every, loop(every, round), save) }
    if 60 % every > 0 then parts[2] = loop(60 % every, round) end
    work = program(parts)
end
local train = job "train" {
    barrier_stage "fit" { tasks = 4, gpus = 1, program = work },
    stage "predict" { tasks = 4, program = compute "20s" },
}
when(train:enters_epoch(47, { attempt = 0 })) { crash(c.executor[2]), after = "5s" }
when(record("lost", { executor = c.executor[2] })) { restart(c.executor[2]), after = "10s" }

expect {
    train:succeeds { within = "16m", attempts = 2 },
    sometimes("the gang starts a second time", record("start", { job = train, stage = "fit", rank = 0, attempt = 1 })),
}
