-- MPI started from task 0: one task works, the others wait in barrier(), and what computes is not Spark's.
-- Learn: what the second barrier of an MPI job is for, and why its timeout is a year.
-- Background: the first barrier() makes sure that all machines of the gang are there. Task 0 then reads their addresses
-- from its task infos, writes mpirun's host file and runs mpirun, which starts a daemon on each machine through ssh. The
-- other tasks call barrier() a second time and stay in it, so that their slots stay taken while mpirun's processes
-- compute beside them. That second barrier lasts as long as the training: any timeout that is shorter ends a healthy
-- training. That is why spark.barrier.sync.timeout is a year, and why a hang is not noticed for a year either.
-- See: the ranks 1 to 3 wait in barrier 1 for 40 minutes, and then predict runs.
-- Verdicts: spark pass; spark --param ssh=false EXPECT; spark --param rsh_refused=true PRG
-- Verdicts: spark --param tree=false pass; spark --param tree=false --param rsh_refused=true EXPECT
-- Verdicts: spark --param timeout=30m EXPECT; spark --param rsh_refused=true --param timeout=1h PRG; strict pass
-- Verdicts: strict --param rsh_refused=true PRG; strict --param tree=false --param rsh_refused=true EXPECT
-- Policy: spark. Try --param ssh=false (mpirun fails at once: the gang starts again, three times for nothing); --param
-- rsh_refused=true (the machine whose daemon started the fourth one's refuses it: daemons are no tasks, so none of the gang
-- fails; mpirun waits for a report that never comes, and the others for task 0); with it --param tree=false (mpirun's own
-- machine refuses the fourth: a task notices, and the four attempts are over in a quarter of a minute), or --param timeout=1h (the hang ends, after four
-- attempts of an hour); --param timeout=30m (a healthy training is ended, again and again).
-- Question: a year is too long and every other number may be too short. What would have to be told to whom, so that
-- nobody had to guess a number?
-- Change: let task 0 say every five minutes that it is alive, with barriers in which all take part, so that a timeout of
-- ten minutes finds the hang and lets the healthy training be.

local ssh = param("ssh", true, "task 0 may log in on the other machines")
local refused = param("rsh_refused", false, "two of the machines refuse one another")
local tree = param("tree", true, "a daemon may start the next one, as Open MPI does; false: each reports to mpirun alone")
local timeout = param("timeout", "365d", "of a barrier, from its first arrival")
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
    mpirun = loop(8, compute "5m")
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
        program = program { compute { "1s", "3s" }, start, on_rank(0, 0, mpirun), barrier() },
    },
    stage "predict" { tasks = 8, program = compute { "20s", "30s" } },
}
expect { train:succeeds { within = "45m", attempts = 1 } }
