# muster hunt --target exec:CMD: a command that schedules is hunted as a core is. What it does wrong in a run is a failure of that run alone;
# one that decides otherwise in another process is found; what cannot be had, or is not for it, is told once.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/cli/hunt_lib.sh"
unset MUSTER_COMMAND
bring_child
trainings=$SOURCE/scenarios/learn/07-two-trainings-half-the-slots.lua
cat >two.lua <<'END'
cluster { executors = 2, cores = 2 }
job "a" { barrier_stage "fit" { tasks = 2, program = compute "1s" } }
job "b" { stage "map" { tasks = 3, program = compute "1s" } }
END
two() { "$MUSTER" hunt two.lua --quiet --out found "$@"; }

# ---- a good one is good; variants with faults are the same however many processes there are, and of one command
exits 0 "$MUSTER" hunt "$trainings" --policy strict --seeds 1..100 --quiet --out good --target "exec:$EXEC_FIFO"
says '^hunt: 100 of 100 runs, 0 failed'
seeds=1..200
exits 0 hunt --jobs 1 --db one.sqlite --out good --target "exec:$EXEC_FIFO"
rows one.sqlite >rows
exits 0 hunt --jobs 4 --db four.sqlite --out good --target "exec:$EXEC_FIFO"
same four.sqlite rows "four processes, each with a child"
[ "$(sqlite3 one.sqlite 'SELECT count(DISTINCT chain) > 150 FROM run')" = 1 ] || die "the runs are too much alike"
complains 65 'of another campaign: .*target=' hunt --db one.sqlite --out good --target "exec:$EXEC_FIFO --hold-and-wait"
complains 65 'of another campaign: .*target=' hunt --db one.sqlite --out good

# ---- the bug that everybody writes once: what is written comes back with the command that its line names
bad="exec:$EXEC_FIFO --hold-and-wait"
if command -v python3 >/dev/null 2>&1; then bad="exec:python3 $SOURCE/scenarios/schedulers/exec/fifo.py --hold-and-wait"; fi
exits 3 "$MUSTER" hunt "$trainings" --policy strict --seeds 1..4 --quiet --out hold --target "$bad"
says '^PRG-1 in .*: 4 seeds; seed [0-9]+ needs'
grep -qF -- "--target '$bad'" out || die "the replay does not name its command: $(cat out)"
case=$(sed -n 's/^    replay: .*run \([^ ]*\.lua\) .*/\1/p' out)
seed=$(sed -n 's/^    replay: .*--seed \([0-9]*\).*/\1/p' out)
grep -qF -- "--target '$bad'" "$case" || die "the scenario does not name its command: $(head -n 4 "$case")"
chain=$(sqlite3 hold/runs.sqlite "SELECT printf('%016x', chain) FROM run WHERE seed = $seed")
sed -n 's/^-- Replay: [^ ]* //p' "$case" >line
exits 3 sh -c "\"\$MUSTER\" $(cat line) --no-plot --out again"
says "PRG-1 broken .* gang 'fit' of 'red' holds [0-9]+ slots"
says "chain $chain"
rm -rf again

# ---- what a child does wrong in a run is a failure of that run, and its sentence is there: wrong HOW RULE STATUS PATTERN
wrong() {
    exits "$3" two --seeds 1..3 --answer-timeout 1s --target "$child '$1'"
    says "^$2 in two: 3 seeds; seed [1-3] needs"
    says "$4"
    [ -n "$(find found -name "$2-*.lua")" ] || die "'$1' left no scenario"
    [ "$(sqlite3 found/runs.sqlite "SELECT count(*) FROM run WHERE verdict = 'fail' AND rule = '$2'")" = 3 ] || die "'$1' is not in the file"
    rm -rf found
}
wrong die died 1 "died before it answered 'plan' 2 .*exited with status 3; it said last: out of ideas"
wrong hang hung 3 "hung: no answer to 'plan' 2 .* within 1000 ms"
wrong flood flooded 1 'more than 16777216 bytes'
wrong give-up gave-up 1 "gave up over 'plan' 2 .*: no more"
wrong no-json nonsense 1 'must be one object of JSON'
wrong '{"do":"dance"}' nonsense 1 "must be launch, hold, release, evict, fail or wake_at, is \"dance\""

