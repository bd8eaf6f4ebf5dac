-- A TensorFlow cluster of roles: a chief, four workers, two parameter servers.
-- See: all seven find each other before anything begins; the parameter servers then serve until the chief is done.
-- Spark's gangs have one kind of task, so the roles are ranks of one gang: rank 0 the chief, 1 to 4 workers, 5 and 6
-- parameter servers, and each of them holds a GPU, the servers too, which never use theirs.
-- Verdicts: strict pass; spark pass; strict --param gpus=5 EXPECT; strict --param gpus=5 --param roles=stages PRG
-- Verdicts: spark --param roles=stages pass; strict --param roles=stages --param busy=true pass
-- Policy: strict. Try --param gpus=5: too few for seven ranks. With --param roles=stages the servers are a stage of their
-- own, without GPUs, so five would do. But nothing starts two stages together, and nothing places them with each other in
-- mind: with five GPUs the servers take the cores beside one of them, and the trainers never start (the verdict has the
-- circle). With --param roles=stages --param busy=true the servers hold their cores for ten minutes before there is
-- anybody to serve.
-- Question: what would a scheduler have to know to give each role what it needs and still start all or none?
-- Change: with five GPUs and stages, let the servers prefer the machine without a GPU. Is that a promise?

local roles = param("roles", "ranks", "of one gang, or a stage a role", { "ranks", "stages" })
local gpus = param("gpus", 7, "machines with a GPU", { min = 1, max = 16 })
local busy = param("busy", false, "another job holds the GPUs for ten minutes")

policy "strict"
cluster { { executors = gpus, cores = 2, gpus = 1 }, { executors = 1, cores = 4 } }
settings { admission_interval = "5s", admission_failures = 3 }

local everybody, steps = 7, 30
if busy then
    job "batch" { stage "run" { tasks = gpus, gpus = 1, program = compute "10m" } }
end

-- Everybody needs the addresses of all (TF_CONFIG). The servers end when the chief has saved the model.
local join, leave = meet("cluster", { tasks = everybody }), meet("done", { tasks = everybody })
local step = program { compute { "900ms", "1100ms" }, meet("step", { tasks = 5 }) }
local serve = program { compute "500ms", join, leave }
local learn = program { compute "500ms", join, loop(steps, step), on_rank(0, 0, compute "2s"), leave }

local train
if roles == "ranks" then
    train = job "train" {
        submit = "1s",
        barrier_stage "fit" {
            tasks = everybody, gpus = 1,
            program = program {
                compute "500ms", join, on_rank(0, 4, loop(steps, step)), on_rank(0, 0, compute "2s"), leave,
            },
        },
        stage "export" { tasks = 1, program = compute "1s" },
    }
else
    train = job "train" {
        submit = "1s",
        barrier_stage "servers" { tasks = 2, program = serve, after = {} },
        barrier_stage "fit" { tasks = 5, gpus = 1, program = learn, after = {} },
        stage "export" { tasks = 1, program = compute "1s", after = { "servers", "fit" } },
    }
end
expect { train:succeeds { within = busy and "12m" or "2m", attempts = 1 } }
