# muster diff: points at the first decision that differs, tells both stories from there, counts what became of it; a core that goes wrong
# costs its side alone; 0 is no difference, 1 is one.
# After a wanted change of what is told:  tests/cli/diff.sh --rewrite BUILD_DIR  and read the difference before committing it.
if [ "${1:-}" = --rewrite ]; then
    SOURCE=$(cd "$(dirname "$0")/../.." && pwd -P)
    BUILD=$(cd "$2" && pwd -P)
    MUSTER=$BUILD/cli/muster SCRATCH=$BUILD/diff-rewrite MUSTER_SCENARIOS=$SOURCE/scenarios
    CORE=$BUILD/core/gang_core.so BAD_CORE=$BUILD/tests/cli/bad_core.so CC=${CC:-cc} SANITIZED=OFF INTERRUPT=$BUILD/tests/cli/cli_interrupt
    export MUSTER_SCENARIOS
    rewrite=yes
fi
. "$SOURCE/tests/cli/lib.sh"
mkdir tmp
TMPDIR=$PWD/tmp
export TMPDIR CORE

# golden NAME COMMAND...: what it prints is tests/cli/diff/NAME.txt
golden() {
    name=$1
    shift
    exits 1 "$@"
    if [ "${rewrite:-}" = yes ]; then
        cp out "$here/diff/$name.txt"
    else
        diff -u "$here/diff/$name.txt" out >difference || die "$name tells something else: $(head -n 40 difference)"
    fi
}

# ---- a core against itself
exits 0 "$MUSTER" diff --core "$CORE" --core "$CORE" learn
says '^0 of 16 differ, 16 are the same$'
exits 0 "$MUSTER" diff --core "B:$CORE" --all learn/04-not-enough-slots.lua --seeds 1..3,9
says '^same     learn/04-not-enough-slots.lua, seed 9$'
says '^0 of 4 differ, 4 are the same$'

# ---- a text of each form
golden policies "$MUSTER" diff --policy strict --policy spark learn/08-restart-from-a-checkpoint.lua
golden axis "$MUSTER" diff --set B:last_stage=fail_job --param last=true learn/01-mapreduce-vs-barrier.lua --columns 140 --ascii
golden scheduler "$MUSTER" diff --scheduler "$SOURCE/scenarios/schedulers/statement.lua" --scheduler-param preempt=true \
    --scheduler-param B:bug=evict_part bugs/kube-batch/376-half-a-gang-evicted.lua
golden schedulers "$MUSTER" diff --scheduler "$SOURCE/scenarios/schedulers/fifo.lua" --scheduler "$SOURCE/scenarios/schedulers/easy.lua" \
    bugs/scheduler-plugins/713-nine-of-ten-held.lua faults/crash-in-barrier.lua
[ "${rewrite:-}" = yes ] && exit 0

