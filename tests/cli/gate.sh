# muster check: a case costs itself and nothing else, whatever its core does; nothing is left behind; what is said is said in four
# formats, whole or not at all; and the library is as its heads say.
. "$SOURCE/tests/cli/lib.sh"
small=$here/scenarios/small.lua
unset GITHUB_STEP_SUMMARY MUSTER_SEEDS
export CORE
bare='strict'
limit=2s
[ "$SANITIZED" = ON ] && limit=20s

# gone FILE: none of the processes in it lives; a zombie is dead.
gone() {
    for process in $(cat "$1"); do
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            kill -0 "$process" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$process/status" 2>/dev/null || continue 2
            sleep 0.2
        done
        die "process $process is left"
    done
}
# parts: nothing half-written is here
no_parts() { [ -z "$(find . -name '*.part-*')" ] || die "half a report is left: $(find . -name '*.part-*')"; }

# ---- the library is as its heads say, and soon
for policy in strict spark; do
    began=$(date +%s)
    exits 0 "$MUSTER" check --policy $policy
    ended=$(date +%s)
    [ "$SANITIZED" = ON ] || [ $((ended - began)) -le 60 ] || die "the library took $((ended - began)) s under $policy"
    says '^check: [1-9][0-9]* passed, [1-9][0-9]* predicted, 0 tolerated, 0 unknown, 0 failed; '
    [ "$(grep -cE '^(ok|predicted) ' out)" -ge 100 ] || die "fewer than 100 rows under $policy"
done
says '^predicted scenarios/bugs/spark/u07-counted-twice.lua \(spark\): BAR, as its Verdicts line says$'
exits 0 "$MUSTER" check "$SOURCE/scenarios/faults" learn/01-mapreduce-vs-barrier.lua
says '^ok +learn/01-mapreduce-vs-barrier.lua \(strict --param last=true\)$'
exits 0 "$MUSTER" check bugs --policy strict --axes
says '\(strict [a-z_]+=[a-z_]+\)'

# ---- what is not as it must be
mkdir mine
cat >mine/hangs.lua <<'END'
cluster { executors = 1, cores = 1 }
job "j" { stage "s" { tasks = 2, program = program { meet("all", { tasks = 2 }) } } }
END
cat >mine/fails.lua <<'END'
-- Seeds: 7, 19
cluster { executors = 1, cores = 1 }
local j = job "j" { stage "s" { tasks = 1, program = compute "1s" } }
expect { j:fails() }
END
cat >mine/well.lua <<'END'
cluster { executors = 1, cores = 1 }
job "j" { stage "s" { tasks = 1, program = compute "1s" } }
END
exits 0 "$MUSTER" check mine/well.lua
exits 1 "$MUSTER" check mine/well.lua mine/fails.lua
says '^FAIL +mine/fails.lua \(strict\), 3 seeds: seed 1: EXPECT-4 broken at .*succeeded, expected to fail$'
says '^ok +mine/well.lua \(strict\)$'
for seed in 1 7 19; do says "^    replay: muster run mine/fails.lua --seed $seed --policy strict$"; done
replay=$(sed -n 's/^    replay: muster //p' out | head -n 1)
# shellcheck disable=SC2086
exits 1 "$MUSTER" $replay --no-plot
rm -rf muster-out
exits 1 "$MUSTER" check mine/fails.lua --fail-fast --jobs 1
says '; 1 case in '

# A Verdicts line is believed in both directions, and no further than seed 1.
sed 's/^cluster/-- Verdicts: strict EXPECT; spark pass\ncluster/' mine/fails.lua >predicted.lua
exits 0 "$MUSTER" check predicted.lua
says '^predicted predicted.lua \(strict\), 3 seeds: EXPECT, as'
exits 1 "$MUSTER" check predicted.lua --policy spark
sed 's/^cluster/-- Verdicts: strict PRG\ncluster/' mine/well.lua >mended.lua
exits 1 "$MUSTER" check mended.lua --seeds 2..3
says 'seed 1: its Verdicts line says PRG, it was pass$'
[ "$(grep -c 'replay: ' out)" = 1 ] || die "with other seeds it need not fail"
sed 's/^cluster/-- Verdicts: strict CAP\ncluster/' mine/fails.lua >other.lua
exits 1 "$MUSTER" check other.lua
says 'its Verdicts line says CAP, it was EXPECT: EXPECT-4 broken'
sed 's/^cluster/-- Verdicts: strict pass or CAP\ncluster/' mine/fails.lua >or.lua
exits 1 "$MUSTER" check or.lua
says 'its Verdicts line says CAP or pass, it was EXPECT: EXPECT-4 broken'
says 'its Verdicts line says pass, it was EXPECT: EXPECT-4 broken'
sed 's/^cluster/-- Verdicts: strict CAP or EXPECT\ncluster/' mine/fails.lua >or.lua
exits 1 "$MUSTER" check or.lua
says 'seed 1: its Verdicts line says CAP, it was EXPECT'
[ "$(grep -c 'replay: ' out)" = 1 ] || die "with other seeds it may fail as the line says behind 'or'"
sed 's/^cluster/-- Verdicts: strict XYZ\ncluster/' mine/well.lua >typo.lua
exits 65 "$MUSTER" check typo.lua mine/well.lua
says "^FAIL +typo.lua: seed 1: its Verdicts line is wrong: 'XYZ' is neither pass, unknown nor an oracle"
says '^ok +mine/well.lua'

