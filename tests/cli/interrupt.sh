# Ctrl-C in the middle of a run: 130, and a run that is complete and readable, with a verdict that is not "pass".
. "$SOURCE/tests/cli/lib.sh"
for signal in INT TERM; do
    exits 130 "$INTERRUPT" 700 $signal -- "$MUSTER" run "$here/scenarios/long.lua" --no-plot
    for file in history.mst verdict.json story.txt timeline.txt jobs.csv slots.csv; do
        [ -s muster-out/long-1/$file ] || die "after SIG$signal, $file is missing or empty"
    done
    says '^run: +muster-out/long-1/'
    exits 2 "$MUSTER" judge muster-out/latest
    exits 0 "$MUSTER" why muster-out/latest endless
    exits 0 "$MUSTER" replay muster-out/latest
    [ "$(find muster-out -name '.*' | wc -l)" = 0 ] || die "a temporary is left"
    rm -rf muster-out
done
