# muster hunt: what was found is kept, and a campaign's rows are the same: with two ranks of MPI, in pieces, after Ctrl-C, after the whole
# command or a worker was killed, and when the disk was full; a core that breaks its process is a finding; a mutant is found.
. "$SOURCE/tests/cli/lib.sh"
. "$SOURCE/tests/cli/hunt_lib.sh"
seeds=1..700
last=${seeds#1..}

exits 0 hunt --jobs 2 --db one.sqlite --out one
rows one.sqlite >rows

# ---- two ranks of MPI, for real
if command -v mpirun >/dev/null 2>&1; then
    root=
    [ "$(id -u)" != 0 ] || root=--allow-run-as-root
    # shellcheck disable=SC2086 # no word, or one
    if mpirun $root --oversubscribe -n 2 true >/dev/null 2>&1; then
        exits 0 mpirun $root --oversubscribe -n 2 "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds $seeds --quiet --jobs 1 \
            --shard auto --db mpi.sqlite --out mpi
        says '^hunt: part 1 of 2: '
        says '^hunt: part 2 of 2: '
        exits 0 "$MUSTER" hunt --merge --db ranks.sqlite mpi-part-1-of-2.sqlite mpi-part-2-of-2.sqlite
        same ranks.sqlite rows "two ranks of MPI, merged"
    else
        echo "mpirun is here and starts nothing: two ranks were not tried"
    fi
else
    echo "no mpirun: two ranks of MPI were not tried"
fi

# ---- in pieces: fewer seeds first; Ctrl-C; the whole command killed; a worker killed
exits 0 "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds 1..150 --quiet --db pieces.sqlite --out pieces
exits 0 hunt --db pieces.sqlite --out pieces
same pieces.sqlite rows "first 150 seeds, then all"
many=1..30000
long() { "$INTERRUPT" 900 "$2" -- "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds $many --quiet --jobs 2 --db "$1" --out long; }
exits 130 long stopped.sqlite INT
says '; interrupted$'
kept=$(count stopped.sqlite)
says "^hunt: $kept of 30000 runs"
long killed.sqlite KILL >out 2>err
for file in stopped killed; do
    [ "$(sqlite3 $file.sqlite 'PRAGMA integrity_check')" = ok ] || die "$file.sqlite is damaged"
    [ "$(count $file.sqlite)" = "$(sqlite3 $file.sqlite 'SELECT total(done) FROM lane' | sed 's/\..*//')" ] || die "$file.sqlite has rows without their lanes"
    # What is there is what there would have been: the first seeds of each lane are those of the short campaign.
    sqlite3 one.sqlite "ATTACH '$file.sqlite' AS other; SELECT count(*) FROM run r JOIN other.run o USING (scenario, seed)
        WHERE r.chain <> o.chain OR r.variant <> o.variant OR r.novel <> o.novel" >differ
    [ "$(cat differ)" = 0 ] || die "$file.sqlite: $(cat differ) rows are others"
    [ "$(count $file.sqlite)" -gt 0 ] || die "$file.sqlite has kept nothing"
done
if [ -r /proc/self/task ]; then
    "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds $seeds --quiet --jobs 1 --db worker.sqlite --out worker >out 2>err &
    runs=$!
    victims=0
    for turn in 1 2 3 4 5 6; do
        sleep 0.05
        read -r victim _ 2>/dev/null <"/proc/$runs/task/$runs/children" || continue
        kill -KILL "$victim" 2>/dev/null && victims=$((victims + 1))
    done
    code=0
    wait $runs || code=$?
    [ $code = 0 ] || die "after $victims workers were killed the status is $code: $(cat out err)"
    same worker.sqlite rows "$victims workers killed"
fi

# ---- a full disk
(
    ulimit -f 200 # blocks of 512 bytes, or of 1024
    trap '' XFSZ
    code=0
    hunt --db full.sqlite --out full --seeds 1..2000 >out 2>err || code=$?
    [ $code = 74 ] || die "with a full disk the status is $code: $(cat err)"
) || exit 1
grep -q 'full.sqlite: ' err || die "the full file is not named: $(cat err)"
kept=$(count full.sqlite)
says "^hunt: $kept of 2000 runs"
exits 0 hunt --db full.sqlite --out full # there is room now
[ "$(sqlite3 full.sqlite 'PRAGMA integrity_check')" = ok ] || die "full.sqlite is damaged"

# ---- a core that breaks its process: each seed is there once
for way in crash exit7; do
    exits 1 env BAD=$way AFTER=300 CORE="$CORE" "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds 1..400 --quiet --core "$BAD_CORE" \
        --out bad --db $way.sqlite
    [ "$(sqlite3 $way.sqlite 'SELECT count(*), count(DISTINCT seed), max(seed) FROM run')" = '400|400|400' ] || die "$way: a seed is there twice, or not"
    [ "$(count $way.sqlite "WHERE verdict = 'fail'")" -gt 0 ] || die "$way: nothing failed"
done
exits 4 env BAD=dice CORE="$CORE" "$MUSTER" hunt "$bench" --seeds 1..600 --quiet --core "$BAD_CORE" --out dice
grep -q 'was run twice, each in a process of its own: chain .*: not deterministic' err || die "it is not told: $(cat err)"
exits 65 "$MUSTER" hunt "$bench" --seeds 1..5 --quiet --core ./none.so --out none
grep -q 'there is no such file' err || die "a missing core: $(cat err)"

# ---- a mutant
if command -v patch >/dev/null 2>&1; then
    exits 0 sh "$SOURCE/tests/mutants/hunt.sh" "$MUSTER" 025-released-early
    says '^025-released-early	off by one	BAR-1	'
fi
