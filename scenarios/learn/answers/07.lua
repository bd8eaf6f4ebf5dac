-- Answer to lesson 7: enough machines for this story.
-- Base: --param barrier=false
-- Check: same op dist job stage :: Only the cluster is to change, and the parameter barrier be false.
-- Check: verdict pass :: The two still block each other. How many slots has red when blue comes, and how many does blue
-- get?
-- Check: has executor 0..5 cores=2 :: It ends well, but fewer machines would do.
-- Answer: fifteen. Seven for one and seven for the other leave both waiting, one more lets one of them run; with three
-- trainings 22. This story needs only twelve, because red has all its workers before blue comes.
-- Verdicts: spark pass; spark --param machines=5 PRG

local gang = param("barrier", false, "train in barrier stages")
local machines = param("machines", 6, "of two cores each", { min = 4, max = 16 })
policy "spark"
cluster { executors = machines, cores = 2 }

local workers = 8
local function fit(name)
    -- In each round of trees the histograms of all workers are added up, in a ring that the scheduler knows nothing of.
    local round = program { compute { "1500ms", "2s" }, meet(name .. " ring", { tasks = workers }) }
    local work = program { compute { "200ms", "400ms" }, meet(name .. " tracker", { tasks = workers }), loop(5, round) }
    return (gang and barrier_stage or stage) "fit" { tasks = workers, program = work }
end
-- Behind its training XGBoost puts a small stage, because Spark starts no gang again that is its job's last stage.
local function collect() return stage "collect" { tasks = 1, program = compute "200ms" } end

local batch = job "batch" { stage "run" { tasks = 4, program = compute { "5s", "6s" } } }
local red = job "red" { submit = "1s", fit "red", collect() }
local blue = job "blue" { submit = "2s", priority = 1, fit "blue", collect() }

expect { batch:succeeds(), red:succeeds { within = "1m" }, blue:succeeds { within = "1m" } }
