-- Shows: on_rank, fail, exit, hang
cluster { executors = 2, cores = 4 }
settings { attempts = 2, sync_timeout = "5s" }
-- Rank 0 fails, leaves or hangs in every attempt, so two attempts are all there are.
local function one(name, last) -- "name" is the job's
    return job(name) {
        barrier_stage "fit" { tasks = 2, program = program { compute "1s", on_rank(0, 0, last), barrier() } },
    }
end
local crashes, leaves, hangs = one("crashes", fail(1)), one("leaves", exit(1)), one("hangs", hang())
expect { crashes:fails("attempts"), leaves:fails("attempts"), hangs:fails("attempts") }
