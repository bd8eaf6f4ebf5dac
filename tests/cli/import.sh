# `muster import` writes a scenario that fits a table of jobs, runs as it is, says what was left out, and never overwrites anything.
. "$SOURCE/tests/cli/lib.sh"
workloads=$SOURCE/scenarios/workloads

# imports JOBS ARGUMENT...: writes a scenario, and the line that it prints runs it, and all its jobs.
imports() {
    jobs=$1
    shift
    exits 0 "$MUSTER" import "$@"
    says "^$jobs jobs?; the scenario is written"
    command=$(tail -n 1 out | sed 's/^ *muster //')
    eval "exits 0 '$MUSTER' $command --no-plot --out run"
    says '^PASS '
    [ "$(($(wc -l <run/jobs.csv) - 1))" = "$jobs" ] || die "$(wc -l <run/jobs.csv) lines in jobs.csv, must be $jobs and one: $*"
}
# The file FILE.lua has a line that matches, and none that is too long for a reader; a comment may have any line's end, so it is joined.
has() {
    sed 's/^-- //' "$1" | tr '\n' ' ' | grep -qE -- "$2" || die "$1 does not say '$2': $(cat "$1")"
}

mkdir traces other
cp "$workloads/invented-44.swf" traces/log.swf
imports 40 swf traces/log.swf
[ -f traces/log.lua ] || die "it is not beside the trace"
has traces/log.lua '40 of its 46 lines are jobs that are run\. Left out: 2 parts of a job .*, 4 cancelled before they began\. Of those that are run: 3 cancelled, '
has traces/log.lua 'They come from 0s to 2134s, take 0s to 457s, and have 1 to 48 tasks\.'
has traces/log.lua 'header says MaxNodes: 16 and MaxProcs: 64\.'
has traces/log.lua 'machines = param\("machines", 16, "of 4 cores each"'
[ "$(grep -c '^ *expect {' traces/log.lua)" = 1 ] || die "not one expectation"
for word in See Policy Question Change; do grep -q "^-- $word: " traces/log.lua || die "it has no $word"; done
awk 'length($0) > 120' traces/log.lua | grep . && die "a line is too long"
says '40 of 46 lines are jobs' err
# What the scenario runs is what the trace says: the same jobs as with the scenario that came with muster.
cut -d, -f1-5,12 run/jobs.csv >mine
exits 0 "$MUSTER" run "$workloads/swf.lua" --no-plot --out run
cut -d, -f1-5,12 run/jobs.csv | cmp -s - mine || die "the jobs are not those of the trace"

# Elsewhere: the command has the path, whatever is in the names.
cp traces/log.swf 'it'\''s "a" %s\n log.swf'
imports 40 swf 'it'\''s "a" %s\n log.swf' -o other/mine.lua
exits 0 "$MUSTER" import swf traces/log.swf -o 'it'\''s.lua'
says 'param .?file=traces/log.swf'

# A cluster fits where the header does not say it, or says too little.
grep -v '^; Max' traces/log.swf >plain.swf
imports 40 swf plain.swf
has plain.lua 'does not say on what its jobs ran: there are as many as would be busy on average'
sed 's/^; MaxProcs: 64/; MaxProcs: 20/; s/^; MaxNodes: 16/; MaxNodes: 5/' traces/log.swf >small.swf
imports 40 swf small.swf
has small.lua 'MaxNodes: 5 and MaxProcs: 20\. But the widest job needs 48, so these are just enough for it\.'
has small.lua 'param\("machines", 12, "of 4 cores each"'
sed '/^; MaxNodes/d; s/^; MaxProcs: 64/; MaxProcs: 430/' traces/log.swf >odd.swf
imports 40 swf odd.swf --tasks requested --duration requested_time --priority queue
has odd.lua 'MaxProcs: 430, and not how many of them were in a machine\.'
has odd.lua 'param\("machines", 215, "of 2 cores each"'
has odd.lua 'tasks = "requested", duration = "requested_time", priority = "queue"'
sed 's/^; MaxNodes: 16/; MaxNodes: 99999999999999999999/; s/^; MaxProcs: 64/; MaxProcs: 9223372036854775799/' traces/log.swf >huge.swf
imports 40 swf huge.swf

