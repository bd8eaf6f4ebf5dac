-- Answer to lesson 1: the gang without its checkpoints.
-- Check: same executor act job stage dist :: Only the gang's program is to change: same cluster, faults, jobs and times.
-- Check: lacks op checkpoint :: Something in it still reports a checkpoint.
-- Check: has op barrier :: The rounds must stay as they are, with their barrier and their all_gather.
-- Check: has op loop times=5 :: There are ten rounds, with checkpoints or without.
-- Check: verdict pass :: The story must still end well. Which of its promises did you break?
-- Answer: after every two rounds all six had reported a checkpoint. Five rounds were done, so the last that all of them
-- had was the second, and the second attempt began behind the fourth round. Without checkpoints it begins with the first.
-- Verdicts: strict pass; spark BAR GEN

local last = param("last", false, "leave out the stage behind the gang, so that the gang is its job's last stage")
policy "strict"

local c = cluster { executors = 4, cores = 4 }

-- Tasks that know nothing of each other: whichever fails is run again, alone.
local etl = job "etl" { stage "load" { tasks = 8, program = program { compute { "4s", "6s" }, output "8MiB" } } }

-- Tasks that wait for each other in every round: they run together or not at all.
local round = program { compute { "400ms", "600ms" }, all_gather "64KiB", barrier() }
local fit = barrier_stage "fit" { tasks = 6, program = loop(5, round, round) }
local train
if last then
    train = job "train" { fit }
else
    train = job "train" { fit, stage "score" { tasks = 6, program = compute "1s" } }
end

at "0s" { submit(etl), submit(train) }
at "2s" { kill(etl:rank(5)) }
-- A round of this program is two syncs, an all_gather and a barrier: epoch 10 begins the sixth round, and two rounds
-- are a checkpoint, so by then there are two.
when(train:enters_epoch(10)) { kill(train:rank(3)), after = "200ms" }

expect {
    etl:succeeds { within = "1m" },
    train:succeeds { within = "1m", attempts = 2 },
    sometimes("one task of etl starts a second time", etl:starts { rank = 5, attempt = 1 }),
    never("another task of etl starts a second time", etl:starts { rank = 4, attempt = 1 }),
    sometimes("the whole gang starts a second time", record("start", { job = train, stage = "fit", rank = 0, attempt = 1 })),
    sometimes("the gang's first attempt is fenced", record("fence", { job = train, stage = "fit", attempt = 0 })),
    never("an executor is lost", record("lost")),
}
