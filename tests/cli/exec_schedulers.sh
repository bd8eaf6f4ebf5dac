# The schedulers in scenarios/schedulers/exec/, each in its language: the right one passes the protocol's steps and every scenario that a
# placer can be judged by, all with the same chains; with --hold-and-wait gangs wait for each other in a circle, and nothing else is wrong.
# usage: exec_schedulers.sh [RUNS]: so many runs of one scenario in one child, two with each seed, which have one chain.
. "$SOURCE/tests/cli/lib.sh"
schedulers=$SOURCE/scenarios/schedulers/exec
tried=0

# with NAME COMMAND PATH...: the checks, over these scenarios (none: all).
with() {
    name=$1 command=$2
    shift 2
    tried=$((tried + 1))
    exits 0 "$MUSTER" protocol-test "$command"
    exits 0 "$MUSTER" check "$@" -q --target "exec:$command"
    says 'check: [0-9]+ passed, [0-9]+ predicted, 0 tolerated, 0 unknown, 0 failed'
    exits 3 "$MUSTER" check learn/07-two-trainings-half-the-slots.lua --policy strict -q --target "exec:$command --hold-and-wait"
    says "PRG-1 broken .* gang 'fit' of 'red' holds 4 slots and waits for 4 more .* gang 'fit' of 'blue'.*and so the circle"
    exits 0 "$MUSTER" run schedulers/fifo.lua --no-plot --out run --target "exec:$command" --transcript "$name.ndjson"
    exits 64 "$MUSTER" replay run
    says "if you want it to be run again, say so: --target" err
    exits 0 "$MUSTER" replay run --target "exec:$command"
    exits 4 "$MUSTER" replay run --target "exec:$command --hold-and-wait"
    "$MUSTER" why run large >/dev/null || die "why does not read the run of $name"
    # What they decide is the same, so what they are asked is; only the header names another command.
    grep '"from":"muster"' "$name.ndjson" >"$name.asked"
    [ ! -e first.asked ] || cmp -s "$name.asked" first.asked || die "$name is asked something else"
    [ -e first.asked ] || cp "$name.asked" first.asked
}

with c "$EXEC_FIFO"
with wrapped "cd / && exec $EXEC_FIFO" learn/01-mapreduce-vs-barrier.lua # a command is for the shell
if command -v python3 >/dev/null 2>&1; then with python "python3 $schedulers/fifo.py"; else echo "not tried: there is no python3"; fi
# JSON::PP reads a page of views as fast as a person: a few scenarios are enough.
if perl -MJSON::PP -e 1 2>/dev/null; then
    with perl "perl $schedulers/fifo.pl" learn/01-mapreduce-vs-barrier.lua faults/gpu-lost.lua
else
    echo "not tried: there is no perl with JSON::PP"
fi
echo "$tried commands"

runs=${1:-1000}
exits 0 "$MUSTER" check learn/01-mapreduce-vs-barrier.lua --policy strict -q -j 1 --seeds "$(awk -v n="$runs" 'BEGIN { printf "1..%d", n / 2 }')" --target "exec:$EXEC_FIFO"
says ' 0 failed; '
rm -rf run ./*.ndjson ./*.asked
nothing_left
