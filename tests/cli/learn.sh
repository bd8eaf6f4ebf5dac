# `muster learn` lists the lessons, runs each, and tells a right change from a wrong one without showing the answer.
. "$SOURCE/tests/cli/lib.sh"
lessons=$(find "$SOURCE/scenarios/learn" -maxdepth 1 -name '[0-9][0-9]-*.lua' | sort)
count=$(echo "$lessons" | wc -l)

# Each lesson says what to learn, asks one question and has one thing to change; and it has an answer.
exits 0 "$MUSTER" learn
for lesson in $lessons; do
    number=$(basename "$lesson" | sed 's/^0*\([0-9]*\)-.*/\1/')
    says "^ *$number  [A-Z]"
    for section in Learn Background See Verdicts Policy Question Change; do
        grep -q "^-- $section: " "$lesson" || die "$lesson has no '$section:'"
    done
    for section in Question Change; do
        [ "$(grep -c "^-- $section: " "$lesson")" = 1 ] || die "$lesson has not one '$section:'"
    done
done
# Its page has both of its pictures, small ones, and its question.
for lesson in $lessons; do
    name=$(basename "$lesson") number=$(basename "$lesson" | cut -c1-2)
    grep -q "($name)" "$SOURCE/scenarios/learn/README.md" || die "scenarios/learn/README.md does not know $name"
    for picture in "$number.png" "$number-other.png"; do
        grep -q "docs/learn/$picture" "$SOURCE/scenarios/learn/README.md" || die "scenarios/learn/README.md does not show $picture"
        [ "$(wc -c <"$SOURCE/docs/learn/$picture")" -lt 100000 ] || die "$picture is missing or larger than 100 kB"
    done
done
[ "$(grep -c '^\*\*Question:\*\* ' "$SOURCE/scenarios/learn/README.md")" = "$count" ] || die "the page has not $count questions"
[ "$(grep -cE '^ {1,2}[0-9]+  ' out)" = "$count" ] || die "the list has not $count lessons"
nothing_left

# Running one tells the story and draws the timeline, and ends with the question, the change, and how to check it.
"$MUSTER" learn 6 --out run >out 2>err </dev/null
[ $? = 0 ] || die "lesson 6 does not pass"
says '^Lesson 6\.'
says "gang train/fit#0: 6 tasks wait at 'driver socket'"
says '^exec 0  0 '
says '^PASS     scenarios/learn/06-lightgbm-network-init\.lua'
says '^question:$'
says '^change:$'
tail -n 1 out | grep -q '^check:   muster learn 6 --check my\.lua$' || die "the last line is $(tail -n 1 out)"
exits 3 "$MUSTER" learn 6 --param barrier=false --out run
says "rendezvous 'driver socket', which waits for 8 tasks and has 6, ranks 0-5 of stage 'fit' of 'train'; no other is left to come, and so the circle closes"
says '^question:$'

# The other hangs of the lessons are told to where their circle closes, too.
exits 3 "$MUSTER" learn 7 --param barrier=false --out run
says "rendezvous 'red tracker' .* held by ranks 0-3 of stage 'fit' of 'blue'; .* rendezvous 'blue tracker' .* circle closes at rank 0 of stage 'fit' of 'red'"
exits 3 "$MUSTER" learn 5 --param rsh_refused=true --out run
says "rank 0 of gang 'fit' of 'train' waits at rendezvous 'report of machine 3' for rank 1, which waits in barrier 1 for rank 0, and so the circle closes"
exits 3 "$MUSTER" learn 6 --param barrier=false --param partitions=8 --param lost=true --out run
says "for tasks that have not started; stage 'fit' of 'train' waits for 1 slot, 0 are free, held by ranks 0-5 of stage 'fit' of 'train'"

# A refusal that a task meets is loud: four attempts, each ended by it, and no hang.
exits 1 "$MUSTER" learn 5 --param rsh_refused=true --param tree=false --out run
says 'rank 3 failed with code 111 \(connection refused\), by a fault'
says 'driver    job train failed: the attempts are used up \(4\)'