# What never happened is not known, and other seeds may make up for it.
cat >sometimes.lua <<'END'
cluster { executors = 1, cores = 1 }
job "j" { stage "s" { tasks = 1, program = compute "1s" } }
expect { sometimes("a crash", record("down")) }
END
exits 2 "$MUSTER" check sometimes.lua --seeds 2..4
says '^UNKNOWN +sometimes.lua \(strict\), 4 seeds: seed 1: with none of 4 seeds; .*a crash'
exits 0 "$MUSTER" check sometimes.lua --allow-unknown
exits 1 "$MUSTER" check sometimes.lua mine/fails.lua

# A scenario that cannot be read, or has no such parameter, is that scenario's own trouble.
echo 'cluster {' >broken.lua
exits 65 "$MUSTER" check broken.lua mine/well.lua
says '^FAIL +broken.lua: seed 1: broken.lua:[0-9]+: '
says '^ok +mine/well.lua'
exits 64 "$MUSTER" check mine/well.lua --param no=such
says 'FAIL +mine/well.lua'

# ---- profiles
complains 64 "no profile 'sparc' .did you mean 'spark'" "$MUSTER" check mine/well.lua --profile sparc
exits 1 "$MUSTER" check bugs/spark/u07-counted-twice.lua --set member_count=requests
says 'FAIL .*BAR-1 broken'
exits 0 "$MUSTER" check bugs/spark/u07-counted-twice.lua --set member_count=requests --profile bind-atomic
says '^not applicable: [1-9][0-9]* of [0-9]+ rules are outside of profile bind-atomic; 1 scenario broke some of them$'

# ---- seeds
exits 0 "$MUSTER" check mine/well.lua --seeds 5,9,100..102
says '6 cases in'
says '^fresh seeds: 100\.\.102$'
exits 0 "$MUSTER" check mine/well.lua "$small" --time 1s
says '^fresh seeds: 2\.\.[0-9]+$'
complains 64 "seeds is '3..1', must be" "$MUSTER" check mine/well.lua --seeds 3..1
complains 64 "seeds is '1..x'" "$MUSTER" check mine/well.lua --seeds 1..x
complains 64 "take one" "$MUSTER" check mine/well.lua --seeds 1..3 --seeds-from-git
complains 64 "time is 'soon'" "$MUSTER" check mine/well.lua --time soon
complains 64 "memory is '5', must be a size" "$MUSTER" check mine/well.lua --memory 5
if command -v git >/dev/null 2>&1; then
    mkdir repository && cd repository
    GIT_CEILING_DIRECTORIES=$SCRATCH
    export GIT_CEILING_DIRECTORIES
    complains 69 "there is no commit here" "$MUSTER" check ../mine/well.lua --seeds-from-git
    git init -q . && git -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m one
    exits 0 "$MUSTER" check ../mine/well.lua --seeds-from-git
    says "^fresh seeds: [0-9]+\.\.[0-9]+, from git $(git rev-parse HEAD)$"
    says '17 cases in'
    cp out ../first
    exits 0 "$MUSTER" check ../mine/well.lua --seeds-from-git
    [ "$(grep '^fresh' out)" = "$(grep '^fresh' ../first)" ] || die "the same commit has other seeds"
    git -c user.name=a -c user.email=a@example.org commit -q --allow-empty -m two
    exits 0 "$MUSTER" check ../mine/well.lua --seeds-from-git
    [ "$(grep '^fresh' out)" != "$(grep '^fresh' ../first)" ] || die "another commit has the same seeds"
    cd ..
fi

