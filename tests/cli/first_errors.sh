# What a new user gets wrong is answered in one line: what was wrong, where, and what to type instead.
. "$SOURCE/tests/cli/lib.sh"
short=learn/04-not-enough-slots.lua

# Nothing, or nothing that is one.
exits 64 "$MUSTER"
[ "$(wc -l <out)" -le 12 ] || die "muster alone says too much"
says 'muster run learn/01-mapreduce-vs-barrier.lua'
says 'muster new '
says 'muster help '
complains 64 "no command '$short'; to run a scenario: muster run $short" "$MUSTER" $short
complains 64 "no command '--verison' .did you mean '--version'" "$MUSTER" --verison

# Scenarios that are not there, or are something else.
complains 65 "no scenario 'nope.lua', neither here nor in .*/scenarios/; to begin with one: muster new mine.lua" "$MUSTER" run nope.lua
complains 65 "did you mean '$short'" "$MUSTER" run 04-not-enough-slots.lua
complains 65 "did you mean '$short'" "$MUSTER" run learn/04-not-enough-slots
complains 65 "did you mean '$short'" "$MUSTER" run scenarios/learn/4-not-enough-slots.lua
complains 65 "did you mean '$short'" "$MUSTER" help lern/04-not-enough-slots.lua
complains 64 "name is empty" "$MUSTER" run ''
mkdir empty
complains 65 "empty is a directory; a scenario is a file that ends in .lua" "$MUSTER" run empty
complains 65 "scenarios/learn is a directory; a scenario in it is .*/scenarios/learn/01-.*.lua" "$MUSTER" run "$SOURCE/scenarios/learn"
cp "$SOURCE/scenarios/$short" mine.txt
complains 65 "mine.txt does not end in .lua, as scenarios do; if it is one, rename it to mine.txt.lua" "$MUSTER" run mine.txt
rm -r mine.txt empty
if [ -e /dev/stdin ]; then # a pipe has no ending
    cat "$here/scenarios/small.lua" | "$MUSTER" run /dev/stdin --no-plot --out piped >out 2>err || die "a scenario from a pipe: $(cat err)"
    [ -s piped/verdict.json ] || die "a scenario from a pipe leaves no run"
    rm -r piped
fi
complains 65 "no file '$short', and no scenarios beside this command" env -u MUSTER_SCENARIOS "$MUSTER" run $short
complains 65 "MUSTER_SCENARIOS names a place that is not there: .*/nowhere" env MUSTER_SCENARIOS="$SCRATCH/nowhere" "$MUSTER" run $short
if [ "$(id -u)" != 0 ]; then
    : >secret.lua && chmod 000 secret.lua
    complains 65 "secret.lua.*Permission denied" "$MUSTER" run secret.lua
    rm -f secret.lua
fi

# Parameters, axes, numbers.
complains 64 "no parameter 'lat'; did you mean 'late'.*see 'muster help $short'" "$MUSTER" run $short --param lat=true
complains 64 "parameter 'late' is 'maybe', must be true or false; see 'muster help $short'" "$MUSTER" run $short --param late=maybe
complains 64 "no axis 'lauch' .did you mean 'launch'.*see 'muster policies'" "$MUSTER" run $short --set lauch=direct
complains 64 "axis launch is 'dierct', must be two_phase or direct" "$MUSTER" run $short --set launch=dierct
complains 64 "seed is 'abc', must be a whole number in 0" "$MUSTER" run $short --seed abc
complains 64 "no option '--sed' .did you mean '--seed'.*see 'muster help run'" "$MUSTER" run $short --sed 3
nothing_left

# Places to write to.
if [ -d /proc/self ]; then
    complains 74 "cannot make the directory /proc/nope: .*; name another place" "$MUSTER" run $short --no-plot --out /proc/nope/run
fi
if [ "$(id -u)" != 0 ]; then
    mkdir readonly && chmod 555 readonly
    complains 74 "cannot make the directory readonly/run: Permission denied; name another place" "$MUSTER" run $short --no-plot --out readonly/run
    rmdir readonly
fi

# Runs and scenarios taken for each other.
exits 0 "$MUSTER" run $short --no-plot
complains 65 "muster-out/latest is a run, not a scenario; to run it again: muster replay muster-out/latest" "$MUSTER" run muster-out/latest
complains 65 "is a history, not a scenario; to judge it: muster judge " "$MUSTER" run muster-out/latest/history.mst
for command in replay judge 'report -o r'; do
    # shellcheck disable=SC2086 # the words of the command
    complains 65 "$short is a scenario, not a run; to make one of it: muster run $short" "$MUSTER" $command $short
done
complains 65 "there is no nowhere; a run is a directory that 'muster run FILE.lua' makes" "$MUSTER" replay nowhere
complains 65 "there is no ./history.mst; a run is" "$MUSTER" judge .
complains 64 "no job 'nope' in this run; the first of its 1 job is 'fit'" "$MUSTER" why muster-out/latest nope
complains 64 "no job 'fti' in this run .did you mean 'fit'" "$MUSTER" why muster-out/latest fti

# Through the bootstrap script, it is called as it was called.
complains 65 "to begin with one: ./muster new mine.lua" env MUSTER_COMMAND=./muster "$MUSTER" run nope.lua
