-- Answer to lesson 5: a sign of life every five minutes.
-- Check: same executor job dist :: Cluster, jobs and times are to stay as they are: mpirun computes five minutes, eight
-- times.
-- Check: has set sync_timeout=10m :: The timeout's default is to be ten minutes.
-- Check: verdict pass :: The healthy training does not end well. Who waits for longer than ten minutes, and for whom?
-- Check: outlasts train 40m :: The training is shorter than it was. It still has to compute for forty minutes.
-- Check: with rsh_refused=true fails train :: With --param rsh_refused=true nobody notices that mpirun hangs.
-- Answer: that mpirun is alive, to the driver, by whoever knows it: task 0. A timeout then only has to be longer than the
-- time between two signs of life, however long the training is.
-- Verdicts: spark pass; spark --param rsh_refused=true PRG

local ssh = param("ssh", true, "task 0 may log in on the other machines")
local refused = param("rsh_refused", false, "two of the machines refuse one another")
local timeout = param("timeout", "10m", "of a barrier, from its first arrival")
policy "spark"
cluster { executors = 4, cores = 2 }
settings { sync_timeout = timeout }

local mpirun
if not ssh then
    mpirun = program { compute "2s", fail(255) }
elseif refused then
    -- Daemons start each other in a tree. One is not let in by its parent, and mpirun waits for all to report.
    mpirun = program { compute "2s", meet("mpirun daemons", { tasks = 4 }) }
else
    mpirun = compute "5m"
end

local train = job "train" {
    barrier_stage "fit" {
        -- A whole machine each: what mpirun starts there needs the cores that the waiting tasks hold.
        tasks = 4, cores = 2, program = program {
            compute { "1s", "3s" }, barrier(), loop(8, on_rank(0, 0, mpirun), barrier()),
        },
    },
    stage "predict" { tasks = 8, program = compute { "20s", "30s" } },
}
expect { train:succeeds { within = "45m", attempts = 1 } }
