# Schedulers in Lua: any scenario runs under one and is replayed from its header, through a driver's death, too; what goes wrong
# in one is said with file and line.
. "$SOURCE/tests/cli/lib.sh"
for scenario in learn/01-mapreduce-vs-barrier.lua faults/crash-in-barrier.lua faults/driver-crash-at-launch.lua faults/gpu-lost.lua; do
    exits 0 "$MUSTER" run "$scenario" --scheduler "$SOURCE/scenarios/schedulers/fifo.lua" --no-plot --out run
    exits 0 "$MUSTER" replay run
    says 'the same again'
done
exits 0 "$MUSTER" run learn/08-restart-from-a-checkpoint.lua --scheduler "$SOURCE/scenarios/schedulers/permit.lua" --scheduler-param timeout=2s --no-plot --out run
exits 0 "$MUSTER" replay run

scenario() {
    printf 'cluster { executors = 2, cores = 2 }\njob "a" { barrier_stage "fit" { tasks = 2, program = compute "1s" } }\nscheduler { on_plan = function(view)\n%s\nend }\n' "$1" >own.lua
}
# fails BODY PATTERN: the plan is no plan, and the complaint says so and where
fails() {
    scenario "$1"
    exits 65 "$MUSTER" run own.lua --no-plot --out run
    grep -q "own.lua:4: .*$2" err || die "'$1' says: $(cat err)"
}
fails 'local x = nil + 1' 'arithmetic on a nil'
fails 'while true do end' 'is there a loop that never ends'
fails 'return { launch(view.waiting[1], { 0, 0, 0 }) }' '3 executors for 2 tasks'
fails 'return { launch(7, { 0 }) }' 'must be a gang of the view'
fails 'return { fail(view.waiting[1], "tired") }' "no reason 'tired'"
scenario 'return { launch(view.waiting[1], { 0, 9 }) }'
exits 65 "$MUSTER" run own.lua --no-plot --out run
grep -q 'executor 9, must be below 2' err || die "executor 9 says: $(cat err)"
exits 64 "$MUSTER" run learn/01-mapreduce-vs-barrier.lua --scheduler "$SOURCE/scenarios/schedulers/fifo.lua" --scheduler-param nix=1 --no-plot --out run
exits 65 "$MUSTER" run bugs/ray/65147-each-needs-the-others-slot.lua --scheduler learn/01-mapreduce-vs-barrier.lua --no-plot --out run
rm -rf run own.lua
nothing_left