# ---- the baseline
exits 1 "$MUSTER" check mine --baseline-write known.tsv
[ "$(grep -vc '^#' known.tsv)" = 2 ] || die "known.tsv is wrong: $(cat known.tsv)"
exits 0 "$MUSTER" check mine --baseline known.tsv
says '^check: 1 passed, 0 predicted, 2 tolerated, 0 unknown, 0 failed'
cp mine/fails.lua mine/new.lua
exits 1 "$MUSTER" check mine --baseline known.tsv
says '^FAIL +mine/new.lua'
says '^tolerated mine/fails.lua'
rm mine/new.lua
cp mine/well.lua mine/hangs.lua
exits 1 "$MUSTER" check mine --baseline known.tsv
says "^stale: known.tsv:[0-9]+: mine/hangs.lua \(strict\): 'PRG' no longer comes; take it out of the baseline$"
exits 0 "$MUSTER" check mine/well.lua --baseline known.tsv # which says nothing of this one
printf 'scenarios/none.lua\tstrict\tPRG\n' >all.tsv
exits 1 "$MUSTER" check --baseline all.tsv
says 'stale: all.tsv:1: scenarios/none.lua .strict.: there is no such scenario'
complains 65 "the baseline missing.tsv cannot be read" "$MUSTER" check mine --baseline missing.tsv
echo 'no tabs' >wrong.tsv
complains 65 "wrong.tsv:1: must be" "$MUSTER" check mine --baseline wrong.tsv

# ---- formats
exits 1 "$MUSTER" check mine mended.lua sometimes.lua --format tap --report one.xml --report two.md --report three.txt
no_parts
[ "$(head -n 1 out)" = 'TAP version 14' ] || die "this is no TAP"
[ "$(sed -n 's/^1\.\.//p' out)" = "$(grep -cE '^(not )?ok [0-9]+ - ' out)" ] || die "the plan is not the number of test points"
[ "$(grep -cE '^(not )?ok ' out)" = 5 ] || die "five rows, not $(grep -cE '^(not )?ok ' out)"
[ "$(grep -c '^not ok ' out)" = 3 ] || die "three are not well"
[ "$(grep -c '^  ---$' out)" = "$(grep -c '^  \.\.\.$' out)" ] || die "a block does not end"
says '^  replay: "muster run '
if command -v prove >/dev/null 2>&1; then
    # Version 14 is read as 13 is; only the first line is news to older readers.
    sed '1s/14/13/' out >all.tap
    prove all.tap >proved 2>&1 && die "prove does not see the failures"
    grep -q '3/5 subtests' proved || die "prove reads something else: $(cat proved)"
else
    echo "no prove: it did not read the TAP"
fi
cp known.tsv one-line.tsv && sed -i.bak '/hangs/d' one-line.tsv
exits 0 "$MUSTER" check mine --baseline one-line.tsv --format tap
says '^not ok [0-9]+ - mine/fails.lua \(strict\) # TO[D]O tolerated by the baseline$'
command -v prove >/dev/null 2>&1 && { sed '1s/14/13/' out >tolerated.tap; prove tolerated.tap >proved 2>&1 || die "prove does not tolerate: $(cat proved)"; }
if command -v python3 >/dev/null 2>&1; then
    cat >junit.py <<'END'
# The structure that readers of JUnit XML agree on.
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
want = dict(zip(("tests", "failures", "errors"), map(int, sys.argv[2:5])))
assert root.tag == "testsuites" and len(root) == 1, root.tag
suite = root[0]
assert suite.tag == "testsuite" and suite.get("name")
order = [child.tag for child in suite]
assert order[0] == "properties" and set(order[1:]) <= {"testcase"}, order
for prop in suite[0]:
    assert prop.tag == "property" and prop.get("name") and prop.get("value") is not None
cases = suite.findall("testcase")
for case in cases:
    assert case.get("name") and case.get("classname") and float(case.get("time")) >= 0
    assert {child.tag for child in case} <= {"failure", "error", "skipped", "system-out", "system-err"}
    assert len(case) <= 1
    for bad in case.findall("failure") + case.findall("error"):
        assert bad.get("message") and bad.get("type")
got = {"tests": len(cases), "failures": len(suite.findall("testcase/failure")), "errors": len(suite.findall("testcase/error"))}
for node in (root, suite):
    assert {key: int(node.get(key)) for key in want} == want, node.attrib
    assert node.get("skipped") == "0" and float(node.get("time")) >= 0
