-- Sixty training jobs of a public trace, on two machines of eight GPUs.
-- See: gangs of 1, 2, 4 and 8 tasks in the order of their submission; the load is 0.94, so a gang of eight waits until
-- eight of the sixteen GPUs are free, and those behind it wait with it.
-- Policy: strict. Try --set blocked_head=skip, under which small gangs overtake the one that waits.
-- Question: who waits longest under each of the two, and what does the last job's end tell about it?
-- Change: give the cluster a third executor.

policy "strict"
cluster { executors = 2, cores = 8, gpus = 8 }
network { latency = "0s" }

local jobs = workload "tiresias-60.csv" { job = "job_id", submit = "submit_time", gpus = "num_gpu", duration = "duration", prefix = "job-" }

for _, j in ipairs(jobs) do
    expect { j:succeeds() }
end