# The answers are right, and the lessons as they are are not: the hint does not give the answer away.
for lesson in $lessons; do
    number=$(basename "$lesson" | sed 's/^0*\([0-9]*\)-.*/\1/')
    answer=$SOURCE/scenarios/learn/answers/$(basename "$lesson" | cut -c1-2).lua
    exits 0 "$MUSTER" learn "$number" --check "$answer"
    says "^right: lesson $number, "
    exits 1 "$MUSTER" learn "$number" --check "$lesson"
    says "^not yet: lesson $number, "
    [ "$(wc -l <out)" -ge 2 ] || die "no hint for lesson $number"
done

# An answer may have several parts.
exits 0 "$MUSTER" learn 3 --check "$SOURCE/scenarios/learn/answers/03.lua"
[ "$(sed -n '/^to the question:$/,$p' out | grep -c '^$')" = 1 ] || die "the answer to lesson 3 has not two parts"
says 'Submitting'
# wrong N SED-EXPRESSION HINT: the answer with this spoiled is not right any more, and the hint says why.
wrong() {
    sed "$2" "$SOURCE/scenarios/learn/answers/0$1.lua" >wrong.lua
    cmp -s wrong.lua "$SOURCE/scenarios/learn/answers/0$1.lua" && die "lesson $1: '$2' spoils nothing"
    exits 1 "$MUSTER" learn "$1" --check wrong.lua
    says "$3"
}
wrong 1 's/loop(5, round, round)/loop(4, round, round)/' 'ten rounds'
wrong 1 's/cores = 4/cores = 8/' "Only the gang's program"
wrong 2 's/800MiB/900MiB/' 'a slower network'
wrong 2 's/800MiB/700MiB/' 'break the promise'
wrong 3 's/priority = 1/priority = 0/' 'waits behind score'
wrong 3 's/policy "strict"/policy "spark"/' 'anybody keep for the first'
wrong 3 's/param("barrier", true/param("barrier", false/' 'Cluster, stages and programs'
wrong 4 's/"16s"/"14s"/' 'in time'
wrong 4 's/admission_failures = 3/admission_failures = 4/' 'patience'
wrong 5 's/"10m"/"20m"/' 'ten minutes'
wrong 5 's/meet("report of machine 3", { tasks = 2 })/compute "5m"/' 'nobody notices'
wrong 6 's/within = "30s"/within = "40s"/' 'patience of 30 s'
wrong 7 's/"machines", 6/"machines", 5/' 'still block'
wrong 7 's/"machines", 6/"machines", 8/' 'fewer machines'
wrong 7 's/gang and barrier_stage or stage/barrier_stage/' 'Only the cluster'
wrong 8 's/"every", 15/"every", 4/' 'Not quick enough'
wrong 8 's/^when(train:enters.*$//' 'Only the interval'
rm -f wrong.lua

# A file that is no scenario is an error, and so is a lesson that is not there.
echo 'cluster { executors = ' >broken.lua
complains 65 '^muster: broken\.lua:[0-9]+: ' "$MUSTER" learn 3 --check broken.lua
rm -f broken.lua
complains 65 'no-such\.lua' "$MUSTER" learn 3 --check no-such.lua
complains 64 "there is no lesson '99', must be a number in 1\.\.$count" "$MUSTER" learn 99
complains 64 "there is no lesson 'six'" "$MUSTER" learn six
complains 64 'which lesson' "$MUSTER" learn --check my.lua
complains 64 'no other option goes with it' "$MUSTER" learn 3 --check my.lua --seed 2
complains 64 "one operand too many" "$MUSTER" learn 3 4
MUSTER_SCENARIOS=$SCRATCH/nowhere complains 69 'the lessons are not in' "$MUSTER" learn
rm -rf run
nothing_left
