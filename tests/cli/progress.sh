# A long run says how far it is: on a terminal in one line that changes, elsewhere a line now and then, with --quiet not at
# all; never on stdout. What is left is told only once it is known.
. "$SOURCE/tests/cli/lib.sh"
long=$here/scenarios/long_jobs.lua

# A log: nothing in the first seconds.
exits 130 "$INTERRUPT" 2500 INT -- "$MUSTER" run "$long" --no-plot
grep -q 'jobs done' err && die "a log is told of progress in the first seconds: $(cat err)"
grep -q 'jobs done' out && grep 'k records/s' out && die "progress on stdout"

# With a clock that goes fast: after ten seconds a line, then one each half minute.
# (faketime would stand between the command and its signal, so its library is asked for alone.)
preload=''
[ "${SANITIZED:-}" = ON ] || preload=$(faketime -f '+0 x20' sh -c 'echo "$LD_PRELOAD"' 2>/dev/null)
if [ -n "$preload" ]; then
    exits 130 "$INTERRUPT" 2600 INT -- env LD_PRELOAD="$preload" FAKETIME='+0 x20' "$MUSTER" run "$long" --no-plot
    lines=$(grep -c '^muster: running: at [0-9.]*s, [0-9]*k records/s, [0-9]* gangs* waiting, [0-9]*/101 jobs done' err)
    [ "$lines" -ge 1 ] && [ "$lines" -le 3 ] || die "$lines lines in 52 s, must be at 10 s and at 40 s: $(cat err)"
    LC_ALL=C grep -q '[^ -~]' err && die "a log gets control characters"
    exits 130 "$INTERRUPT" 2600 INT -- env LD_PRELOAD="$preload" FAKETIME='+0 x20' "$MUSTER" run "$long" --no-plot --quiet
    [ ! -s err ] || die "--quiet says: $(cat err)"
    # Who reads a long history says so, too, and report what it does then. What the run above left is long enough.
    run=$(ls -d muster-out/*/ | head -n 1)
    env LD_PRELOAD="$preload" FAKETIME='+0 x400' "$MUSTER" judge "$run" --partial >out 2>err
    grep -qE '^muster: judging: at [0-9.]*s, [0-9]*k records/s, [0-9]* gangs? waiting, [0-9]*/101 jobs done' err || die "judge says $(cat err)"
    grep -q 'records/s' out && die "progress on stdout"
    env LD_PRELOAD="$preload" FAKETIME='+0 x400' "$MUSTER" judge "$run" --partial --quiet >out 2>err
    grep -q judging err && die "--quiet says: $(cat err)"
    env LD_PRELOAD="$preload" FAKETIME='+0 x400' "$MUSTER" report "$run" -o report --no-plot >out 2>err
    grep -qE '^muster: judging: at [0-9.]*s' err || die "report says $(cat err)"
    grep -q '^report: ' out || die "no report: $(cat err)"
else
    echo "no faketime: what a log is told after ten seconds was not looked at"
fi

# A terminal.
command -v script >/dev/null 2>&1 && script -qec true /dev/null >/dev/null 2>&1 || { echo "no script(1): no terminal"; exit 0; }
# on_terminal OPTION...: what a terminal of 60 columns gets in three seconds, a line each time that it is drawn anew
on_terminal() {
    script -qec "stty cols 60; '$INTERRUPT' 3000 INT -- '$MUSTER' run '$long' --no-plot $* >stdout" /dev/null </dev/null >screen 2>err
    tr '\r' '\n' <screen | grep 'running: at' >drawn
}
on_terminal
count=$(wc -l <drawn)
[ "$count" -ge 2 ] && [ "$count" -le 25 ] || die "drawn $count times in two seconds, must be up to ten times a second"
sed 's/\x1b\[K//' drawn | awk 'length($0) > 59' | grep . && die "a line that is wider than the terminal"
# The line is taken back before anything else is written.
tail -c 20 screen | od -c | grep -q '033   \[   K' || die "the line stays: $(tail -c 40 screen | od -c)"
grep -q 'running: at' stdout && die "progress on stdout"
on_terminal --quiet
[ ! -s drawn ] || die "--quiet draws"

# What is left: not before a tenth of the jobs is done.
on_wide() {
    script -qec "stty cols 200; '$INTERRUPT' $1 INT -- '$MUSTER' run '$2' --no-plot >stdout" /dev/null </dev/null >screen 2>err
    tr '\r' '\n' <screen | grep 'running: at' >drawn
}
on_wide 2500 "$here/scenarios/long.lua"
grep -q 'left at this rate' drawn && die "somebody guesses when a single job will end"
says ' 0/1 jobs done' drawn
cat >hundred.lua <<'END2'
cluster { executors = 4, cores = 4 }
local step = program { compute { "1ms", "2ms" }, barrier() }
for i = 1, 100 do job("quick" .. i) { stage "s" { tasks = 1, program = compute "1s" } } end
job "endless" { barrier_stage "fit" { tasks = 12, program = program { loop(100000000, step) } }, submit = "1h" }
END2
on_wide 2500 hundred.lua
says ' 100/101 jobs done, [0-9]+ s left at this rate' drawn
cat >waits.lua <<'END2'
cluster { executors = 4, cores = 4 }
local step = program { compute { "1ms", "2ms" }, barrier() }
job "endless" { barrier_stage "fit" { tasks = 12, program = program { loop(100000000, step) } } }
for i = 1, 3 do job("waits" .. i) { barrier_stage "fit" { tasks = 8, program = step }, submit = "1s" } end
END2
on_wide 2500 waits.lua
says ' [1-3] gangs? waiting, 0/4 jobs done' drawn