# One that dies of every second seed: each of the others has a child that lives. They are all in one lane, so they come one after the other.
cat >second.sh <<'END'
while IFS= read -r line; do
    case $line in
    *'"type":"reset"'*) seed=$(echo "$line" | sed 's/.*"seed":"*\([0-9]*\).*/\1/') ;;
    *'"type":"plan"'*) [ $((seed / 64 % 2)) = 0 ] || exit 9 ;;
    esac
    echo "$line"
done
END
echo 'sh second.sh | sh "$1" chatty' >through.sh
exits 1 two --shard 1/64 --seeds 1..640 --target "exec:exec sh through.sh $SCRATCH/child.sh"
says '^died in two: 5 seeds'
says '^hunt: part 1 of 64: 10 of 10 runs, 5 failed in 1 way'
rm -rf found

# ---- not deterministic: it remembers over a reset; or it is another one in every process
for how in counts dices; do
    exits 4 two --shard 64/64 --seeds 1..640 --target "$child $how"
    says 'seed 256 was run twice, each in a process of its own: .*: not deterministic' err
done
exits 0 two --shard 64/64 --seeds 1..640 --target "$child chatty"
says '10 of 10 runs, 0 failed'

# ---- no child at all, or none of ours: the hunt ends, at once or later
complains 69 'cannot be started: the shell gave up with status 127' two --target 'exec:/there/is/nothing'
complains 65 'speaks protocol 7, this muster speaks 1' two --target "$child version"
complains 3 'no answer to .hello. within 300 ms' two --answer-timeout 300ms --target "$child no-hello"
exits 69 two --seeds 1..100 --jobs 1 --target "exec:if [ -e was ]; then exit 127; fi; : >was; exec sh $SCRATCH/child.sh chatty"
says 'two: --target: the command cannot be started' err
says '^hunt: 0 of 100 runs'
complains 64 'must be exec:' two --target nonsense
complains 64 'must be a duration' two --target "$child x" --answer-timeout never
complains 64 'both say who schedules' two --target "$child x" --scheduler x.lua
complains 64 'both say who schedules' two --target "$child x" --scheduler-param x=1

# ---- a whole scheduler: what it cannot be asked is told once, or is why there is nothing to do; no variant has its driver die
whole="exec:sh $SOURCE/tests/cli/whole_child.sh never '[]'"
cat >crash.lua <<'END'
cluster { executors = 1 }
job "a" { stage "map" { tasks = 1, program = compute "9s" } }
at "2s" { crash_driver("1s") }
END
complains 65 'crash is not for a whole scheduler: the driver crashes in it' "$MUSTER" hunt crash.lua --quiet --out found --target "$whole"
exits 3 "$MUSTER" hunt crash.lua two.lua --seeds 1..2 --quiet --out found --target "$whole"
[ "$(cat err)" = "muster: crash is left out: the driver crashes in it, and a scheduler behind a pipe cannot be brought back from its log" ] ||
    die "it says: $(cat err)"
says '^PRG-1 in two: 2 seeds'
exits 3 two --swarm --faults 16 --shard 64/64 --seeds 1..1280 --target "$whole"
[ ! -s err ] || die "a variant is not for a whole scheduler: $(cat err)"
says '20 of 20 runs'
easy=$SOURCE/scenarios/schedulers/easy.lua
complains 65 'easy is not for a placer: it brings a scheduler of its own' "$MUSTER" hunt "$easy" --quiet --out found --target "exec:$EXEC_FIFO"
exits 65 "$MUSTER" hunt "$easy" "$easy" --quiet --out found --target "exec:$EXEC_FIFO"
says 'none of 2 scenarios is for a placer' err

# ---- nobody is left behind, however a hunt ends
for signal in INT KILL; do
    "$INTERRUPT" 700 $signal -- "$MUSTER" hunt two.lua --seeds 1..9 --quiet --out found --target "$child hang" >out 2>err
    nobody_left "SIG$signal in a hunt"
done

# ---- what cannot search or shrink with it says so
complains 64 "explore: no option '--target' here: .*cannot be taken back; 'muster hunt --target'" "$MUSTER" explore two.lua --target "$child x"
complains 64 "explore: no option '--scheduler' here: .*cannot be taken back; 'muster hunt --scheduler'" "$MUSTER" explore two.lua --scheduler=x.lua
complains 64 "shrink: no option '--target' here: .*'muster shrink --scheduler'" "$MUSTER" shrink two.lua --target "$child x"
rm -rf found good hold muster-out
