-- Map outputs lie on a machine that the driver hears and the readers do not reach.
-- See: the fetch waits for as long as its connection may be silent, and is then a failed fetch: the driver counts the outputs
-- of a machine that is alive lost (B-142), makes them again elsewhere, and the readers' attempt is not charged. Nothing is
-- wrong with the machine, so it is offered on; what keeps the story short is that the link is back by then.
-- Verdicts: strict pass; spark RST EXPECT
-- Policy: strict. Try --param refused=true: then the readers know at once.
-- Question: what would happen if the link stayed cut, and the outputs were made again on the same machine?
-- Change: let the cut last for good, and give the cluster a fifth machine.

local refused = param("refused", false, "connections are refused, and not merely silent")

policy "strict"
settings { connection_timeout = "2m" }
local c = cluster { executors = 4, cores = 1 }
local etl = job "etl" {
    stage "map" { tasks = 4, program = program { compute "5s", output "64MiB" } },
    barrier_stage "reduce" { tasks = 2, reads = { "map" }, program = program { compute "5s", fetch "64MiB", compute "5s" } },
}
local away = c.executor { 0, 1 }
when(etl:starts { stage = "reduce", attempt = 0 }) {
    refused and refuse(away, { to = c.executor[3], lasts = "2m" }) or cut(away, { to = c.executor[3], lasts = "4m" }),
    after = "1s",
}

expect {
    etl:succeeds { within = "10m" },
    sometimes("an output on a machine that lives is missed", record("fetch-failed", { executor = c.executor[3] })),
    sometimes("and made again", record("unregister", { stage = "map", job = etl })),
    never("a machine is lost", record("lost")),
}
