-- Answer to lesson 6: tasks that give up after half a minute.
-- Base: --param barrier=false
-- Check: same executor job stage expect :: Only the meeting at the socket is to change, and the parameter's default be
-- false.
-- Check: has op meet within=30s :: Nobody has a patience of 30 s at the socket.
-- Check: fails train :: The job does not fail yet. Is it the socket where they give up?
-- Answer: without a gang the driver believes what it counted from cores before there was any task, and in a gang what the
-- gang says of itself. Spark knew the number as soon as it had planned the stage; nobody asked. Giving up does not help,
-- because a task that is tried again still is one of six, and the driver still waits for eight.
-- Verdicts: spark EXPECT; strict EXPECT

local gang = param("barrier", false, "train in a barrier stage")
local partitions = param("partitions", 6, "how many tasks the training has", { min = 2, max = 8 })
local lost = param("lost", false, "the fourth machine goes after the driver counted")
local network_is = param("network", "good", "between the machines and the driver", { "good", "lossy" })
policy "spark"

-- The driver counts before it loads: four machines of two cores.
local counted = 8
local c = cluster { executors = 4, cores = 2 }
settings { admission_interval = "5s", admission_failures = 3, datagram = network_is == "lossy" }

-- A machine that is taken away is gone with its process, and Spark hears of it at once.
if lost then at "3s" { drain(c.executor[3], "10s") } end
if network_is == "lossy" then
    at "0s" { lose(c.executor { 0, 1, 2, 3 }, { permille = 200, lasts = "10m" }) }
end

local reserve_port = compute { "100ms", "300ms" }
-- LightGBM's own network: in every iteration each task needs what all others found. Spark sees nothing of it.
local iteration = program { compute { "600ms", "900ms" }, meet("mesh", { tasks = partitions }) }
local load = stage "load" { tasks = 8, program = program { compute { "4s", "6s" }, output "32MiB" } }
local save = stage "save" { tasks = 1, program = compute "500ms" }

local fit
if gang then
    -- When the barrier lets go everybody is there, so task 0 may tell the driver how many to wait for.
    local connect = program { barrier(), meet("driver socket", { tasks = partitions }) }
    fit = barrier_stage "fit" { tasks = partitions, program = program { reserve_port, connect, loop(6, iteration) } }
else
    local connect = meet("driver socket", { tasks = counted, within = "30s" })
    fit = stage "fit" { tasks = partitions, program = program { reserve_port, connect, loop(6, iteration) } }
end
local train = job "train" { load, fit, save }

if gang and lost and partitions > 6 then
    -- What should become of it; not what Spark does.
    expect { train:fails("slots"), never("a task of the gang starts", record("start", { job = train, stage = "fit" })) }
else
    expect { train:succeeds { within = "2m", attempts = 1 } }
end
