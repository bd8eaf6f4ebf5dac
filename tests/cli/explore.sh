# muster explore: all reductions find the same verdicts, and none and sleep the same ends; what is found can be run again; a search may be stopped, kept and
# gone on with; what is truncated is unknown; what cannot be searched is told so.
. "$SOURCE/tests/cli/lib.sh"
explored=$SOURCE/tests/whole/explore
covered() { grep -oE '[0-9]+ end states \(digest [0-9a-f]+\)|, [A-Z]+(, [A-Z]+)*$|^(PASS|FAIL|UNKNOWN)|sets of states that come again: .*' out; }

# ---- without a reduction and with sleep sets: the same ends, the same rules, the same status
count=0 alike=0
for scenario in "$explored"/*.lua; do
    for policy in strict spark; do
        for reduction in none sleep; do
            code=0
            "$MUSTER" explore "$scenario" --all --policy $policy --reduction $reduction --choices found >out 2>err || code=$?
            case $code in 0 | 1 | 2 | 3) ;; *) die "$scenario: $code: $(cat err)" ;; esac
            says '^  complete: '
            { echo $code; covered; } >$reduction
        done
        # Symmetry leaves ends out, each for one that is alike (whole.alike): the same rules and the same status.
        if [ $policy = strict ] && grep -q anytime "$scenario"; then
            code=0
            "$MUSTER" explore "$scenario" --all --reduction symmetry --choices found >out 2>err || code=$?
            says '^  symmetry: '
            alike=$((alike + $(grep -c 'like others before them' out)))
            { echo $code; covered; } | sed 's/[0-9]* end states.*//; s/: [0-9]* livelocks.*//' >symmetry
            sed 's/[0-9]* end states.*//; s/: [0-9]* livelocks.*//' sleep | cmp -s - symmetry ||
                die "$scenario: $(cat sleep) with sleep sets, $(cat symmetry) with symmetry"
        fi
        cmp -s none sleep || die "$scenario under $policy: $(cat none) without a reduction, $(cat sleep) with sleep sets"
        count=$((count + 1))
    done
done
[ "$count" -ge 40 ] || die "only $count searches"
[ "$alike" -ge 7 ] || die "only $alike scenarios in which somebody is alike"
exits 0 "$MUSTER" explore "$explored/kill.lua" --reduction none
says '^PASS '
says '^  complete: [0-9]+ states, ([0-9]+) transitions'
exits 1 "$MUSTER" explore "$explored/gang.lua" --timers any --early 2 # a launch that is not acknowledged in time costs an attempt
says 'EXPECT-3 broken at'
says '^  bounds: 2 early deadlines in a run$'

# ---- what is found is written down, and comes back
exits 1 "$MUSTER" explore "$explored/quit.lua" --policy spark --choices way
says '^FAIL .*after [0-9]+ moves$'
says 'PRG-1 broken at'
says 'run .*quit.lua --choices way --policy spark$'
exits 1 "$MUSTER" run "$explored/quit.lua" --choices way --policy spark --no-plot --out one
says 'PRG-1 broken at'
exits 1 "$MUSTER" run "$explored/quit.lua" --choices way --policy spark --no-plot --out two
cmp -s one/history.mst two/history.mst || die "the same choices gave another history"
exits 1 "$MUSTER" judge one
complains 65 "recorded by the target 'sim, along choices'" "$MUSTER" replay one
complains 65 "is not possible there" "$MUSTER" run "$explored/kill.lua" --choices way --no-plot
echo 'to-nobody 1' >wrong
complains 65 "wrong:1: 'to-nobody 1' is no move" "$MUSTER" run "$explored/kill.lua" --choices wrong --no-plot

# ---- bounds: what was not looked at is unknown
exits 2 "$MUSTER" explore "$explored/kill.lua" --states 100
says '^  the bound of states was reached: 100 states'
says '^UNKNOWN '
exits 2 "$MUSTER" explore "$explored/kill.lua" --depth 10
says '^  the bound of depth was reached: '
exits 2 "$MUSTER" explore "$explored/kill.lua" --memory 1MiB
says '^  the memory was used up: '
cat >sometimes.lua <<'END'
cluster { executors = 1, cores = 1 }
local j = job "j" { barrier_stage "s" { tasks = 1, program = compute "1s" } }
expect { sometimes("a loss", record("lost")) }
END
exits 2 "$MUSTER" explore sometimes.lua
says "in no order does happen what is expected sometimes: 'a loss'"

