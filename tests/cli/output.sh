# Output that cannot be written is 74, is said in one line, and nothing half-written stays; a run replaces only runs.
. "$SOURCE/tests/cli/lib.sh"
small=$here/scenarios/small.lua

if [ -e /dev/full ]; then
    "$MUSTER" run "$small" --no-plot >/dev/full 2>err
    [ $? = 74 ] || die "a full stdout is not 74"
    [ "$(wc -l <err)" = 1 ] || die "stderr: $(cat err)"
    [ -s muster-out/small-1/verdict.json ] || die "the run itself is not kept"
    rm -rf muster-out
    "$MUSTER" policies >/dev/full 2>err
    [ $? = 74 ] || die "a full stdout is not 74 for policies"
fi

# A reader that goes away.
{ "$MUSTER" run "$small" --no-plot 2>err; echo $? >status; } | :
[ "$(cat status)" = 74 ] || [ "$(cat status)" = 0 ] || die "a closed pipe is $(cat status)"
rm -rf muster-out status

# The files of a run, and a second run in its place.
exits 0 "$MUSTER" run "$small" --no-plot
for file in history.mst verdict.json story.txt timeline.txt jobs.csv slots.csv; do
    [ -s muster-out/small-1/$file ] || die "$file is missing or empty"
done
[ "$(readlink muster-out/latest)" = small-1 ] || die "latest points to $(readlink muster-out/latest)"
says 'muster run .*small.lua --seed 1'
cp -r muster-out/small-1 first
exits 0 "$MUSTER" run "$small" --no-plot
diff -r first muster-out/small-1 || die "the same run gives other files"
exits 0 "$MUSTER" run "$small" --no-plot --seed 2
[ "$(readlink muster-out/latest)" = small-2 ] || die "latest was not moved"
cmp -s muster-out/small-1/history.mst muster-out/small-2/history.mst && die "two seeds, one history"
[ "$(find . -name '.*' ! -name . | wc -l)" = 0 ] || die "a temporary is left: $(find . -name '.*' ! -name .)"
rm -rf muster-out first

# --out: made with its parents; replaced when it is a run; left alone when it is not.
exits 0 "$MUSTER" run "$small" --no-plot --out a/b/c/
[ -s a/b/c/history.mst ] || die "--out was not written"
exits 0 "$MUSTER" run "$small" --no-plot --out a/b/c
mkdir precious && echo mine >precious/thesis.txt
complains 74 "precious holds 'thesis.txt', which muster did not write" "$MUSTER" run "$small" --no-plot --out precious
[ "$(cat precious/thesis.txt)" = mine ] || die "precious files are gone"
echo mine >file
complains 74 "file is in the way" "$MUSTER" run "$small" --no-plot --out file
complains 74 "file" "$MUSTER" run "$small" --no-plot --out file/run
rm -rf a precious file

# The three formats.
exits 0 "$MUSTER" run "$small" --no-plot --format tap
says '^TAP version 14'
exits 0 "$MUSTER" run "$small" --no-plot --format junit
says '<testsuite'
exits 0 "$MUSTER" run "$small" --no-plot --ascii
LC_ALL=C grep -q '[^ -~	]' out && die "--ascii prints other characters: $(LC_ALL=C grep -n '[^ -~	]' out | head -n 3)"

# Without gnuplot: it is said, and the run goes on.
mkdir nothing
exits 0 env PATH="$SCRATCH/nothing" "$MUSTER" run "$small"
says 'gnuplot' err
[ -s muster-out/small-1/verdict.json ] || die "no run without gnuplot"
if command -v gnuplot >/dev/null 2>&1; then
    exits 0 "$MUSTER" run "$small"
    [ -s muster-out/small-1/timeline.png ] && [ -s muster-out/small-1/timeline.svg ] || die "no pictures"
    says '^picture: muster-out/small-1/timeline.png'
fi

# Reports that look at a part only say so.
exits 0 "$MUSTER" run "$small" --no-plot --records 20
says 'the first 20 of [0-9]+ records' err

# A broken promise is 1, and says the one command that shows it again.
exits 1 "$MUSTER" run "$here/scenarios/broken_promise.lua" --no-plot --seed 9
says 'muster run .*broken_promise.lua --seed 9'
