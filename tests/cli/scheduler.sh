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

# Executors that come and go with the load: who waits after a plan is asked for, whoever plans.
for scheduler in fifo easy permit placeholders; do
    exits 0 "$MUSTER" run faults/dynamic-allocation.lua --scheduler "$SOURCE/scenarios/schedulers/$scheduler.lua" --no-plot --out run
    exits 0 "$MUSTER" replay run
done

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
# What it is shown is read-only, and each complaint says what to do instead.
fails 'view.now = 7' "'now' of the view cannot be set: .* outside of on_plan"
fails 'view.executors[1].cores = 9' "'cores' of an executor cannot be set: .* executor:take(gang, tasks)"
fails 'view.waiting[1].seen = true' "'seen' of a gang cannot be set: .* in a table of your own, by gang.order"
fails 'view.waiting[1] = nil' 'a list of the view cannot be changed: .* copy it first'
fails 'table.insert(view.waiting, 1, 7)' 'a list of the view cannot be changed'
fails 'table.remove(view.executors)' 'a list of the view cannot be changed'
fails 'table.sort(view.waiting, function(a, b) return a.size < b.size end)' 'table.sort needs a table of your own, .* copy it first'
fails 'view.waiting[1].ranks[1] = 3' 'a list of the view cannot be changed'
fails 'local x = view.waiting[1].prio' "a gang has no field the string 'prio'.*priority"
fails 'local x = view.executors[1].core' "an executor has no field the string 'core'.*cores"
fails 'view.executors[1]:take(view.waiting[1], math.maxinteger)' 'more than there may be'
# and stays as it was for who keeps it, is the same thing each time, and can be looked at as a whole.
cat >own.lua <<'end'
cluster { executors = 2, cores = 2 }
local a = job "a" { barrier_stage "fit" { tasks = 2, program = compute "1s" } }
local kept
scheduler { on_plan = function(view)
    local gang, executor = view.waiting[1], view.executors[1]
    if not gang then return end -- it asked to be asked again, and nobody waits any more
    assert(gang == view.waiting[1] and executor == view.executors[1] and gang.ranks == gang.ranks, "another one each time")
    assert(#view.waiting == 1 and #gang.ranks == gang.missing and gang.ranks[3] == nil, "ranks")
    for at, rank in pairs(gang.ranks) do assert(rank == gang.ranks[at], "pairs of a list") end
    assert(tostring(gang) == "a gang" and tostring(view.waiting) == "a list of the view", "text")
    local names = {}
    for name in pairs(executor) do names[#names + 1] = name end
    assert(table.concat(names, " ") == "cores gpu_milli incarnation index memory offered rack total_cores total_gpu_milli total_memory", "pairs")
    if kept then
        assert(kept.executors[1].cores == 1 and kept.waiting[1].missing == 2 and kept.now < view.now, "what was kept has changed")
        assert(gang.missing == 1 and gang.places[1].executor == 0 and gang.places[1] == gang.places[1], "places")
        return { launch(gang, { executor }, gang.ranks) }
    end
    executor:take(gang, 2)
    assert(executor.cores == 0 and executor:fits(gang) == 0 and view.executors[1].cores == 0, "taken")
    executor:give(gang)
    assert(table.concat(gang.ranks, " ") == "0 1", "concat")
    kept = view
    return { hold(gang, { executor }, { 1 }), wake_at(view:after "1s") }
end }
expect { a:succeeds { within = "5s" } }
end
exits 0 "$MUSTER" run own.lua --no-plot --out run
exits 0 "$MUSTER" replay run
# A scheduler as a plan has it.
given() {
    printf 'cluster { executors = 2, cores = 2 }\njob "a" { barrier_stage "fit" { tasks = 2, program = compute "1s" } }\n%s\n' "$1" >own.lua
    exits "$2" "$MUSTER" run own.lua --no-plot --out run
    [ "$2" != 65 ] || grep -q "own.lua:3: scheduler: .*${3:-}" err || die "'$1' says: $(cat err)"
}
own='text = "local n = param([[n]], 1) scheduler { on_plan = function(view) if n == 2 then return { fail(view.waiting[1]) } end end }"'
given "scheduler { $own, file = 'x.lua', params = 'n=3\\n' }" 3
given "scheduler { $own, file = 'x.lua', params = 'n=2\\n' }" 0
given 'scheduler { on_plans = function(view) end }' 65 "no field 'on_plans'.*on_plan"
given "scheduler { $own }" 65 "there is 'text', but no 'file'"
given "scheduler { $own, file = 'x.lua', param = 'n=2\\n' }" 65 "no field 'param' beside 'text'.*params"
given "scheduler { $own, file = 7 }" 65 "'file' must be a text, got the number 7"
given "scheduler { $own, file = 'x.lua', params = 'n' }" 65 'params must be at most .* lines such as'
scenario 'return { launch(view.waiting[1], { 0, 9 }) }'
exits 65 "$MUSTER" run own.lua --no-plot --out run
grep -q 'executor 9, must be below 2' err || die "executor 9 says: $(cat err)"
exits 64 "$MUSTER" run learn/01-mapreduce-vs-barrier.lua --scheduler "$SOURCE/scenarios/schedulers/fifo.lua" --scheduler-param nix=1 --no-plot --out run
exits 65 "$MUSTER" run bugs/ray/65147-each-needs-the-others-slot.lua --scheduler learn/01-mapreduce-vs-barrier.lua --no-plot --out run

# The suite, with somebody else's scheduler: who starts gangs whole and in their turn passes; a file that is none is one complaint.
for name in fifo easy; do
    exits 0 "$MUSTER" check -q --scheduler schedulers/$name.lua
    says '^check: [0-9]{2,} passed, [0-9]+ predicted, 0 tolerated, 0 unknown, 0 failed, [0-9]+ not run; '
    says "^scheduled by: schedulers/$name.lua$"
done
exits 3 "$MUSTER" check -q workloads/gang-1.lua --scheduler schedulers/quota.lua
says 'replay: muster run .*gang-1.lua --seed 1 --policy strict --scheduler schedulers/quota.lua$'
exits 0 "$MUSTER" check -q learn/01-mapreduce-vs-barrier.lua --scheduler schedulers/easy.lua --scheduler-param estimate=5s
exits 64 "$MUSTER" check -q learn --scheduler schedulers/easy.lua --scheduler-param nix=1
exits 65 "$MUSTER" check -q learn --scheduler learn/01-mapreduce-vs-barrier.lua
[ "$(wc -l <err)" = 1 ] || die "no scheduler, and $(wc -l <err) complaints"
exits 64 "$MUSTER" check -q learn --scheduler schedulers/easy.lua --target exec:true
exits 64 "$MUSTER" check -q learn --scheduler-param a=1
rm -rf run own.lua
nothing_left
