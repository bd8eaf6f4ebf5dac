-- Answer to lesson 5: a sign of life every five minutes.
-- Check: same executor job dist :: Cluster, jobs and times are to stay as they are: mpirun computes five minutes, eight
-- times.
-- Check: has set sync_timeout=10m :: The timeout's default is to be ten minutes.
-- Check: verdict pass :: The healthy training does not end well. Who waits for longer than ten minutes, and for whom?
-- Check: outlasts train 40m :: The training is shorter than it was. It still has to compute for forty minutes.
-- Check: with rsh_refused=true fails train :: With --param rsh_refused=true nobody notices that mpirun hangs.
-- Answer: that mpirun is alive, to the driver, by whoever knows it: task 0. A timeout then only has to be longer than the
-- time between two signs of life, however long the training is.
-- Verdicts: spark pass; spark --param rsh_refused=true PRG; spark --param tree=false --param rsh_refused=true EXPECT

local ssh = param("ssh", true, "task 0 may log in on the other machines")
local refused = param("rsh_refused", false, "two of the machines refuse one another")
local tree = param("tree", true, "a daemon may start the next one, as Open MPI does; false: each reports to mpirun alone")
local timeout = param("timeout", "10m", "of a barrier, from its first arrival")
policy "spark"
local c = cluster { executors = 4, cores = 2 }
settings { sync_timeout = timeout }

-- Rank r is on executor r in every attempt, so that those who refuse one another are always the same ranks. Wherever the
-- dice put them (rule B-32) a gang might get away by luck.
local machines = { c.executor[0], c.executor[1], c.executor[2], c.executor[3] }

local mpirun
if not ssh then
    mpirun = program { compute "2s", fail(255) }
elseif refused and tree then
    -- The refusal below meets daemons only. They are no tasks, so nothing in this world tries the connection and fails: what
    -- comes of it is said. Mpirun waits for a report, and nobody is left who could make it.
    mpirun = program { compute "2s", meet("report of machine 3", { tasks = 2 }) }
else
    mpirun = compute "5m"
end

-- Without the tree each machine's daemon is started by the task there, and reports to mpirun beside task 0.
local start = barrier()
if not tree then start = program { barrier(), meet("mpirun", { tasks = 4, at = "first" }) } end
-- Machine 3 is not let in by the machine to which its daemon reports: with the tree machine 1, whose daemon started it.
if refused then at "0s" { refuse(c.executor[3], { to = c.executor[tree and 1 or 0], lasts = "1m" }) } end

local train = job "train" {
    barrier_stage "fit" {
        -- A whole machine each: what mpirun starts there needs the cores that the waiting tasks hold.
        tasks = 4, cores = 2, prefers = machines,
        program = program { compute { "1s", "3s" }, start, loop(8, on_rank(0, 0, mpirun), barrier()) },
    },
    stage "predict" { tasks = 8, program = compute { "20s", "30s" } },
}
expect { train:succeeds { within = "45m", attempts = 1 } }
