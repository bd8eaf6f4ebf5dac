# Ctrl-C in the middle of a run: 130, and a run that is complete and readable, with a verdict that is not "pass".
# Whoever insists gets nothing, but nothing half-written either; the same after a failed assertion.
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

# left_behind: hidden files of a run that was not finished.
left_behind() { find . -name '.*' ! -name . | head -n 1; }
exits 130 "$INTERRUPT" 400 INT INT -- "$MUSTER" run "$here/scenarios/long.lua" --no-plot
[ -z "$(left_behind)" ] || die "two signals leave $(left_behind) behind"
if [ -d muster-out/long-1 ]; then exits 2 "$MUSTER" judge muster-out/long-1; fi
rm -rf muster-out
exits 70 "$INTERRUPT" 300 ABRT -- "$MUSTER" run "$here/scenarios/long.lua" --no-plot --out deep/er/run
[ -z "$(left_behind)" ] && [ ! -e deep/er/run ] || die "an assertion leaves something behind"
says 'bug in muster' err
