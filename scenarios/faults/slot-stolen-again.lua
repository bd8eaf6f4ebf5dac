-- A slot of a gang is stolen between the plan and the reservation, each time that it is tried.
-- See: `train` is launched, refused, taken back, and waits for the slot or for those of `other`; a minute later the slot is free again,
-- and is stolen once more. A launch that was taken back gives the gang no time: its deadline is over two minutes after it
-- was admitted, and it fails with that reason.
-- Verdicts: strict pass; strict launch_deadline=off EXPECT; spark RST EXPECT
-- Policy: strict. Try --set launch_deadline=off, with which it waits for as long as it takes.
-- Question: when did the deadline begin to run, and how often was the gang tried before it was over?
-- Change: a launch_deadline of 4m, and it runs.

policy "strict"
settings { launch_deadline = "2m" }
local c = cluster { executors = 3, cores = 2 }
local other = job "other" { stage "map" { tasks = 2, prefers = c.executor[2], program = compute "5m" } }
local train = job "train" { submit = "1s", barrier_stage "fit" { tasks = 4, program = loop(3, compute "1s", barrier()) } }
for n = 1, 3 do
    when(record("plan", { job = train, nth = n })) { take(c.executor[1], { cores = 1, lasts = "1m" }) }
end

expect {
    other:succeeds { within = "6m" }, train:fails("launch-deadline"),
    sometimes("it is tried again", record("plan", { job = train, nth = 2 })),
}