assert got == want, got
END
    is_junit one.xml
    python3 junit.py one.xml 5 2 1 || die "one.xml is no JUnit"
    # Names that were made to break it.
    mkdir odd && cp mine/fails.lua "odd/a<b>&\"c' #%,:|\`.lua"
    for format in pretty tap junit github; do exits 1 "$MUSTER" check odd --format $format; cp out odd.$format; done
    is_junit odd.junit
    is_tap odd.tap 1
    python3 junit.py odd.junit 1 1 0 || die "an odd name breaks JUnit"
    says '^not ok 1 - odd/a<b>&"c. \\#%,:|`.lua' odd.tap
    says '^::error file=odd/a<b>&"c. #%25%2C%3A|`.lua,line=4,title=' odd.github
else
    echo "no python3: the structure of the XML was not looked at"
fi
says '^\| failed \| mine/fails.lua \(strict\) \| 3 \|' two.md
[ "$(grep -c '^````' two.md)" = "$((2 * $(grep -c '^### ' two.md)))" ] || die "a story in the summary does not end"
awk '/^````/ { inside = !inside; lines = 0; next } inside && ++lines > 21 { exit 1 }' two.md || die "a story has more than 20 lines"
says '^check: ' three.txt
GITHUB_STEP_SUMMARY=$PWD/step.md
export GITHUB_STEP_SUMMARY
echo 'of another step' >step.md
exits 1 "$MUSTER" check mine --format github
says '^::error file=mine/fails.lua,line=4,title=mine/fails.lua \(strict\)::seed 1: EXPECT-4 .*%0Areplay: muster run mine/fails.lua --seed 1 --policy strict$'
says '^of another step$' step.md
says '^## muster check$' step.md
says '^replay: muster run mine/fails.lua' step.md
unset GITHUB_STEP_SUMMARY
exits 1 "$MUSTER" check mine --baseline known.tsv --format github
says '^::error file=known.tsv,title=stale baseline::'
complains 64 "--format is 'gitlab', must be pretty, tap, junit or github" "$MUSTER" check mine --format gitlab

# ---- output that cannot be written
if [ -e /dev/full ]; then
    exits 74 "$MUSTER" check mine/well.lua --report /dev/full
    grep -q '/dev/full could not be written' err || die "the full disk is not named: $(cat err)"
    [ -c /dev/full ] || die "a device was replaced"
    "$MUSTER" check mine/well.lua >/dev/full 2>err && die "a full stdout is no pass"
    [ "$(wc -l <err)" = 1 ] || die "one line, not: $(cat err)"
fi
exits 74 "$MUSTER" check mine/well.lua --report no/such/place.xml
exits 1 "$MUSTER" check mine/fails.lua --report full.xml
before=$(cksum <full.xml)
mkdir closed && cp full.xml closed/report.xml && chmod a-w closed
[ "$(id -u)" = 0 ] || exits 74 "$MUSTER" check mine/fails.lua --report closed/report.xml
chmod u+w closed
[ "$(cksum <closed/report.xml)" = "$before" ] || die "an older report was damaged"
no_parts

# ---- which paths
complains 65 "there is no scenario 'nothing.lua'" "$MUSTER" check nothing.lua
mkdir empty
complains 65 "there is no scenario below empty" "$MUSTER" check empty
complains 64 "no policy 'strikt'" "$MUSTER" check mine --policy strikt
complains 65 "there is no such file" "$MUSTER" check mine --core missing.so
exits 0 "$MUSTER" check mine/well.lua mine/well.lua ./mine/well.lua --core "$CORE"

# ---- a core is judged by what is said of each policy and axis, unless one is named
# rows N OPTION...: so many rows of a scenario of whose head three are of interest
rows() {
    wanted_rows=$1
    shift
    exits 0 "$MUSTER" check faults/kill-ignored.lua "$@"
    [ "$(grep -cE '^(ok|predicted) ' out)" = "$wanted_rows" ] || die "not $wanted_rows rows with $*: $(cat out)"
}
rows 1
rows 3 --policy all
rows 3 --core "$CORE"
says '^predicted faults/kill-ignored.lua \(strict kill=cooperative\)'
rows 1 --core "$CORE" --policy spark
rows 1 --core "$CORE" --set kill=then_force
complains 64 'leave --set out' "$MUSTER" check mine --policy all --set kill=then_force
complains 64 'leave --param out' "$MUSTER" check mine --policy all --param a=b

