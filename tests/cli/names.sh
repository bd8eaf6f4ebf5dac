# `muster help NAME` finds whatever has a name, wherever that is, and says where it was found.
. "$SOURCE/tests/cli/lib.sh"

# finds LABEL NAME...: each is told, under its label.
finds() {
    label=$1
    shift
    for name; do
        exits 0 "$MUSTER" help "$name"
        grep -qiE "^$(printf '%s' "$name" | tr '_-' '..'), (a|an) $label" out || die "help $name does not tell $label: $(head -n 3 out)"
    done
}

# shellcheck disable=SC2046 # names are words
{
    finds fault $("$MUSTER" faults --tabs | cut -f1)
    finds axis $("$MUSTER" policies --tabs | cut -f1)
    finds rule $("$MUSTER" rules --tabs | cut -f1) $("$MUSTER" rules B G --tabs | cut -f1)
    finds setting $("$MUSTER" help settings --tabs | cut -f1)
    finds oracle $("$MUSTER" help oracles --tabs | cut -f1)
    finds 'record kind' $("$MUSTER" help records --tabs | cut -f1)
    finds reason $("$MUSTER" help reasons --tabs | cut -f1)
    finds timer $("$MUSTER" help timers --tabs | cut -f1)
    finds 'exit status' 70 65 64 69 74 130 4 1 3 2 0
    finds 'environment variable' MUSTER_SCENARIOS NO_COLOR
    finds file history.mst jobs.csv
    finds column first_fit lane
    finds word barrier_stage enters_epoch pairs
    finds 'cluster manager' yarn mesos
}
[ "$("$MUSTER" help settings --tabs | wc -l)" -gt 25 ] || die "few settings"

# As people type: case, and - for _.
exits 0 "$MUSTER" help b-121
says '^B-121, a rule of Spark'
says "get all barrier sync requests, a message of Spark"
exits 0 "$MUSTER" help launch_deadline
says '^launch_deadline, an axis'
says '^launch_deadline, a setting'
says '^launch-deadline, a reason'
says '^launch-deadline, a timer'
exits 0 "$MUSTER" help last_stage
says '^  To set it: --set last_stage=fail_job'
says 'Could not recover from a failed barrier ResultStage'

# A topic that is a name, too, does not hide it; a field of a word is found with the word.
exits 0 "$MUSTER" help exit
says '^Exit statuses'
says '^exit, a word'
says '^exit, a record kind'
exits 0 "$MUSTER" help task_bytes
says 'stage, a word of scenarios'

# A line of a log, whole, without quotes, or a piece of it.
line='26/01/05 12:00:00 ERROR Task: org.apache.spark.SparkException: Job aborted: Could not recover from a failed barrier ResultStage. Most recent failure reason: x'
exits 0 "$MUSTER" help "$line"
says 'here: last_stage$'
says 'scenario: bugs/spark/u15-last-stage-not-restarted.lua'
# shellcheck disable=SC2086 # as separate words
exits 0 "$MUSTER" help $line
says 'here: last_stage$'
exits 0 "$MUSTER" help SPARK-24819
says 'rules: B-11 B-13'
exits 0 "$MUSTER" help spark.barrier.sync.timeout
says '^  here: sync_timeout'
exits 0 "$MUSTER" help allGather
says '^  here: all_gather'

# What is nowhere is answered with the nearest and the topics.
complains 64 "no command or topic 'heal_aftr' .did you mean 'heal_after'.*; topics are scenario, .*exit" "$MUSTER" help heal_aftr
complains 64 "no command or topic 'qqqqqq', and nothing of that name; topics are scenario, .*exit" "$MUSTER" help qqqqqq

# Lists: a row a line in a pipe, fields with --tabs, never wider than a terminal of 80.
for list in faults policies rules; do
    exits 0 "$MUSTER" $list --tabs
    [ "$(awk -F'\t' '{ print NF }' out | sort -u | wc -l)" = 1 ] || die "$list --tabs: rows of different lengths"
    grep -q '^ \|^axis' out && die "$list --tabs has titles or indents"
done
if command -v script >/dev/null 2>&1 && script -qec true /dev/null >/dev/null 2>&1; then
    for words in faults policies rules help 'help settings' 'help records' 'help scenario' 'help spark' 'help exit' 'help run' ''; do
        script -qec "stty cols 80; '$MUSTER' $words" /dev/null >out 2>err </dev/null
        [ -s out ] || die "$words prints nothing on a terminal"
        # An example stays as it is, and one long word cannot be broken.
        tr -d '\r' <out | awk '
            /^example:/ { example = 1 } /^$/ { example = 0 } length($0) > 80 && split($0, w) > 2 && !example' >wide
        [ ! -s wide ] || die "$words is wider than 80 columns: $(head -n 3 wide)"
    done
else
    echo "no script(1): how lists look on a terminal was not looked at"
fi
rm -f wide
nothing_left
