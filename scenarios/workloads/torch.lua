-- PyTorch on Spark, as TorchDistributor starts it: a port from task 0 by allGather, then torchrun.
-- See: task 0 binds a port, reads its number and lets go of it; allGather gives it to all, with task 0's host; each task
-- then starts torchrun, whose processes meet at that address. The training is its job's last stage, because its results
-- are collected, so Spark never starts it again.
-- Verdicts: spark pass; spark --param fault=port RST EXPECT; spark --param fault=late RST EXPECT
-- Verdicts: strict pass; strict --param fault=port pass; strict --param fault=late pass
-- Policy: spark. Try --param fault=port (somebody took the port before torchrun had it) and --param fault=late (a process
-- dies in the last third); then both with --policy strict.
-- Question: task 0 could hold the port for torchrun, or Spark could hand each member one. What would then be left to go
-- wrong?
-- Change: put a stage behind the training, and see what Spark does with the same two faults.

local fault = param("fault", "none", "what goes wrong, once", { "none", "port", "late" })
policy "spark"
cluster { executors = 2, cores = 8, gpus = 4 }
network { bandwidth = "2GiB" }

local nodes = 8
local step = program { compute { "240ms", "260ms" }, all_reduce "100MiB" }
local train = job "train" {
    barrier_stage "fit" {
        tasks = nodes, gpus = 1,
        program = program {
            compute { "50ms", "150ms" }, all_gather "64B",
            compute { "2s", "3s" }, meet("torchrun", { tasks = nodes, within = "15m" }),
            compute { "4s", "6s" }, loop(6, loop(20, step), on_rank(0, 0, compute "1s"), checkpoint()),
        },
    },
}
if fault == "port" then
    when(train:enters_epoch(1, { attempt = 0 })) { kill(train:rank(0)), after = "1500ms" }
elseif fault == "late" then
    when(record("checkpoint", { job = train, rank = 3, nth = 4 })) { kill(train:rank(3)), after = "2s" }
end
expect { train:succeeds { within = "2m" } }
