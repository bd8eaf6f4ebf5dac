# A child that is the whole driver (--target exec:CMD, role scheduler): a good one passes, a bad one is found out by the oracle that is
# there for it, what cannot be understood is said with field and range, and what it cannot be asked is refused.
. "$SOURCE/tests/cli/lib.sh"
command -v python3 >/dev/null || skip "there is no python3"
driver="exec:python3 $SOURCE/scenarios/schedulers/exec/driver.py"
cat >two.lua <<'END'
cluster { executors = 2, cores = 2 }
local step = program { compute { "1s", "2s" }, barrier(), checkpoint() }
job "a" { barrier_stage "fit" { tasks = 3, program = loop(3, step) } }
job "b" { barrier_stage "fit" { tasks = 3, program = loop(3, step) } }
END
run() { "$MUSTER" run two.lua --no-plot --quiet --out run "$@"; }
fresh() { rm -rf run; }

# The good one, twice the same; and the same again from its history.
exits 0 run --target "$driver" --transcript transcript
grep -o 'chain [0-9a-f]*' out >first
exits 0 "$MUSTER" replay run --quiet --target "$driver"
fresh
exits 0 run --target "$driver"
grep -o 'chain [0-9a-f]*' out | cmp - first || die "two runs differ"
fresh

# Every line that was said is as the schema has it.
cat >validate.py <<'END'
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
kinds = {kind: Draft202012Validator({"$ref": "#/$defs/" + kind, "$defs": schema["$defs"]}) for kind in ("instant", "commands")}
said = [json.loads(line)["message"] for line in open(sys.argv[2])]
wrong = [(m["id"], e.message) for m in said if m["type"] in kinds for e in kinds[m["type"]].iter_errors(m)]
assert not wrong, wrong[:3]
assert not kinds["commands"].is_valid({"type": "commands", "id": 1, "commands": [{"do": "go", "job": 0}]})
END
if python3 -c 'from jsonschema import Draft202012Validator' 2>/dev/null; then
    exits 0 python3 validate.py "$SOURCE/docs/protocol/scheduler.schema.json" transcript
fi

# The bad ones, each found by its oracle.
exits 3 run --target "$driver --bug hold-and-wait"
says 'PRG-1 broken .*hung .*holds'
fresh
exits 1 run --target "$driver --bug early-release"
says 'BAR-1 broken .*released after 2 of 3 arrivals'
fresh
exits 3 run --target "exec:sh $SOURCE/tests/cli/whole_child.sh never '[]'"
says 'PRG-1 broken'
fresh

# told EVENT COMMANDS STATUS PATTERN: it orders that.
told() {
    exits "$3" run --target "exec:sh $SOURCE/tests/cli/whole_child.sh $1 '$2'"
    cat err >>out
    says "$4"
    fresh
}
gang='"job":0,"stage":0,"attempt":0'
# What makes no sense is carried out, and found.
told submit "[{\"do\":\"launch\",$gang,\"rank\":0,\"count\":2,\"executor\":0}]" 1 'AON-1 broken'
told submit "[{\"do\":\"launch\",$gang,\"rank\":0,\"count\":3,\"executor\":0}]" 1 'CAP-8 broken|AON-1 broken'
told submit '[{"do":"job-done","job":0},{"do":"job-done","job":0},{"do":"job-done","job":1}]' 3 'PRG-6 broken'
told submit "[{\"do\":\"stage-done\",$gang}]" 1 'GEN-6 broken'
told submit "[{\"do\":\"fence\",$gang,\"reason\":\"task-failed\",\"rank\":1}]" 1 'RST-1 broken'
told submit "[{\"do\":\"accept\",$gang,\"what\":\"success\",\"rank\":1,\"executor\":0}]" 1 'GEN-4 broken'
told submit '[{"do":"wake","wake":1,"at":1,"for":"sync"}]' 1 'TMR-1 broken'
told submit '[{"do":"refuse","job":0,"stage":0,"reason":"slots"},{"do":"job-done","job":0,"reason":"slots"}]' 3 'PRG-4 broken'
# What is over, or never was, reaches nobody.
told submit "[{\"do\":\"go\",$gang},{\"do\":\"kill\",$gang},{\"do\":\"release\",$gang,\"epoch\":0},{\"do\":\"unwake\",\"wake\":3}]" 3 'PRG-1 broken'

