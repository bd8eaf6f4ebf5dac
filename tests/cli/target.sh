# A command that schedules (--target exec:CMD): whatever it does wrong is said, with its exit status, by run and by check; it is not
# left behind; and one that answers something else when it is asked the same again is not deterministic.
. "$SOURCE/tests/cli/lib.sh"
unset MUSTER_COMMAND
bring_child
cat >two.lua <<'END'
cluster { executors = 2, cores = 2 }
job "a" { barrier_stage "fit" { tasks = 2, program = compute "1s" } }
job "b" { stage "map" { tasks = 3, program = compute "1s" } }
END
run() { "$MUSTER" run two.lua --no-plot --out run "$@"; }
check() { "$MUSTER" check two.lua -q -j 1 "$@"; }

# refused HOW STATUS PATTERN [OPTION...]: run says so; bad: check, too.
refused() {
    how=$1 status=$2 pattern=$3
    shift 3
    exits "$status" run --target "$child '$how'" "$@"
    grep -qE -- "$pattern" err || die "run with '$how' says: $(cat err)"
    [ ! -e run ] || die "'$how' left a run"
}
bad() {
    refused "$@"
    how=$1 status=$2 pattern=$3
    shift 3
    exits "$status" check --target "$child '$how'" "$@"
    grep -qE -- "$pattern" out || grep -qE -- "$pattern" err || die "check with '$how' says: $(cat out err)"
}
bad version 65 'speaks protocol 7, this muster speaks 1'
refused role 1 "its 'type' must be .commands., is .decisions."
bad die 1 "died before it answered 'plan' 2 .*exited with status 3; it said last: out of ideas"
refused kill 1 'ended by signal 9'
bad hang 3 "hung: no answer to 'plan' 2 .* within 1000 ms" --answer-timeout 1s
refused half 3 'a part of a line came' --answer-timeout 1s
bad flood 1 'flooded: more than 16777216 bytes'
refused closed 1 'closed its output'
bad give-up 1 "gave up over 'plan' 2 .*: no more"
bad no-json 1 "answer to 'plan' 2 .*line 3, column 41: it must be one object of JSON"
bad twice 1 "its 'id' must be 3, the question's, is 2"
refused old-id 1 "its 'id' must be 2, the question's, is 1"
bad key 1 "decisions\[0\] has a key 'why', which is unknown; there are do, at"
refused '7' 1 'decisions\[0\] must be an object, is 7'
refused '{"do":"dance"}' 1 "'do' of decisions\[0\] must be launch, hold, release, evict, fail or wake_at, is \"dance\""
refused '{"do":"launch","job_id":2,"stage_id":0}' 1 "'job_id' of decisions\[0\] must be an integer in 0\.\.1, is 2"
refused '{"do":"launch","job_id":"a","stage_id":0}' 1 "'job_id' of decisions\[0\] must be an integer in 0\.\.1, is \"a\""
refused '{"do":"launch","job_id":0.5,"stage_id":0}' 1 'is 0.5, which is no integer'
refused '{"do":"launch","job_id":0}' 1 "'stage_id' of decisions\[0\] must be an integer in 0\.\.0, is not there"
refused '{"do":"launch","job_id":0,"stage_id":0,"executors":[0,2]}' 1 "item 2 of 'executors' of decisions\[0\] must be an integer in 0\.\.1, is 2"
refused '{"do":"launch","job_id":0,"stage_id":0,"executors":[0,0,0]}' 1 '3 executors for 2 tasks'
refused '{"do":"launch","job_id":0,"stage_id":0,"executors":[0],"ranks":[2]}' 1 "item 1 of 'ranks' of decisions\[0\] must be an integer in 0\.\.1, is 2"
refused '{"do":"launch","job_id":0,"stage_id":0,"executors":{}}' 1 "'executors' of decisions\[0\] must be a list, is an object"
refused '{"do":"hold","job_id":0,"stage_id":0}' 1 "'executors' of decisions\[0\] must be a list, is not there"
refused '{"do":"fail","job_id":0,"stage_id":0,"reason":"tired"}' 1 "'reason' of decisions\[0\] must be .*, is \"tired\""
refused '{"do":"wake_at","at":1}' 1 "'at' of decisions\[0\] must be an integer in [0-9]+\.\.9223372036854775807, is 1"
refused '{"do":"wake_at","at":99999999999999999999}' 1 'too big integer'
refused '{"do":"wake_at","do":"wake_at"}' 1 'duplicate object key'
nobody_left bad

