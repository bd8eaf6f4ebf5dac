# muster shrink: what is left breaks the same rule, keeps all of them under strict, and without any one of its lines it does not break it
# any more; a core that crashes, a path of explore; what cannot be shrunk is told so; stopped early it keeps the smallest so far.
. "$SOURCE/tests/cli/lib.sh"
code_lines() { grep -vcE '^(--|$)' "$1"; }

# without_a_line FILE RULE ARGUMENTS...: each line but comments is taken away once; the rule is then kept, or the file is none any more.
without_a_line() {
    file=$1 rule=$2
    shift 2
    total=$(wc -l <"$file") number=0 tried=0
    while [ "$number" -lt "$total" ]; do
        number=$((number + 1))
        sed -n "${number}p" "$file" | grep -qE '^(--|$)' && continue
        sed "${number}d" "$file" >less.lua
        "$MUSTER" run less.lua "$@" --no-plot --out less >lines 2>&1
        grep -q "$rule broken" lines && die "without line $number of $file it still breaks $rule: $(sed -n "${number}p" "$file")"
        tried=$((tried + 1))
    done
    [ "$tried" -gt 3 ] || die "only $tried lines in $file"
}

# ---- from 65 faults on 49 tasks to a few lines
exits 0 "$MUSTER" shrink "$SOURCE/scenarios/workloads/everything.lua" --policy spark -o min.lua
says '^min.lua: RST-5$'
says '^1-minimal: of [0-9]+ simplifications none still breaks it '
says '^policy strict keeps every rule in it$'
says '^the flip: without the .*: every rule is kept$'
[ "$(code_lines min.lua)" -le 12 ] || die "$(code_lines min.lua) lines: $(cat min.lua)"
[ "$(grep -c '^-- \[' min.lua)" -le 20 ] || die "the story is longer than 20 lines"
seed=$(sed -n 's/^-- Replay: .*--seed \([0-9]*\).*/\1/p' min.lua)
exits 1 "$MUSTER" run min.lua --seed "$seed" --no-plot --out one
says 'RST-5 broken'
exits 0 "$MUSTER" run min.lua --seed "$seed" --policy strict --no-plot --out one
without_a_line min.lua RST-5 --seed "$seed"
grep -q '^-- Verdicts: strict last_stage=fail_job RST$' min.lua || die "no verdict: $(head -n 8 min.lua)"

# ---- a promise that is broken stays in the file
cat >promise.lua <<'END'
local c = cluster { executors = 3, cores = 2 }
local j = job "j" { barrier_stage "s" { tasks = 4, program = loop(3, compute "3s", barrier()) } }
at "2s" { crash(c.executor[0]) }
expect { j:succeeds { attempts = 1 } }
END
exits 0 "$MUSTER" shrink promise.lua
says '^promise-min.lua: EXPECT-3$'
grep -q 'attempts' promise-min.lua || die "the promise is gone: $(cat promise-min.lua)"
without_a_line promise-min.lua EXPECT-3
exits 0 "$MUSTER" shrink promise.lua -o again.lua # the same, each time
sed 's/again\.lua/promise-min.lua/' again.lua | cmp -s - promise-min.lua || die "another result the second time: $(cat again.lua)"

# ---- a core that crashes is a run that ends so
asan=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0:handle_abort=0 # a crash is to look like one
exits 0 env ASAN_OPTIONS="$asan" BAD=crash AFTER=9 "$MUSTER" shrink promise.lua --core "$BAD_CORE" -o crash.lua
says '^crash.lua: crash$'
[ "$(code_lines crash.lua)" -le 5 ] || die "$(code_lines crash.lua) lines: $(cat crash.lua)"
if [ "$SANITIZED" != ON ]; then # one that breaks a rule before is shrunk by that
    exits 0 env BAD=twice "$MUSTER" shrink "$here/scenarios/small.lua" --core "$BAD_CORE" -o twice.lua
    says '^twice.lua: GEN-4$'
    says '^1-minimal: '
    [ "$(code_lines twice.lua)" -le 5 ] || die "$(code_lines twice.lua) lines: $(cat twice.lua)"
fi

# ---- somebody else's scheduler is left as it is, and is in the file
permit=$SOURCE/scenarios/schedulers/permit.lua trainings=$SOURCE/scenarios/learn/07-two-trainings-half-the-slots.lua
exits 0 "$MUSTER" shrink "$trainings" --policy strict --scheduler "$permit" --scheduler-param bug=no_timeout -o held.lua
says '^held.lua: PRG-1$'
says '^1-minimal: '
sed -n '/^scheduler {/,/^]=*]/p' held.lua | sed '1d;/^]=*]/d' >within.lua
cmp -s within.lua "$permit" || die "the scheduler has become another one: $(diff within.lua "$permit" | head)"
sed '/^scheduler {/,/^]=*]/d' held.lua >around.lua
[ "$(code_lines around.lua)" -le 11 ] || die "$(code_lines around.lua) lines: $(cat around.lua)"
exits 3 "$MUSTER" run held.lua --no-plot --out one
says "PRG-1 broken .* and so the circle"
complains 65 'breaks no rule' "$MUSTER" shrink "$trainings" --policy strict --scheduler "$permit"
complains 64 'no parameter' "$MUSTER" shrink "$trainings" --scheduler "$permit" --scheduler-param nix=1
complains 64 'needs a --scheduler' "$MUSTER" shrink "$trainings" --scheduler-param bug=no_timeout

# ---- along a path of explore: it becomes shorter, too
exits 1 "$MUSTER" explore "$SOURCE/tests/whole/explore/quit.lua" --policy spark --choices way
exits 0 "$MUSTER" shrink "$SOURCE/tests/whole/explore/quit.lua" --policy spark --choices way -o path.lua
says 'choices [0-9]+ -> [0-9]+;'
rule=$(sed -n 's/^path.lua: //p' out)
"$MUSTER" run path.lua --choices path.choices --no-plot --out way-run >lines 2>&1
grep -q "$rule broken" lines || die "the path does not break $rule any more"

# ---- what cannot be
complains 65 'breaks no rule with seed 1; name the seed' "$MUSTER" shrink "$SOURCE/scenarios/learn/01-mapreduce-vs-barrier.lua"
complains 64 "must end in .lua" "$MUSTER" shrink promise.lua -o min.txt
complains 64 "must be a duration" "$MUSTER" shrink promise.lua --time soon
complains 65 'there is no' "$MUSTER" shrink nowhere.lua
exits 0 "$MUSTER" shrink "$SOURCE/scenarios/workloads/everything.lua" --policy spark --time 1ms -o early.lua
says '^not minimal: stopped'