# What cannot be understood says where, what and which range.
told submit '[{"do":"dance"}]' 1 "'do' of commands\[0\] must be one of reserve, .*, is \"dance\""
told submit '[7]' 1 'commands\[0\] must be an object, is 7'
told submit '[{"do":"job-done","job":0},{"do":"go","job":2,"stage":0,"attempt":0}]' 1 "'job' of commands\[1\] \(go\) must be a job that was submitted, is 2"
told submit '[{"do":"go","job":0,"stage":1,"attempt":0}]' 1 "'stage' of commands\[0\] \(go\) must be an integer in 0\.\.0, is 1"
told submit '[{"do":"go","job":0,"stage":0}]' 1 "'attempt' of commands\[0\] \(go\) must be an integer in 0\.\.65534, is not there"
told submit "[{\"do\":\"reserve\",$gang,\"rank\":1,\"count\":3,\"executor\":0}]" 1 "'count' of commands\[0\] \(reserve\) must be an integer in 1\.\.2, is 3"
told submit "[{\"do\":\"reserve\",$gang,\"rank\":1,\"executor\":2}]" 1 "'executor' of .* must be an integer in 0\.\.1, is 2"
told submit "[{\"do\":\"reserve\",$gang,\"rank\":1,\"executor\":1,\"gpus\":[64]}]" 1 "'gpus\[0\]' of .* must be an integer in 0\.\.63, is 64"
told submit "[{\"do\":\"reserve\",$gang,\"rank\":1,\"executor\":1,\"hold\":1}]" 1 "'hold' of .* must be true or false, is 1"
told submit "[{\"do\":\"fence\",$gang,\"reason\":\"tired\"}]" 1 "'reason' of .* must be a reason of .*, is \"tired\""
told submit "[{\"do\":\"go\",$gang,\"count\":2}]" 1 "has a 'count' and no 'rank'"
told submit "[{\"do\":\"go\",$gang,\"epoch\":2}]" 1 "has a key 'epoch', which is unknown; there are do, job, stage, attempt, rank, count, executor"
told submit "[{\"do\":\"accept\",$gang,\"what\":\"success\",\"rank\":1}]" 1 "accepts a success and has no 'executor'"
told submit "[{\"do\":\"accept\",$gang,\"what\":\"output\"}]" 1 "accepts what a task did, and has no 'rank'"
told submit '[{"do":"wake","wake":1,"at":5,"for":"heartbeat"}]' 1 "'for' of .* must be one of placer, .*, is \"heartbeat\""
told submit '[{"do":"wake","wake":1,"at":5,"because":9}]' 1 "'because' of .* must be an integer in 0\.\.[0-9]+, is 9"

# Time must go on, and a world has its limits.
exits 1 run --target "exec:sh $SOURCE/tests/cli/whole_child.sh again '[{\"do\":\"wake\",\"wake\":1,\"at\":0}]'"
says 'woken 10000 times in one instant' err
one="{\"do\":\"reserve\",$gang,\"rank\":0,\"executor\":0}"
many=$one
for _ in 1 2 3 4 5 6 7 8 9 10; do many="$many,$many"; done
told submit "[$many]" 1 'sends more than this cluster has room for|more than the [0-9]+ messages and decisions'

# protocol-test walks it through pieces of its own.
exits 0 "$MUSTER" protocol-test "python3 $SOURCE/scenarios/schedulers/exec/driver.py"
says '14 of 14 steps as they must be'
exits 1 "$MUSTER" protocol-test "python3 $SOURCE/scenarios/schedulers/exec/driver.py --bug early-release"
says 'it opens a barrier before all its members have called'
exits 1 "$MUSTER" protocol-test "sh $SOURCE/tests/cli/whole_child.sh never '[]'"
says 'a gang that fits is not sent off, and it waits for nothing'

# What it cannot be asked is refused by run, and counted apart by check.
cat >crash.lua <<'END'
cluster { executors = 1 }
job "a" { stage "map" { tasks = 1, program = compute "9s" } }
at "2s" { crash_driver("1s") }
END
complains 65 'the driver crashes in it, and a scheduler behind a pipe cannot be brought back' \
    "$MUSTER" run crash.lua --no-plot --quiet --out run --target "$driver"
exits 0 "$MUSTER" check two.lua crash.lua -q -j 1 --target "$driver"
says 'check: 1 passed, .* 1 not run; 1 case'
rm -rf run muster-out
