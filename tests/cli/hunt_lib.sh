# For tests of muster hunt, which say how many `seeds`: a campaign, and what its file of runs holds.
command -v sqlite3 >/dev/null 2>&1 || skip "no sqlite3, so nobody can look into the file of runs"
bench=$SOURCE/tests/bench/hunt.lua
hunt() { "$MUSTER" hunt "$bench" --swarm --faults 5 --seeds $seeds --quiet "$@"; }
# All that a campaign is: its runs, the state of its lanes, what it is of.
rows() {
    sqlite3 "$1" "SELECT scenario, seed, lane, verdict, status, rule, oracle, sentence, fingerprint, chain, virtual_ns, events, records,
        novel, unseen, hex(variant) FROM run ORDER BY 1, 2; SELECT scenario, lane, done, hex(state) FROM lane ORDER BY 1, 2;
        SELECT * FROM campaign; SELECT * FROM scenario ORDER BY id"
}
same() { rows "$1" >got && cmp -s got "${2:-rows}" || die "$1 is not the same campaign, row for row: $3"; }
count() { sqlite3 "$1" "SELECT count(*) FROM run ${2:-}"; }
