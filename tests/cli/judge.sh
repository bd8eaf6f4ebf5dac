# Histories from anywhere are judged the same: binary, NDJSON, from a pipe; without their end they are at best unknown.
. "$SOURCE/tests/cli/lib.sh"
exits 0 "$MUSTER" run "$here/scenarios/small.lua" --no-plot
exits 0 "$MUSTER" judge muster-out/latest
exits 0 "$MUSTER" judge muster-out/latest/history.mst
exits 0 "$MUSTER" judge muster-out/latest --format tap
says '^TAP version 14'
exits 0 "$MUSTER" report muster-out/latest -o report --ndjson --no-plot
for file in verdict.tap junit.xml history.ndjson verdict.json story.txt timeline.txt jobs.csv slots.csv; do
    [ -s report/$file ] || die "report has no $file"
done
for file in story.txt timeline.txt jobs.csv slots.csv; do
    cmp muster-out/latest/$file report/$file || die "report and run differ in $file"
done
exits 0 "$MUSTER" judge report/history.ndjson
"$MUSTER" judge /dev/stdin <report/history.ndjson >out 2>err || die "a pipe is not judged: $(cat err)"

lines=$(wc -l <report/history.ndjson)
head -n $((lines / 2)) report/history.ndjson >half.ndjson
complains 65 'half.ndjson.*--partial' "$MUSTER" judge half.ndjson
exits 2 "$MUSTER" judge half.ndjson --partial
head -c $(($(wc -c <muster-out/latest/history.mst) * 2 / 3)) muster-out/latest/history.mst >half.mst
complains 65 'half.mst' "$MUSTER" judge half.mst
exits 2 "$MUSTER" judge half.mst --partial

# A judge that believes everything is no judge: a start without its go.
sed 's/"kind":"go"/"kind":"note"/' report/history.ndjson >no_go.ndjson
exits 1 "$MUSTER" judge no_go.ndjson
says '^FAIL'

# Why.
exits 0 "$MUSTER" why muster-out/latest second/fit --at 50ms
says 'second'
exits 0 "$MUSTER" why muster-out/latest first
complains 64 "no job 'secand' in this run .did you mean 'second'" "$MUSTER" why muster-out/latest secand
complains 64 "no stage 'fat' in job 'first' .did you mean 'fit'" "$MUSTER" why muster-out/latest first/fat

# Report into a directory that holds other things leaves them alone.
mkdir notes && echo mine >notes/mine.txt
exits 0 "$MUSTER" report muster-out/latest -o notes --no-plot
[ -s notes/story.txt ] && [ "$(cat notes/mine.txt)" = mine ] || die "report and notes do not live together"
