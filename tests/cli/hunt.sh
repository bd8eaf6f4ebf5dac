# muster hunt: a campaign's rows are the same however many processes and parts it had; who says which part it is; files that are damaged or
# of another campaign; what is found comes back as Lua. What interruptions leave is in hunt_kept.sh.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/cli/hunt_lib.sh"
seeds=1..200
last=${seeds#1..}

# ---- folders, by their path or by their name in the library
mkdir -p home/few nothing
cp "$bench" home/few/a.lua
exits 0 env MUSTER_SCENARIOS="$PWD/home" "$MUSTER" hunt few --seeds 1..3 --quiet --out named
says '^hunt: 3 of 3 runs, '
exits 65 "$MUSTER" hunt nothing --seeds 1..3 --quiet --out named
grep -q 'there is no scenario below nothing' err || die "an empty folder says: $(cat err)"
rm -rf home nothing named

# ---- the whole, in one process
exits 0 hunt --jobs 1 --db one.sqlite --out one
says "^hunt: $last of $last runs, 0 failed in 0 ways, 0 unknown, [0-9]+ abstract states$"
rows one.sqlite >rows
[ "$(count one.sqlite)" = "$last" ] || die "$(count one.sqlite) rows, must be $last"
[ "$(sqlite3 one.sqlite "SELECT count(DISTINCT chain) * 10 > count(*) * 8, count(DISTINCT variant) * 10 > count(*) * 8 FROM run")" = "1|1" ] ||
    die "the runs are too much alike"

# ---- as many processes as you like, and parts of it
exits 0 hunt --jobs 5 --db five.sqlite --out five
same five.sqlite rows "five processes"
for part in 1 2 3; do
    exits 0 hunt --shard $part/3 --jobs 2 --db part$part.sqlite --out parts
    says "^hunt: part $part of 3: "
done
exits 0 "$MUSTER" hunt --merge --db merged.sqlite part1.sqlite part2.sqlite part3.sqlite
same merged.sqlite rows "three parts, merged"
complains 64 'merged.sqlite: it is there already' "$MUSTER" hunt --merge --db merged.sqlite part1.sqlite
exits 0 hunt --db merged.sqlite --out merged # nothing is left to do, and the report is of the whole
says "^hunt: $last of $last runs"
exits 0 "$MUSTER" hunt "$bench" --seeds 1..128 --shard 64/64 --jobs 4 --quiet --out last # one lane, many processes
says '^hunt: part 64 of 64: 2 of 2 runs'
exits 0 "$MUSTER" hunt "$bench" --seeds 1..5440 --shard 64/64 --jobs 4 --quiet --out last # more than a chunk of it
says '^hunt: part 64 of 64: 85 of 85 runs'

# ---- who says which part it is
part() {
    part_is="part $1"
    shift
    exits 0 env "$@" "$MUSTER" hunt "$bench" --seeds 1..64 --quiet --shard auto --out auto
    says "^hunt: $part_is: "
}
part '2 of 4' SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=4
part '2 of 4' SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=7
part '3 of 4' SLURM_ARRAY_TASK_ID=20 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=10
part '1 of 2' OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 SLURM_PROCID=3 SLURM_NTASKS=4
part '2 of 2' PMI_RANK=1 PMI_SIZE=2
part '4 of 4' SLURM_PROCID=3 SLURM_NTASKS=4
part '6 of 8' JOB_COMPLETION_INDEX=5 JOB_COMPLETIONS=8
complains 64 'has set JOB_COMPLETION_INDEX, but not JOB_COMPLETIONS' env JOB_COMPLETION_INDEX=5 "$MUSTER" hunt "$bench" --shard auto
complains 64 "SLURM_ARRAY_TASK_ID is '9' of SLURM_ARRAY_TASK_COUNT '4'" env SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=4 \
    "$MUSTER" hunt "$bench" --shard auto
complains 64 'neither Slurm, MPI nor' env -u SLURM_PROCID -u OMPI_COMM_WORLD_RANK -u PMI_RANK "$MUSTER" hunt "$bench" --shard auto
complains 64 'at most 64' "$MUSTER" hunt "$bench" --shard 1/65
for wrong in 0/2 3/2 1 a/b 1/; do complains 64 "must be K/N" "$MUSTER" hunt "$bench" --shard $wrong; done

# ---- a damaged file
cp one.sqlite damaged.sqlite
printf 'this is no page of a tree, and was one' | dd of=damaged.sqlite bs=1 seek=8192 conv=notrunc 2>/dev/null
before=$(cksum <damaged.sqlite)
complains 65 'damaged.sqlite: it is damaged .*left as it is' hunt --db damaged.sqlite --out damaged
[ "$(cksum <damaged.sqlite)" = "$before" ] || die "a damaged file was changed"
complains 65 'damaged.sqlite: it is damaged .*nothing was merged' "$MUSTER" hunt --merge --db no.sqlite one.sqlite damaged.sqlite
[ ! -e no.sqlite ] || die "half a merge was left"
echo 'no database at all' >text.sqlite
complains 65 'text.sqlite: ' hunt --db text.sqlite --out damaged
head -c 6000 one.sqlite >short.sqlite
complains 65 'short.sqlite: ' hunt --db short.sqlite --out damaged
cp one.sqlite lane.sqlite
sqlite3 lane.sqlite "UPDATE lane SET state = zeroblob(length(state)) WHERE lane = 3"
complains 65 'lane.sqlite: lane 3 of scenario 0 is damaged' hunt --db lane.sqlite --out damaged
# ---- another campaign's file
complains 65 'of another campaign' "$MUSTER" hunt "$bench" --seeds 1..10 --db one.sqlite
complains 65 'its seeds begin at 1, must be 5' "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds 5..10 --db one.sqlite
exits 0 "$MUSTER" hunt "$bench" --swarm --faults 4 --seeds 1..10 --db four.sqlite --quiet
complains 65 'four.sqlite: it is of another campaign' "$MUSTER" hunt --merge --db no.sqlite one.sqlite four.sqlite

cp one.sqlite old.sqlite # an older muster's, whose variants were others
sqlite3 old.sqlite "UPDATE campaign SET format = 1"
complains 65 'old.sqlite: its form is 1, must be 2: another muster made it' hunt --db old.sqlite --out damaged
complains 65 'form 1' "$MUSTER" hunt --merge --db no.sqlite one.sqlite old.sqlite

# ---- a variant in another world and under another policy comes back from its Lua as it was, though it needs neither option
cat >hangs.lua <<'EOF'
settings { heartbeat = "1s", heartbeat_timeout = "8s", heal_after = "20s" }
cluster { executors = 2, cores = 2 }
job "a" { stage "map" { tasks = 1, program = hang() } }
job "b" { barrier_stage "fit" { tasks = 3, program = loop(2, compute { "200ms", "900ms" }, barrier()) } }
EOF
exits 3 "$MUSTER" hunt hangs.lua --swarm --faults 3 --seeds 1..64 --quiet --out hangs
seed=$(sqlite3 hangs/runs.sqlite "SELECT min(seed) FROM run WHERE verdict = 'fail' AND substr(variant, 21, 4) <> x'00000000'
    AND substr(variant, 116, 1) <> x'00'") # its fields `world` and `axes`
exits 3 "$MUSTER" hunt hangs.lua --swarm --faults 3 --seeds "$seed..$seed" --quiet --out hangs
case=$(sed -n 's/^    replay: .*run \([^ ]*\.lua\) .*/\1/p' out)
grep -q '^policy "strict .*=' "$case" || die "it names no policy of its own: $(cat "$case")"
chain=$(sqlite3 hangs/runs.sqlite "SELECT printf('%016x', chain) FROM run")
exits 3 "$MUSTER" run "$case" --seed "$seed" --no-plot --out again
says "chain $chain"

# ---- what is found comes back, the quickest first, and is there twice: in the file of runs, and as Lua
lua=$SOURCE/scenarios/bugs/spark/u07-counted-twice.lua
exits 1 "$MUSTER" hunt "$lua" --policy spark --seeds 1..20 --quiet --out found
says '^([A-Z]+-[0-9]+) in .*: 20 seeds; seed [0-9]+ needs [0-9]+ events$'
case=$(sed -n 's/^    replay: .*run \([^ ]*\.lua\) .*/\1/p' out | head -n 1)
rule=$(sed -n 's/^\([A-Z]*-[0-9]*\) in .*/\1/p' out | head -n 1)
seed=$(sed -n 's/^    replay: .*--seed \([0-9]*\).*/\1/p' out | head -n 1)
chain=$(sqlite3 found/runs.sqlite "SELECT printf('%016x', chain) FROM run WHERE seed = $seed")
exits 1 "$MUSTER" run "$case" --seed "$seed" --policy spark --no-plot --out again
says "^  $rule broken at"
says "chain $chain"
[ "$(sqlite3 found/runs.sqlite 'SELECT runs, oracle FROM failure')" = "20|${rule%-*}" ] || die "the view says $(sqlite3 found/runs.sqlite 'SELECT * FROM failure')"

# ---- a core that breaks a rule and crashes then is told by the rule, and one that just crashes by that
if [ "$SANITIZED" != ON ]; then # a sanitizer has its own words for it
    bad() { env CORE="$CORE" AFTER=50 "$@" "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds 1..40 --quiet --core "$BAD_CORE" --out bad; }
    exits 1 bad BAD=twice
    says '^GEN-4 in hunt: [0-9]+ seeds; '
    says '^    the success of rank .* is accepted twice; then it crashed with SIGABRT .6.$'
    ! grep -q '^crash in' out || die "it is told by its crash: $(cat out)"
    [ "$(sqlite3 bad/runs.sqlite "SELECT DISTINCT status, records FROM run WHERE rule = 'GEN-4' AND sentence LIKE '%crashed%'")" = '1|0' ] ||
        die "its rows are $(sqlite3 bad/runs.sqlite "SELECT status, records FROM run WHERE rule = 'GEN-4'")"
    exits 1 bad BAD=abort
    says '^crash in hunt: '
    [ "$(grep -c '^    replay' out)" = 1 ] || die "a crash alone is told by more: $(cat out)"
fi

# ---- a folder: its scenarios, and no answers
mkdir -p folder/answers
cp "$bench" folder/a.lua
cp "$bench" folder/b.lua
echo 'this is no Lua' >folder/answers/c.lua
exits 0 "$MUSTER" hunt folder --seeds 1..70 --quiet --out both
says '^hunt: 140 of 140 runs'
exits 0 "$MUSTER" hunt "$SOURCE/scenarios/schedulers/easy.lua" --seeds 1..3 --quiet --out easy # a scheduler in Lua
# ---- somebody else's scheduler: what is found has it within, and needs no option any more
held() { "$MUSTER" hunt "$SOURCE/scenarios/learn/07-two-trainings-half-the-slots.lua" --policy strict --seeds 1..4 --quiet "$@"; }
permit=$SOURCE/scenarios/schedulers/permit.lua
exits 0 held --scheduler "$permit" --db permit.sqlite --out kept
exits 3 held --scheduler "$permit" --scheduler-param bug=no_timeout --out held
says '^PRG-1 in .*: 4 seeds; seed [0-9]+ needs'
case=$(sed -n 's/^    replay: .*run \([^ ]*\.lua\) .*/\1/p' out | head -n 1)
grep -q -- '--policy strict' out || die "the scenario names a policy, and its replay does not: $(cat out)"
exits 3 "$MUSTER" run "$case" --policy strict --no-plot --out again
says "PRG-1 broken .* gang 'fit' of 'red' holds [0-9]+ slots .* and so the circle"
complains 65 'not the same any more' held --scheduler "$SOURCE/scenarios/schedulers/groups.lua" --db permit.sqlite --out kept
complains 64 "no parameter 'nix'" held --param nix=1
echo 'this is no Lua' >own.lua
complains 65 'own.lua:' "$MUSTER" hunt own.lua --seeds 1..4
complains 64 'needs a --scheduler' held --scheduler-param bug=no_timeout
complains 64 'no parameter' held --scheduler "$permit" --scheduler-param nix=1
complains 64 'must be NAME=VALUE' held --scheduler "$permit" --scheduler-param nix
complains 65 'scheduler' held --scheduler "$SOURCE/scenarios/learn/01-mapreduce-vs-barrier.lua"

# ---- what hunts with the right core have found, of the core, the oracles and the simulator
for hunted in "$here"/scenarios/hunted/*.lua; do
    exits 0 "$MUSTER" run "$hunted" --seed "$(sed -n '1s/.* Seed \([0-9]*\)\.$/\1/p' "$hunted")" --no-plot --quiet --out again
done

# ---- the command line
complains 64 'adds to variants' "$MUSTER" hunt "$bench" --faults 3
complains 64 "must be A..B with A <= B" "$MUSTER" hunt "$bench" --seeds 5..4
complains 64 'B below 2\^62' "$MUSTER" hunt "$bench" --seeds 1..9223372036854775808
complains 64 'out is empty' "$MUSTER" hunt "$bench" --out ''
complains 64 'needs --db FILE' "$MUSTER" hunt --merge one.sqlite
began=$(date +%s)
exits 0 "$MUSTER" hunt "$bench" --time 1s --quiet --out timed # no variants: of ten thousands one has more events than a run may have
[ $(($(date +%s) - began)) -le 20 ] || die "--time 1s took $(($(date +%s) - began)) s"
says '^hunt: [0-9]+ runs, '