# ---- Ctrl-C: what was found is told, no report appears, nobody is left
"$INTERRUPT" 700 INT -- "$MUSTER" check mine/well.lua "$here/scenarios/long.lua" --report half.xml --baseline-write half.tsv >out 2>err
[ $? = 130 ] || die "interrupted, it must end with 130: $(tail -n 3 out) $(cat err)"
says '^ok +mine/well.lua'
says '^interrupted: '
says 'no report was written' err
[ ! -e half.xml ] && [ ! -e half.tsv ] || die "a report of a part was written"
no_parts
# Killed, it can say nothing more: the older report stays, and what stdout has got looks like no whole TAP or JUnit.
for format in tap junit; do
    echo older >half.xml
    "$INTERRUPT" 700 KILL -- "$MUSTER" check mine/well.lua "$here/scenarios/long.lua" --report half.xml --report half.tap --baseline-write half.tsv --format $format >out 2>err
    [ "$(cat half.xml)" = older ] && [ ! -e half.tap ] && [ ! -e half.tsv ] || die "killed, it left a report of a part"
    no_parts
    grep -qE '^1\.\.[0-9]+$|</testsuites>' out && die "killed, its $format looks whole: $(cat out)"
done
rm -f half.xml

# ---- cores that go wrong
bad() { BAD=$1 AFTER=50 PIDS=$PWD/pids "$MUSTER" check mine/well.lua "$here/scenarios/small.lua" --core "$BAD_CORE" --timeout $limit --jobs 2; }
# told WAY STATUS PATTERN
told() {
    : >pids
    bad "$1" >out 2>err
    got=$?
    [ $got = "$2" ] || die "a core that does '$1' gives status $got, must be $2: $(tail -n 3 out) $(cat err)"
    says "^ok +mine/well.lua"
    says "^FAIL .*small.lua .strict.: seed 1: $3"
    gone pids
}
bad none >out 2>err || die "the core that goes wrong is not the real one until then: $(cat out err)"
if [ "$SANITIZED" != ON ]; then # a sanitizer has its own words for most of these
    told crash 1 'crashed with SIGSEGV'
    told abort 1 'crashed with SIGABRT .6.; it said last: core: the queue is upside down'
    told twice 1 'GEN-4 broken at .*; then it crashed with SIGABRT'
    grep -q 'ORACLE    GEN-4 broken' out || die "a core that breaks a rule and then crashes: its story is not told: $(cat out)"
    told exit0 1 'exited with status 0 and no result'
    told exit7 1 'exited with status 7 and no result'
    limit="60s --memory 400MiB"
    told memory 1 'needed more than 400 MiB of memory'
    limit=2s
fi
bare=$limit
told garbage 1 'wrote [0-9]+ bytes into its pipe that are no result'
told loop 3 'did not end within .* said last: at [0-9.]+m?s, after record [0-9]+ .[a-z-]+.*, the core does not come back from a step'
[ "$(wc -l <pids)" = 1 ] || die "the loop did not run"
told family 3 'did not end within '
[ "$(wc -l <pids)" = 2 ] || die "the family did not run"
told ignore 3 'did not end within '
told flood 3 'did not end within '
BAD=abort AFTER=9 exits 70 "$MUSTER" run "$small" --core "$BAD_CORE" --no-plot --out asserts # and outside of a process of its own:
grep -q 'the core that --core names stopped at this assertion' err || die "it is not said whose assertion it was: $(cat err)"
BAD=dice "$MUSTER" check "$small" --core "$BAD_CORE" >out 2>err
[ $? = 4 ] || [ "$(grep -c '^ok' out)" = 1 ] || die "a core that throws dice: $(tail -n 3 out)"
BAD=load "$MUSTER" check "$small" --core "$BAD_CORE" >out 2>err
[ $? = 65 ] || [ "$SANITIZED" = ON ] || die "a core that crashes when it is loaded"
grep -q 'loading it' err || die "it is not said that loading failed: $(cat err)"

# Stopped or killed while cores loop: nobody is left.
: >pids
BAD=loop AFTER=50 PIDS=$PWD/pids "$INTERRUPT" 1500 INT -- "$MUSTER" check "$small" --core "$BAD_CORE" >out 2>err
[ $? = 130 ] || die "Ctrl-C during a loop"
[ -s pids ] || die "the loop did not run"
gone pids
: >pids
BAD=loop AFTER=50 PIDS=$PWD/pids "$MUSTER" check "$small" --core "$BAD_CORE" >out 2>err &
runner=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s pids ] || sleep 0.5; done
[ -s pids ] || die "the loop did not run"
kill -9 $runner
wait $runner 2>/dev/null
gone pids
exit 0
