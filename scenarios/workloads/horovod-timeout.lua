-- Horovod on Spark starts plain tasks, and waits for all of them until its start timeout.
-- See: eight processes are asked for and six slots are there. Six tasks start, register with Horovod's driver service,
-- and wait for two that cannot start before one of the six ends. Nothing is told for ten minutes; then the timeout ends
-- the job, with the advice to ask for fewer processes or to wait longer. The six slots were held for nothing.
-- Verdicts: spark PRG; spark --param slots=8 pass; spark --param late=true pass; spark --param barrier=true EXPECT
-- Verdicts: strict PRG; strict --param barrier=true EXPECT; strict --param barrier=true --param late=true pass
-- Verdicts: spark --param late=true --param timeout=5m EXPECT
-- Policy: spark. Try --param slots=8; --param late=true (a machine comes after eight minutes, and the second wave
-- starts); and --param barrier=true, with which Horovod would start the tasks as a gang, and Spark say what it lacks and
-- hold nothing.
-- Question: two numbers of seconds decide here: how long a machine takes to come, and the timeout. Who knows the first
-- one?
-- Change: --param late=true with a timeout of five minutes. What is lost, and when would it have been known?

local slots = param("slots", 6, "of the cluster, two a machine", { min = 2, max = 16 })
local late = param("late", false, "one more machine comes after eight minutes")
local timeout = param("timeout", "10m", "HOROVOD_SPARK_START_TIMEOUT")
local gang = param("barrier", false, "start the tasks as a gang")

policy "spark"
local machines = { { executors = (slots + 1) // 2, cores = 2 } }
if late then machines[2] = { executors = 1, cores = 2, arrive = "8m" } end
cluster(machines)
-- Horovod's driver cancels all when its time is over: nothing is tried again.
settings { attempts = 1 }

local processes = 8
-- Registering, then finding the interfaces over which all can reach their neighbours; the rest is Horovod's ring.
local register = meet("driver service", { tasks = processes, within = timeout })
local start = program { compute { "1s", "2s" }, register, compute "3s" }
local step = program { compute { "450ms", "500ms" }, meet("ring", { tasks = processes }) }
local work = program { start, loop(60, step) }
local train = job "train" {
    (gang and barrier_stage or stage) "run" { tasks = processes, program = work },
    stage "collect" { tasks = 1, program = compute "500ms" },
}
expect { train:succeeds { within = "15m" } }
