-- Two XGBoost trainings, each with half of the slots: neither has enough, and neither gives up what it has.
-- Learn: how two gangs block each other when the scheduler does not know that they are gangs.
-- Background: XGBoost's workers meet at a Rabit tracker in the driver, which waits, without a limit by default, until all
-- of a training have come. Before XGBoost used barrier mode its workers were plain tasks, started one by one as slots
-- came free. Here a batch job holds four of eight slots when the first training of eight workers comes: four start, and
-- wait for four more. Then comes a training that is more urgent, and what the batch job gives back goes there. Each holds
-- what the other lacks: a deadlock between gangs that the scheduler does not know to be gangs. As barrier stages each has
-- all of its slots or none, so the four stay idle for a moment, blue runs, and then red.
-- See: blue has all eight slots, then red. With --param barrier=false each has four workers, all wait at their trackers
-- for the rest of time, and the verdict follows who waits for whom through both trainings until the circle closes.
-- Verdicts: spark pass; spark --param barrier=false PRG; strict pass; strict --param barrier=false PRG
-- Verdicts: spark --param barrier=false --param machines=5 PRG; spark --param barrier=false --param machines=6 pass
-- Policy: spark. Try --param barrier=false.
-- Question: how many slots must a cluster have so that two trainings of eight plain workers can never block each other,
-- whatever comes when? And three trainings?
-- Change: keep the plain tasks, and give this cluster the fewest machines with which this story ends well.

local gang = param("barrier", true, "train in barrier stages")
local machines = param("machines", 4, "of two cores each", { min = 4, max = 16 })
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
