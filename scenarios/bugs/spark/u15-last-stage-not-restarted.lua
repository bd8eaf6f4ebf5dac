-- A gang in a job's last stage is not restarted (B-135).
-- Symptom: one lost task ends the whole job: "could not recover from a failed barrier ResultStage".
-- Cause: the last stage may have handed out results already, so its failure is final, even if it has not.
-- Look at: what follows the fence. XGBoost appends an empty stage for this.
-- Verdicts: strict pass; spark RST EXPECT
-- Try: --policy spark --set last_stage=restart

cluster { executors = 2, cores = 1 }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = program { compute "2s", barrier() } } }
when(job:starts { rank = 0, attempt = 0 }) { kill(job:rank(0)), after = "1s" }

expect { job:succeeds { within = "5m", attempts = 2 } }
