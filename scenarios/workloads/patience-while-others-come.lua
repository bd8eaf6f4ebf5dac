-- A task waits for the executor that it would rather be on, and smaller jobs come and go beside it all the while.
-- See: the machine with its input is busy, and it is patient for three seconds; then any machine of the rack will do. Each small job that
-- begins or ends has the queue looked at again, and that is no reason to be patient anew: it begins three seconds after it was
-- submitted.
-- Verdicts: strict pass; spark pass
-- Policy: any.
-- Question: how often is it passed over before it goes, and for whom?
-- Change: put the second machine into another rack.

settings { locality_wait = "3s" }
local c = cluster { { executors = 1, cores = 1 }, { executors = 1, cores = 4 } }
local busy = job "busy" { stage "map" { tasks = 1, prefers = c.executor[0], program = compute "2m" } }
local reader = job "reader" { submit = "1s", stage "map" { tasks = 1, prefers = c.executor[0], program = compute "1s" } }
for i = 1, 30 do
    job("small-" .. i) { submit = i .. "s", stage "map" { tasks = 1, program = compute "1500ms" } }
end

expect { busy:succeeds { within = "3m" }, reader:succeeds { within = "5s" } }