# ---- stopped, kept, gone on with: the same in the end as in one go
exits 0 "$MUSTER" explore "$explored/kill-twice.lua"
grep -oE 'complete: .*' out >whole
exits 2 "$MUSTER" explore "$explored/kill-twice.lua" --states 300 --save kept
says '^  kept:   kept'
exits 2 "$MUSTER" explore "$explored/kill-twice.lua" --resume kept --states 1500 --save kept
exits 0 "$MUSTER" explore "$explored/kill-twice.lua" --resume kept
grep -oE 'complete: .*' out | cmp -s - whole || die "gone on with it is $(grep complete out), in one go $(cat whole)"
for reduction in none sleep; do # with sets of states that come again, and are not known yet where it stops
    "$MUSTER" explore "$explored/cut.lua" --reduction $reduction >out 2>err || die "$(cat err)"
    grep -oE 'complete: .*|sets of states.*' out >whole
    says '^  sets of states that come again: 0 livelocks, [1-9]'
    exits 2 "$MUSTER" explore "$explored/cut.lua" --reduction $reduction --states 1000 --save turning
    exits 2 "$MUSTER" explore "$explored/cut.lua" --reduction $reduction --resume turning --states 5000 --save turning
    exits 0 "$MUSTER" explore "$explored/cut.lua" --reduction $reduction --resume turning
    grep -oE 'complete: .*|sets of states.*' out | cmp -s - whole || die "gone on with: $(cat out), in one go $(cat whole)"
done
complains 65 "it is of another scenario, policy, or way to search" "$MUSTER" explore "$explored/kill.lua" --resume kept
head -c 5000 kept >short
complains 65 "cut off" "$MUSTER" explore "$explored/kill-twice.lua" --resume short

# ---- what cannot be searched, and what is no option
cat >lua.lua <<'END'
cluster { executors = 1, cores = 1 }
job "j" { barrier_stage "s" { tasks = 1, program = compute "1s" } }
scheduler { on_plan = function(view) return {} end }
END
complains 64 "but not explored" "$MUSTER" explore lua.lua
complains 64 "must be late or any" "$MUSTER" explore "$explored/kill.lua" --timers soon
complains 64 "must be none, sleep or symmetry" "$MUSTER" explore "$explored/kill.lua" --reduction some
exits 64 "$MUSTER" explore "$explored/kill.lua" --memory much
exits 64 "$MUSTER" explore "$explored/kill.lua" --time never

[ "$SANITIZED" = ON ] && exit 0 # enough of it: what follows compiles cores

# ---- two defects put into the core: half of a gang goes if a member is lost between two acknowledgements; and two machines
#      that answer each other for ever
seeded() { # NAME FILE SED
    mkdir -p "$1"
    cp -R "$SOURCE/core/src" "$SOURCE/core/include" "$1"
    sed "$3" "$SOURCE/core/src/$2" >"$1/src/$2"
    cmp -s "$1/src/$2" "$SOURCE/core/src/$2" && die "the defect '$1' does not apply to core/src/$2 any more; put it in otherwise"
    "$CC" -std=c17 -O1 -fPIC -shared -fvisibility=hidden -DGANG_CORE_SHARED -I"$1/include" -I"$1/src" "$1"/src/*.c -o "$1.so" 2>err ||
        die "the core with the defect '$1' does not compile: $(cat err)"
}
two=$explored/between-two-acks.lua
seeded half ended.c 's/gang_place_revert(d, s, GANG_REASON_EXECUTOR_LOST, out);/if ((stage->groups_acked -= group.state == GROUP_ACKED) == 0 || stage->groups_acked == stage->open_groups) &/'
exits 1 "$MUSTER" explore "$two" --core "$PWD/half.so"
says 'AON-[0-9]+ broken at .* 2 of 3 ranks started'
exits 1 "$MUSTER" run "$two" --core "$PWD/half.so" --choices between-two-acks.choices --no-plot
says 'AON-[0-9]+ broken at'
seeded echo executor.c 's/    case GANG_MSG_WELCOME:.*/    case GANG_MSG_WELCOME: if (e->incarnation > 0) boot(e, e->incarnation, out);/'
exits 3 "$MUSTER" explore "$two" --core "$PWD/echo.so"
says 'a state comes again for ever, without progress'
grep -qx cycle between-two-acks.choices || die "the choices do not say where the cycle begins"
exits 3 "$MUSTER" run "$two" --core "$PWD/echo.so" --choices between-two-acks.choices --no-plot
says 'PRG-2 broken at'
# All of them: what sleep sets leave out may decide, so states that come again are looked at with all moves.
for reduction in none sleep; do
    exits 3 "$MUSTER" explore "$two" --core "$PWD/echo.so" --all --reduction $reduction --choices all-$reduction
    says '^  sets of states that come again: [1-9][0-9]* livelocks'
    covered >$reduction
    exits 3 "$MUSTER" run "$two" --core "$PWD/echo.so" --choices all-$reduction --no-plot
    says 'PRG-2 broken at'
done
exits 3 "$MUSTER" explore "$two" --core "$PWD/echo.so" --all
says 'it began anew without sleep sets after [1-9][0-9]* transitions'
cmp -s none sleep || die "with livelocks: $(cat none) without a reduction, $(cat sleep) with sleep sets"
# One that stops at an assertion leaves the way there.
export CORE
rm -f between-two-acks.choices
BAD=abort AFTER=60 exits 70 "$MUSTER" explore "$two" --core "$BAD_CORE"
grep -q 'the way there is in between-two-acks.choices' err || die "nothing about a way: $(cat err)"
says '^to-driver ' between-two-acks.choices
