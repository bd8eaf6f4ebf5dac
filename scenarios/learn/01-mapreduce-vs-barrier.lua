-- MapReduce against barrier: one task of each job crashes.
-- Learn: what a failed task costs where tasks are alone, and what where they are a gang.
-- Background: a MapReduce task computes from its own input and tells nobody; another can do its work later, somewhere
-- else. The tasks of a training hand each other intermediate results in every round. One that begins anew has missed what
-- the others were given, so either all begin anew or none can go on. Spark calls such a stage a barrier stage.
-- See: the MapReduce job runs that one task again, the other seven do not notice; the gang is stopped as a whole and
-- starts again as a whole, from the last checkpoint that all of its tasks had reported.
-- Verdicts: strict pass; strict --param last=true pass; strict last_stage=fail_job --param last=true RST EXPECT
-- Verdicts: spark BAR GEN RST; spark --param last=true RST EXPECT
-- Policy: strict. Try --policy spark, which starts the gang again, but from its first round, and where tasks of the
-- first attempt still run; and with it --param last=true: Spark does not start a gang again whose stage is its job's
-- last, for some of its results may have been handed out already (rule B-135). It gives the job up after one failure,
-- with three attempts left.
-- Question: the gang was in its sixth round when rank 3 died. Why does it not begin again with the first?
-- Change: take checkpoint() out of the gang's program, and look how much later its second attempt ends.

local last = param("last", false, "leave out the stage behind the gang, so that the gang is its job's last stage")
policy "strict"

local c = cluster { executors = 4, cores = 4 }

-- Tasks that know nothing of each other: whichever fails is run again, alone.
local etl = job "etl" { stage "load" { tasks = 8, program = program { compute { "4s", "6s" }, output "8MiB" } } }

-- Tasks that wait for each other in every round: they run together or not at all.
local round = program { compute { "400ms", "600ms" }, all_gather "64KiB", barrier() }
local fit = barrier_stage "fit" { tasks = 6, program = loop(5, round, round, checkpoint()) }
local train
if last then
    train = job "train" { fit }
else
    train = job "train" { fit, stage "score" { tasks = 6, program = compute "1s" } }
end

at "0s" { submit(etl), submit(train) }
at "2s" { kill(etl:rank(5)) }
-- A round of this program is two syncs, an all_gather and a barrier: epoch 10 begins the sixth round, and two rounds
-- are a checkpoint, so by then there are two.
when(train:enters_epoch(10)) { kill(train:rank(3)), after = "200ms" }

expect {
    etl:succeeds { within = "1m" },
    train:succeeds { within = "1m", attempts = 2 },
    sometimes("one task of etl starts a second time", etl:starts { rank = 5, attempt = 1 }),
    never("another task of etl starts a second time", etl:starts { rank = 4, attempt = 1 }),
    sometimes("the whole gang starts a second time", record("start", { job = train, stage = "fit", rank = 0, attempt = 1 })),
    sometimes("the gang's first attempt is fenced", record("fence", { job = train, stage = "fit", attempt = 0 })),
    never("an executor is lost", record("lost")),
}
