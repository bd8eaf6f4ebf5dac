-- One gang and a choice of faults: --param fault=cut, and so on.
-- See: what each does to the gang, and how long until the scheduler knows.
-- Change: add a fault of your own; `muster faults` lists all of them, with how to write them.

local fault = param("fault", "crash", "what goes wrong at 3s",
    { "none", "crash", "kill", "hang", "cut", "slow", "pause" })

-- One machine more than the gang needs, so that a lost one can be replaced. Change: executors = 3.
local c = cluster { executors = 4, cores = 2 }

-- Change: sync_timeout = "1h", and see how long a hung task is waited for.
settings { heartbeat = "1s", heartbeat_timeout = "5s", sync_timeout = "10s" }

local fit = job "fit" {
    barrier_stage "fit" { tasks = 6, program = loop(20, compute "500ms", barrier(), checkpoint()) },
}

-- Ranks, executors and attempts count from 0; times are strings with a unit. Change: a row of your own.
local faults = {
    crash = function() return crash(c.executor[0]) end,
    kill = function() return kill(fit:rank(1)) end,
    hang = function() return hang_task(fit:rank(1)) end,
    cut = function() return cut(c.executor[0], { way = "out", lasts = "20s" }) end,
    slow = function() return slow(c.executor[0], { percent = 300, lasts = "5s" }) end,
    pause = function() return pause(c.executor[0], "2s") end,
}
if faults[fault] then at "3s" { faults[fault]() } end

-- Without a fault, and with those that only cost time, one attempt is enough.
local patient = fault == "none" or fault == "slow" or fault == "pause"
expect { fit:succeeds { within = "2m", attempts = patient and 1 or 2 } }
