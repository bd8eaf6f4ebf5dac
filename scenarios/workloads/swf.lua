-- A trace in the Standard Workload Format: 44 invented jobs on the machine that its header names.
-- See: the columns need no names, for the format has them. Of the 46 lines four are jobs that were cancelled before they began,
-- and two are parts of a job that has a line of its own: they are left out, and the first line that the run prints says so.
-- A job that was cancelled while it ran, or failed, has its processors for as long as it ran. A gang of 48 waits until three
-- quarters of the machine are free, and all behind it wait with it.
-- Verdicts: strict pass; strict blocked_head=skip pass; strict --param preceding=true pass; spark pass
-- Policy: strict. Try --set blocked_head=skip, under which small jobs overtake the one that waits.
-- Question: the third column of the trace says how long each job waited there. Why is it no promise to anybody here?
-- Change: --param tasks=requested, or --param duration=requested_time, for jobs that take as long as their users said. A trace of
-- your own: --param file=/path/to/it.swf; and `muster import swf` writes a scenario that fits it.

local file = param("file", "invented-44.swf", "beside this file, or a path")
local tasks = param("tasks", "allocated", "the processors that a job was given, or asked for", { "allocated", "requested" })
local duration = param("duration", "run", "how long it ran, or was said to run", { "run", "requested_time" })
local preceding = param("preceding", false, "job 42 comes when job 34 has ended and its user has thought, and not at its time")

policy "strict"
local jobs, trace = workload(file) { tasks = tasks, duration = duration, preceding = preceding }

-- What the header says: 64 processors in 16 nodes.
local nodes = trace.max_nodes or 16
cluster { executors = nodes, cores = ((trace.max_procs or 4 * nodes) + nodes - 1) // nodes }
network { latency = "0s" }

assert(trace.lines == #jobs + trace.left_out)
for _, j in ipairs(jobs) do
    expect { j:succeeds() }
end
