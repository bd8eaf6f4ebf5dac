-- Answer to lesson 3: the training comes first, as a stage that the scheduler knows of, and it is waited for.
-- Check: same executor program op dist stage :: Cluster, stages and programs are to stay as they are.
-- Check: lacks act slow :: The training must not run beside Spark.
-- Check: verdict pass :: Somebody is hurt: look at which promise is broken.
-- Check: ends train 65s :: It ends well, but the training still waits behind score. Is it the first in the line, and does
-- anybody keep for the first what comes free?
-- Answer: the load of the machines and of the GPUs, next to the number of tasks that Spark believes to run there. Spark
-- counts slots; it measures nothing, and a program that it did not start is not in its books.
-- Answer: as for the change: a priority says who is asked first, each time. Under Spark's policy a gang that does not fit yet keeps nothing
-- (rule B-30), so score takes each GPU whose core comes free; the strict policy lets nobody past a gang that waits.
-- Submitting score later is an answer, too.
-- Verdicts: strict pass

local gang = param("barrier", true, "the training is a barrier stage; false starts it beside Spark")
policy "strict"
local c = cluster { executors = 2, cores = 4, gpus = 2 }
-- Spark excludes no executor unless it is told to; nobody told it.
settings { exclude_failures = 0 }

local load = job "load" { stage "load" { tasks = 12, program = compute { "9s", "11s" } } }
local score = job "score" { submit = "1s", stage "score" { tasks = 4, gpus = 1, program = compute { "14s", "16s" } } }

if gang then
    local train = job "train" {
        submit = "2s", priority = 1,
        barrier_stage "fit" {
            tasks = 4, gpus = 1, program = loop(10, compute { "3s", "4s" }, all_reduce "100MiB", barrier()),
        },
        stage "save" { tasks = 1, program = compute "1s" },
    }
    expect { train:succeeds { within = "90s", attempts = 1 } }
else
    -- What a program does to its machine that no scheduler started is not computed here but said: for as long as it runs
    -- two are on each core, so what begins then takes twice its time, and no GPU has memory left, so what wants one dies
    -- when it has loaded its model. Score is given up long before the training's 75 s are over.
    at "2s" { slow(c.executor { 0, 1 }, { percent = 200, lasts = "75s" }) }
    for rank = 0, 3 do
        for attempt = 0, 3 do
            when(score:starts { rank = rank, attempt = attempt }) { kill(score:rank(rank)), after = "3s" }
        end
    end
end

expect { load:succeeds { within = "25s" }, score:succeeds { within = "2m" }, never("a machine is lost", record("lost")) }