# ---- cores with one defect each: the decision that differs is the defect's
# mutant NAME: builds tests/mutants/NAME-*.patch as NAME.so: the file it changes, the table, and the archive for the rest
mutant() {
    patch=$(ls "$SOURCE/tests/mutants/$1"-*.patch)
    rm -rf tree
    mkdir -p tree/core
    cp -R "$SOURCE/core/src" "$SOURCE/core/include" tree/core/
    (cd tree && patch -p1 -s -f --no-backup-if-mismatch <"$patch") || die "$patch does not apply"
    changed=$(sed -n 's|^+++ b/core/src/||p' "$patch")
    "$CC" -O1 -std=c17 -fPIC -fvisibility=hidden -shared -DGANG_CORE_SHARED -Itree/core/include -Itree/core/src -o "$1.so" \
        "tree/core/src/$changed" tree/core/src/api.c "$BUILD/core/libgang_core.a" || die "$1 does not compile"
    rm -rf tree
}
if [ "$SANITIZED" != ON ] && command -v "$CC" >/dev/null && command -v patch >/dev/null; then
    first=learn/01-mapreduce-vs-barrier.lua
    mutant 025
    exits 1 "$MUSTER" diff --core "B:025.so" $first
    says '^  B, handed driver: deliver of arrive, gang train/fit#0, rank 4, epoch 0, '
    says '^  A  no such answer; next exec 2: arrive, gang train/fit#0, rank 2, epoch 0, '
    says '^  B  driver: release, gang train/fit#0, ranks 0-3, epoch 0, '
    says '^  verdict +pass +BAR-1 BAR-9 EXPECT-1$'
    mutant 019
    exits 1 "$MUSTER" diff --core "$CORE" --core "019.so" $first
    says 'at 3\.756s, after 373 records alike$' # what a task does that began at the wrong checkpoint
    says '^  verdict +pass +RST-7 RST-8$'
    mutant 999
    exits 0 "$MUSTER" diff --core "B:999.so" learn faults
    says '^0 of '
    rm -f ./*.so
else
    echo "no compiler, or sanitizers: mutants were not compared"
fi

# ---- a core that goes wrong
one=learn/01-mapreduce-vs-barrier.lua
AFTER=20
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_abort=0 # a crash is to look like one
export AFTER BAD ASAN_OPTIONS
[ "$SANITIZED" = ON ] && patience=4s || patience=1s
for BAD in crash abort loop garbage load; do
    exits 1 "$MUSTER" diff --core "B:$BAD_CORE" $one --timeout $patience
    case $BAD in
    crash) says '^  B  ended before it: crashed with SIGSEGV'; says '^  verdict +pass +crash$' ;;
    abort) says '^  B  ended before it: crashed with SIGABRT .*the queue is upside down$' ;;
    loop) says '^  B  ended before it: did not end within [14] s'; says '^  verdict +pass +timeout$' ;;
    garbage) says '^  B  wrote .* bytes into its pipe that are no result' ;;
    load) says '^  B  before its first record: ' ;;
    esac
    # the last that it did is told, up to the event that it died of
    case $BAD in crash | abort | loop) says ' after 96 records alike$'; says '^  A  driver: deliver of arrive, gang train/fit#0, rank 2, epoch 1' ;; esac
    says '^1 of 1 differs, '
done
BAD=crash
exits 2 "$MUSTER" diff --core "$BAD_CORE" --core "$BAD_CORE" $one
says '^UNKNOWN  learn/01-mapreduce-vs-barrier.lua: alike for 9. records'
BAD=no
exits 0 "$MUSTER" diff --core "B:$BAD_CORE" $one
[ -z "$(find tmp -mindepth 1)" ] || die "left in TMPDIR: $(ls tmp)"

# ---- runs that there are
exits 0 "$MUSTER" run $one --no-plot --out strict
exits 1 "$MUSTER" run $one --no-plot --out spark --policy spark
exits 1 "$MUSTER" diff strict spark
says '^  A  driver: reserve, stage etl/load#0'
says '^  verdict +pass +BAR-8 '
exits 0 "$MUSTER" report strict -o report --ndjson
exits 0 "$MUSTER" diff strict/history.mst report/history.ndjson
exits 0 "$MUSTER" run $one --no-plot --out other --seed 2
exits 1 "$MUSTER" diff strict other
says '^  their seeds differ: what the world does may differ first$'
sed 300q report/history.ndjson >cut.ndjson
exits 2 "$MUSTER" diff strict cut.ndjson
says '^UNKNOWN  the two runs: alike for 29[0-9] records'
head -c 3000 strict/history.mst >cut.mst
printf 'x' | dd of=strict/history.mst bs=1 seek=3000 conv=notrunc 2>/dev/null
exits 65 "$MUSTER" diff strict spark
says 'history.mst' err

# ---- for scripts
exits 1 "$MUSTER" diff --policy strict --policy spark learn --format tsv --all
[ "$(head -n 1 out)" = "scenario	seed	what	A	B" ] || die "the table begins with $(head -n 1 out)"
[ "$(awk -F '\t' 'NF != 5' out | wc -l)" = 0 ] || die "a row has not five fields"
cp out table
# What is counted record by record is what the tables of a run say.
for scenario in $(awk -F '\t' '$3 == "outcome" { print $1 }' table); do
    "$MUSTER" run "$scenario" --policy strict --no-plot --out run >/dev/null 2>&1
    said=$(awk -F '\t' -v s="$scenario" '$1 == s && ($3 == "waiting" || $3 == "restarts") { printf "%.6f ", $3 == "waiting" ? $4 / 1e9 : $4 }' table)
    counted=$(awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["go"] != "" { w += $at["wait"]; r += $at["restarts"] } $at["go"] == "" && $at["ready"] != "" { never = 1 }
        END { if (!never) printf "%.6f %.6f ", w, r }' run/jobs.csv)
    [ -z "$counted" ] || [ "$said" = "$counted" ] || die "$scenario: waiting and restarts are $said, jobs.csv says $counted"
done
if command -v python3 >/dev/null; then
    exits 1 "$MUSTER" diff --policy strict --policy spark learn bugs/volcano --format json
    python3 -c 'import json, sys; d = json.load(open("out")); sys.exit(d["differ"] != len(d["pairs"]) or d["of"] != d["same"] + d["differ"])' || die "the JSON is wrong"
fi
exits 1 "$MUSTER" diff --policy strict --policy spark learn --format json -j 1
cp out one_at_a_time
exits 1 "$MUSTER" diff --policy strict --policy spark learn --format json -j 7
cmp -s out one_at_a_time || die "it depends on how many processes there are"

# ---- Ctrl-C keeps what was found
[ "$SANITIZED" = ON ] && soon=4000 || soon=1500 # ms; by then the one that has an end is over
exits 130 "$INTERRUPT" $soon INT -- "$MUSTER" diff --set B:last_stage=fail_job $one "$here/scenarios/long.lua"
says 'interrupted: 1 ' # the one that has an end was compared
[ -z "$(find tmp -mindepth 1)" ] || die "left in TMPDIR: $(ls tmp)"

# ---- docs/diff.md names options that there are
"$MUSTER" diff --help >help
grep -oE -e '--[a-z][a-z-]+' "$SOURCE/docs/diff.md" | sort -u | while read -r option; do
    grep -q -e "  $option " help || die "docs/diff.md names $option"
done || exit 1

# ---- mistakes
complains 64 'both sides would be the same; say what is different' "$MUSTER" diff $one
complains 64 'both sides would be the same' "$MUSTER" diff --policy spark $one
complains 64 'more than two times --policy' "$MUSTER" diff --policy spark --policy strict --policy spark $one
complains 64 'given for A and B, and then with a letter' "$MUSTER" diff --policy spark --policy strict --policy A:spark $one
complains 64 "says twice what B's is" "$MUSTER" diff --core B:x.so --core B:y.so $one
complains 64 "no policy 'sprk'" "$MUSTER" diff --policy strict --policy sprk $one
complains 64 'must be NAME=VALUE' "$MUSTER" diff --param B:last $one
complains 64 '--scheduler-param needs a --scheduler, and A has none' "$MUSTER" diff --scheduler-param x=1 --scheduler "B:$SOURCE/scenarios/schedulers/fifo.lua" $one
complains 64 "no format 'xml'" "$MUSTER" diff --format xml strict spark
complains 64 "seeds is '3..1'" "$MUSTER" diff --seeds 3..1 --policy B:spark $one
complains 64 'to compare runs, give two' "$MUSTER" diff spark
complains 64 'two runs are there already' "$MUSTER" diff spark other --policy B:spark
complains 65 'there is no such file' "$MUSTER" diff --core B:none.so $one
complains 65 'there is no scenario' "$MUSTER" diff --policy B:spark no-such.lua
exits 64 "$MUSTER" diff --param B:nonsense=1 $one
says 'B: .*nonsense' err
printf 'cluster { executors = 1, cores = 1 }\n' >empty.lua
exits 65 "$MUSTER" diff --policy B:spark empty.lua $one
says '; 1 could not be compared$'
