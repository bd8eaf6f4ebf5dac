-- Answer to lesson 3: the training comes first, as a stage that Spark knows of.
-- Check: same executor program op dist stage :: Cluster, stages and programs are to stay as they are.
-- Check: lacks act slow :: The training must not run beside Spark.
-- Check: verdict pass :: Somebody is hurt: look at which promise is broken.
-- Check: ends train 65s :: It ends well, but the training still waits behind score. Who decides which job is first in the
-- line?
-- Answer: the load of the machines and of the GPUs, next to the number of tasks that Spark believes to run there. Spark
-- counts slots; it measures nothing, and a program that it did not start is not in its books.
-- Verdicts: spark pass

local gang = param("barrier", true, "the training is a barrier stage; false starts it beside Spark")
policy "spark"
local c = cluster { executors = 2, cores = 4, gpus = 2 }

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
    -- What a program does to its machine that no scheduler started is not computed here but said: two to a core for as
    -- long as it runs, and no memory on the GPU that rank 0 of score was given, whenever it tries.
    at "2s" { slow(c.executor { 0, 1 }, { percent = 200, lasts = "75s" }) }
    for attempt = 0, 3 do
        when(score:starts { rank = 0, attempt = attempt }) { kill(score:rank(0)), after = "3s" }
    end
end

expect { load:succeeds { within = "35s" }, score:succeeds { within = "2m" }, never("a machine is lost", record("lost")) }
