-- A day of Microsoft's Philly cluster: 400 jobs of a public trace, on machines of eight GPUs.
-- See: nine of ten jobs want one GPU, a few want 4 to 16 at once. Those wait until so many are free together, and those
-- behind them wait with them. On 16 machines the day's work does not fit, so the line grows; on 32 nobody waits long.
-- Verdicts: strict pass; strict blocked_head=skip pass; spark pass
-- Policy: strict. Try --set blocked_head=skip, under which small jobs overtake, and --param machines=32.
-- Question: who pays for the overtaking? Compare the longest wait and the mean under both.
-- Change: --param file=/path/to/philly.csv --param machines=96, the whole trace of 82,247 jobs and 109 days. Its columns
-- are timestamp, duration and num_gpus; see NOTICE for where it comes from.

local file = param("file", "philly-400.csv", "beside this file, or a path")
local machines = param("machines", 16, "of eight GPUs each", { min = 2, max = 1000 })

policy "strict"
cluster { executors = machines, cores = 8, gpus = 8 }
network { latency = "0s" }

local jobs = workload(file) { submit = { "timestamp", unit = "date" }, gpus = "num_gpus", duration = "duration" }
for _, j in ipairs(jobs) do
    expect { j:succeeds() }
end