# Tables: the columns are found by their names, with dates and units, or are said.
cp "$workloads/tiresias-60.csv" "$workloads/philly-400.csv" .
imports 60 csv tiresias-60.csv
has tiresias-60.lua 'job = "job_id", submit = "submit_time", gpus = "num_gpu", duration = "duration"'
imports 400 csv philly-400.csv
has philly-400.lua 'submit = { "timestamp", unit = "date" }, gpus = "num_gpus"'
printf '"Job ID", Submit-Time_ms ,"a ""count",Run Time_min\n7,1500,3,2\n' | sed 's/""/_/' >units.csv
complains 64 'no column of units.csv has a name that says how many tasks a job has; say which with --tasks COLUMN or --gpus COLUMN; there are: Job ID, Submit-Time_ms, a _count, Run Time_min' "$MUSTER" import csv units.csv
imports 1 csv units.csv --tasks 'a _count'
has units.lua 'job = "Job ID", submit = \{ "Submit-Time_ms", unit = "ms" \}, tasks = "a _count", duration = \{ "Run Time_min", unit = "m" \}'
[ "$(sed -n 2p run/jobs.csv | cut -d, -f1,4,5,12)" = job-7,3,1.5,120 ] || die "it is not that job: $(sed -n 2p run/jobs.csv)"
printf 'a,b\n2,3\n4,5\n' >ab.txt
imports 2 csv ab.txt --gpus a --duration b
cp traces/log.swf log.txt
imports 40 swf log.txt
has log.lua 'format = "swf"'

# What cannot be done is one line, and nothing is written.
echo mine >traces/there.lua
cp traces/log.swf traces/there.swf
complains 74 'traces/there.lua is there already and is left alone; choose another name with -o' "$MUSTER" import swf traces/there.swf
[ "$(cat traces/there.lua)" = mine ] || die "it was overwritten"
ln -s nowhere.lua link.lua
complains 74 'link.lua is there already' "$MUSTER" import swf traces/log.swf -o link.lua
[ ! -e nowhere.lua ] || die "it was written through a link"
complains 74 'cannot write no/such.lua: No such file' "$MUSTER" import swf traces/log.swf -o no/such.lua
complains 64 "'mine' must end in .lua; try: -o mine.lua" "$MUSTER" import swf traces/log.swf -o mine
complains 64 "no format 'sfw' .did you mean 'swf'" "$MUSTER" import sfw traces/log.swf
complains 64 'needs swf.csv FILE' "$MUSTER" import swf
complains 64 'is one operand too many' "$MUSTER" import swf a b
complains 64 '--tasks has 0 bytes' "$MUSTER" import swf traces/log.swf --tasks ''
complains 65 "no column 'alocated'; did you mean 'allocated'" "$MUSTER" import swf traces/log.swf --tasks alocated -o x.lua
complains 65 "'nope.swf' cannot be read: No such file" "$MUSTER" import swf nope.swf
complains 65 'nope.csv cannot be read: No such file' "$MUSTER" import csv nope.csv
complains 65 'traces is a directory' "$MUSTER" import csv traces
complains 65 "try: muster import swf log.txt" "$MUSTER" import csv log.txt -o x.lua
printf '1 0 -1 5 2 -1 -1 2 60 -1 \033[31m 1 1 1 1 1 -1 -1\n' >bad.swf
complains 65 "import: workload 'bad.swf': bad.swf:1:26: status is '.x1B\[31m', must be a number" "$MUSTER" import swf bad.swf
printf 'id,n,t\n1,2,3\n1,2,3\n' >twice.csv
complains 65 "twice.csv:3: job 'job-1' is declared twice" "$MUSTER" import csv twice.csv --tasks n --duration t
: >empty.csv
complains 65 'empty.csv is empty' "$MUSTER" import csv empty.csv
for name in x mine bad twice empty nope; do [ ! -e $name.lua ] || die "$name.lua was written"; done
