-- Shows: columns, column
cluster { executors = 2, cores = 2 }
-- A row a rank, a column a step: rank 3 is slow in its last one.
local function fill(rank, step) return rank == 3 and step == 2 and 900 or 100 end
local times = columns { width = 3, unit = "1ms", rows = 4, fill = fill }
local fit = job "fit" {
    barrier_stage "fit" {
        tasks = 4,
        column = times,
        program = loop(3, compute(column { first = 0, step = 1 }), barrier()),
    },
}
expect { fit:succeeds { within = "2s" } }
