# The story of every scenario is the one that was read and found right.
# tests/golden/LIST holds a line a scenario: path, seed, expected status, story lines kept (0: only the verdict's facts).
# After a wanted change:  tests/cli/golden.sh --rewrite BUILD_DIR  and read the difference before committing it.
if [ "${1:-}" = --rewrite ]; then
    SOURCE=$(cd "$(dirname "$0")/../.." && pwd -P)
    MUSTER=$(cd "$2" && pwd -P)/cli/muster
    SCRATCH=$(cd "$2" && pwd -P)/golden-rewrite
    MUSTER_SCENARIOS=$SOURCE/scenarios
    export MUSTER_SCENARIOS
    rewrite=yes
fi
. "$SOURCE/tests/cli/lib.sh"
golden=$SOURCE/tests/golden
differ=0 count=0
while read -r scenario seed status lines; do
    case $scenario in '' | '#'*) continue ;; esac
    count=$((count + 1))
    name=$(basename "$scenario" .lua)
    (cd "$SCRATCH" && "$MUSTER" run "$scenario" --seed "$seed" --no-plot --ascii --out run >out 2>err </dev/null)
    got=$?
    [ "$got" = "$status" ] || { echo "$scenario: status $got, must be $status: $(tail -n 1 err)"; differ=1; continue; }
    {
        sed -n 's/^ *"\(chain\|records\)": *"\{0,1\}\([0-9a-f]*\).*/\1 \2/p' run/verdict.json
        head -n "$lines" run/story.txt
        [ "$(wc -l <run/story.txt)" -le "$lines" ] || echo "... $(wc -l <run/story.txt) lines in all"
    } >now.txt
    if [ "${rewrite:-}" = yes ]; then
        cp now.txt "$golden/$name.txt"
    elif ! diff -u "$golden/$name.txt" now.txt >difference; then
        echo "$scenario tells another story:"
        head -n 30 difference
        differ=1
    fi
done <"$golden/LIST"
[ "$count" -gt 0 ] || die "no scenario in $golden/LIST"

# README.md shows a chain as well; cli.readme compares the rest of its example.
if [ "${rewrite:-}" = yes ]; then
    command=$(sed -n 's/^    \$ \.\/muster \(run .*\)/\1/p' "$SOURCE/README.md" | head -n 1)
    # shellcheck disable=SC2086 # the command's words
    (cd "$SOURCE" && "$MUSTER" $command --no-plot --out "$SCRATCH/readme") >out 2>err
    chain=$(sed -n 's/.*chain \([0-9a-f]\{16\}\).*/\1/p' out)
    sed -i "s/chain [0-9a-f]\{16\}/chain $chain/" "$SOURCE/README.md"
fi

# A scenario without a line in LIST, or verdicts in its head (verdicts.sh), would never be looked at.
for scenario in $(cd "$SOURCE" && find scenarios -name '*.lua' | sort); do
    grep -q '^-- Verdicts: ' "$SOURCE/$scenario" ||
        grep -q "^#\{0,1\} *$scenario " "$golden/LIST" || { echo "$scenario is not in tests/golden/LIST"; differ=1; }
done
exit $differ