exits 69 "$MUSTER" run two.lua --no-plot --out run --target 'exec:/there/is/nothing'
says 'cannot be started: the shell gave up with status 127' err
exits 69 check --target 'exec:/there/is/nothing'
complains 3 'no answer to .hello. within 300 ms' "$MUSTER" run two.lua --no-plot --out run --answer-timeout 300ms --target "$child no-hello"
complains 64 'must be exec:' run --target nonsense
complains 64 'must be exec:' check --target 'exec: '
complains 64 'both say who schedules' run --target "$child x" --scheduler x.lua
complains 64 'needs a --target' run --transcript t
complains 64 'must be a duration' run --target "$child x" --answer-timeout never

# What it says besides is its own business: comments in answers, and stderr, which run shows.
exits 0 run --target "$child chatty"
says 'it was asked 2 times' err
says 'the scheduler gave it up .*job a failed' run/story.txt
rm -rf run
exits 0 run --target "$child comment"
says 'the scheduler gave it up .*job a failed' run/story.txt
rm -rf run

# Not deterministic: it remembers over a reset; or it is another one in every process, which only a case that is run afresh shows.
exits 4 check --target "$child counts"
says 'not deterministic: asked the same again at 0.001000s .question 2., it answers .*2000005.* and before .*2000002'
sed 's/^job "a"/local a = job "a"/' two.lua >fails.lua
echo 'expect { a:succeeds() }' >>fails.lua
exits 4 "$MUSTER" check fails.lua -q -j 1 --target "$child dices"
says 'not deterministic: asked the same again at 0.001000s'

# A case that is bad costs its child, and no other case.
cat >fine.lua <<'END'
cluster { executors = 1 }
job "a" { stage "map" { tasks = 1, program = compute "1s" }, submit = "0s" }
expect { never("a second question", record("start")) }
END
exits 1 "$MUSTER" check two.lua fine.lua two.lua --seeds 2..4 -q -j 2 --target "$child die"
says 'check: 0 passed, .* 2 failed; 8 cases'

# Whatever ends muster ends its children: a signal, and kill -9.
# (Not INT, which a shell has its background jobs ignore.)
for signal in TERM KILL; do
    "$MUSTER" check two.lua --seeds 1..9 -q -j 2 --target "$child hang" >out 2>err &
    pid=$!
    sleep 0.5
    kill -s $signal $pid
    wait $pid 2>/dev/null
    nobody_left "kill -s $signal"
    "$MUSTER" run two.lua -q --no-plot --out run --target "$child hang" >out 2>err &
    pid=$!
    sleep 0.5
    kill -s $signal $pid
    # The second time it leaves at once, whatever it waits for.
    [ $signal = KILL ] || kill -s $signal $pid
    wait $pid 2>/dev/null
    nobody_left "kill -s $signal of a run"
done
# Also those that have left its process group; and no half of a report is left.
if [ "$(uname)" = Linux ] && command -v setsid >/dev/null 2>&1; then
    exits 0 "$MUSTER" run two.lua -q --no-plot --out run --target "$child leaves"
    nobody_left "a child that leaves a daemon"
    exits 1 "$MUSTER" run two.lua -q --no-plot --out run --target "$child leaves-and-dies"
    nobody_left "a child that leaves a daemon and dies"
    hangs=leaves-and-hangs
else
    echo "not tried: a daemon of a child; there is no setsid, or no subreaper"
    hangs=hang
fi
for signal in INT TERM KILL; do
    echo older >half.xml
    "$INTERRUPT" 1000 $signal -- "$MUSTER" check two.lua --seeds 1..9 -q -j 2 --report half.xml --report half.tap --target "$child $hangs" >out 2>err
    got=$?
    nobody_left "SIG$signal in a check"
    [ $signal = KILL ] || [ $got = 130 ] || die "SIG$signal in a check: status $got: $(cat err)"
    [ "$(cat half.xml)" = older ] && [ ! -e half.tap ] && [ -z "$(find . -name '*.part-*')" ] || die "SIG$signal leaves half a report"
done
rm -f half.xml
rm -rf run* .run* muster-out
