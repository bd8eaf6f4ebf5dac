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
is_tap out 0
exits 0 "$MUSTER" run "$small" --no-plot --format junit
says '<testsuite'
is_junit out
# A run that failed, one that hung, and one of which nothing is known.
printf 'cluster { executors = 1, cores = 1 }\nlimits { virtual = "1s" }\njob "a" { stage "s" { tasks = 1, program = compute "5s" } }\n' >late.lua
for case in '1 bugs/spark/u07-counted-twice.lua --policy spark' '3 bugs/spark/u16-member-exits-without-syncing.lua --policy spark' '2 late.lua'; do
    # shellcheck disable=SC2086 # words
    set -- $case
    status=$1
    shift
    exits "$status" "$MUSTER" run "$@" --no-plot --format junit
    is_junit out
    exits "$status" "$MUSTER" run "$@" --no-plot --format tap
    is_tap out 1
done
rm -f late.lua
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
    for picture in waiting skew utilisation; do # pixels of these are for reports
        [ -e muster-out/small-1/$picture.gp ] && [ ! -s muster-out/small-1/$picture.svg ] && die "$picture is not drawn"
        [ -e muster-out/small-1/$picture.png ] && die "$picture.png would cost too much"
    done
    [ -s muster-out/small-1/utilisation.svg ] || die "no utilisation.svg"
    exits 0 "$MUSTER" report muster-out/small-1 -o drawn
    [ -s drawn/utilisation.png ] && [ -s drawn/timeline.png ] || die "a report lacks pixels"
    rm -r drawn
fi

# With a gnuplot that fails: the run is kept, and its programs, but no half picture.
printf '#!/bin/sh\nexit 1\n' >nothing/gnuplot
chmod +x nothing/gnuplot
exits 0 env PATH="$SCRATCH/nothing:$PATH" "$MUSTER" run "$small"
says 'gnuplot failed' err
[ -s muster-out/small-1/verdict.json ] && [ -s muster-out/small-1/timeline.gp ] || die "no run beside a gnuplot that fails"
[ ! -e muster-out/small-1/timeline.svg ] || die "a picture that nobody drew"

# Colours: none in a pipe unless asked for, and never any meaning.
escape=$(printf '\033')
exits 0 "$MUSTER" run "$small" --no-plot
cp out plain
grep -q "$escape" plain && die "colours in a file"
exits 0 "$MUSTER" run "$small" --no-plot --color never
cmp -s out plain || die "--color never differs from a pipe"
exits 0 env NO_COLOR=1 "$MUSTER" run "$small" --no-plot --color always
grep -q "$escape" out || die "--color always has none"
sed "s/$escape\[[0-9;]*m//g" out | cmp -s - plain || die "colours change more than colours"
complains 64 "must be auto, always or never .did you mean 'never'" "$MUSTER" run "$small" --color nver

# Reports that look at a part only say so.
exits 0 "$MUSTER" run "$small" --no-plot --records 20
says 'the first 20 of [0-9]+ records' err

# A broken promise is 1, and says the one command that shows it again.
exits 1 "$MUSTER" run "$here/scenarios/broken_promise.lua" --no-plot --seed 9
says 'muster run .*broken_promise.lua --seed 9'
