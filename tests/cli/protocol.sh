# The protocol of --target exec:CMD as docs/protocol/ has it: the same keys as in the code, every line of real conversations is valid,
# what the code refuses is not, and the conversation in docs/protocol.md is the one that is held now.
. "$SOURCE/tests/cli/lib.sh"
protocol=$SOURCE/docs/protocol

# A conversation with everything in it: gangs and tasks, held slots, a machine lost.
exits 0 "$MUSTER" run faults/gpu-lost.lua --no-plot --out run --target "exec:$EXEC_FIFO" --transcript fifo.ndjson
exits 3 "$MUSTER" run learn/07-two-trainings-half-the-slots.lua --policy strict --no-plot --out run --target "exec:$EXEC_FIFO --hold-and-wait" --transcript hold.ndjson
exits 0 "$MUSTER" protocol-test "$EXEC_FIFO" --transcript steps.ndjson
grep -c '^ok' out | grep -qx 11 || die "not 11 steps: $(cat out)"
rm -rf run

# The keys of what muster says, and what the code reads, are those of the schemas.
properties() { # FILE...: the names of all properties, which stand two deeper than the word
    awk '{ match($0, /^ */); depth = RLENGTH }
        /^ *"properties": \{/ { open[depth] = 1; next }
        /^ *\}/ { delete open[depth] }
        (depth - 2) in open && /^ *"[^"]*":/ { split($0, part, "\""); print part[2] }' "$@" | sort -u
}
grep -h '"from":"muster"' fifo.ndjson hold.ndjson | sed 's/"message"://' | grep -oE '"[a-z_]+":' | tr -d '":' | grep -vxE 'from|at' | sort -u >said
properties "$protocol/hello.schema.json" "$protocol/reset.schema.json" "$protocol/plan.schema.json" >written
cmp -s said written || die "keys of questions, those of the schemas are marked >: $(diff said written)"
{
    printf 'type\nid\nmessage\n'
    # shellcheck disable=SC2046 # what a whole scheduler orders has a schema of its own, and cli.whole
    grep -hoE 'keys\[\] = \{.*NULL\}' $(find "$SOURCE/conformance/targets/exec/src" -name '*.c' ! -name 'scheduler*') | grep -oE '"[a-z_]+"' | tr -d '"'
} | sort -u >read_
properties "$protocol"/hello-answer.schema.json "$protocol"/ready.schema.json "$protocol"/decisions.schema.json "$protocol"/error.schema.json >written
cmp -s read_ written || die "keys of answers, those of the schemas are marked >: $(diff read_ written)"
for file in "$protocol"/*.schema.json; do
    grep -qF "protocol/$(basename "$file")" "$SOURCE/docs/protocol.md" "$SOURCE/docs/protocol-scheduler.md" || die "no page names $(basename "$file")"
done

# The page's conversation.
if command -v python3 >/dev/null 2>&1; then
    sh "$protocol/redraw.sh" --check "$MUSTER" >difference || die "docs/protocol.md is out of date; run docs/protocol/redraw.sh: $(head -c 600 difference)"
else
    skip "the keys are the same; there is no python3 for the rest"
fi

# Every line is valid, and what the code refuses is not.
python3 -c 'from jsonschema import Draft202012Validator' 2>/dev/null ||
    skip "the keys and the page are right; there is no python3-jsonschema (4 or newer) to validate with"
cat >validate.py <<'END'
import json, os, sys
import jsonschema
folder, *transcripts = sys.argv[1:]
schema = {}
for name in os.listdir(folder):
    if name.endswith(".schema.json"):
        text = json.load(open(os.path.join(folder, name)))
        jsonschema.Draft202012Validator.check_schema(text)
        schema[name[:-len(".schema.json")]] = jsonschema.Draft202012Validator(text)
lines = 0
for transcript in transcripts:
    for line in open(transcript):
        said = json.loads(line)
        if "garbage" in said or said["message"].get("type") == "sing":
            continue
        kind = said["message"]["type"]
        if "weather" in said["message"]:
            kind = "plan"  # open: what is not known is ignored
        if said["from"] == "child" and kind == "hello":
            kind = "hello-answer"
        schema[kind].validate(said["message"])
        lines += 1
answer = {"type": "decisions", "id": 1}
for wrong in ({"do": "dance"}, {"do": "launch", "job_id": 0}, {"do": "launch", "job_id": -1, "stage_id": 0}, {"do": "hold", "job_id": 0, "stage_id": 0},
              {"do": "wake_at", "at": 1, "why": 1}, {"do": "launch", "job_id": 0, "stage_id": 0, "executors": {}}, 7):
    assert not schema["decisions"].is_valid(dict(answer, decisions=[wrong])), wrong
assert schema["decisions"].is_valid(dict(answer, decisions=[{"do": "wake_at", "at": 1, "x-why": {}}]))
print(lines, "lines")
END
exits 0 python3 validate.py "$protocol" fifo.ndjson hold.ndjson steps.ndjson
says '^[0-9]{2,} lines$'
