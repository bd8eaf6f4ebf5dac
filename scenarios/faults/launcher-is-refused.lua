-- Rank 0 launches everybody, and one host refuses it, as rsh does.
-- See: the scheduler has started all four tasks, and its part is done. Then they meet at rank 0, as under mpirun, and
-- executor 2 is not let in: the connection is refused at once, the task fails, and the gang restarts on the same machines until
-- executor 2 has failed often enough to be excluded. A cut instead is silent: the task waits for as long as it has patience.
-- Verdicts: strict pass; spark RST EXPECT
-- Policy: strict. Try --param silent=true, and compare how long one attempt takes.
-- Question: from what does the scheduler conclude that executor 2 is to blame, and when would it blame rank 0's?
-- Change: let the driver hold the rendezvous (at = "driver"); refuse only one way.

local silent = param("silent", false, "the link is cut, so nobody answers at all")

policy "strict"
settings { exclude_failures = 2 }
local c = cluster { executors = 5, cores = 1 }
local mpi = job "mpi" {
    barrier_stage "run" {
        tasks = 4,
        program = program { compute "1s", meet("mpirun", { tasks = 4, within = "30s", at = "first" }), loop(10, compute "1s", all_reduce "1MiB") },
    },
}
at "0s" {
    silent and cut(c.executor[0], { to = c.executor[2], lasts = "30m" }) or refuse(c.executor[0], { to = c.executor[2], lasts = "30m" }),
}

expect { mpi:succeeds { within = "10m" }, never("a machine is lost", record("lost")) }
