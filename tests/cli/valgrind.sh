# No byte is read before it is written, none is lost, on the small scenarios and on every way out.
. "$SOURCE/tests/cli/lib.sh"
command -v valgrind >/dev/null 2>&1 || skip "valgrind is not installed"
[ "${SANITIZED:-}" != ON ] || skip "valgrind and sanitizers do not work together"
# clean STATUS ARGUMENTS...: the command leaves with this status (or one of these) and nothing to complain about.
clean() {
    wanted=$1
    shift
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible --log-file=valgrind.log \
        "$MUSTER" "$@" >out 2>err </dev/null
    got=$?
    case " $wanted " in *" $got "*) ;; *) false ;; esac || { head -n 40 valgrind.log; die "status $got, must be $wanted: $*: $(tail -n 1 err)"; }
}
clean 0 run "$here/scenarios/small.lua" --no-plot
clean 0 learn
clean 0 learn 8 --check "$SOURCE/scenarios/learn/answers/08.lua"
clean 1 learn 5 --check "$SOURCE/scenarios/learn/05-mpi-from-task-0.lua"
clean 0 replay muster-out/latest
clean 0 judge muster-out/latest
clean 0 report muster-out/latest -o report --ndjson --no-plot
clean 0 judge report/history.ndjson
clean 0 why muster-out/latest second/fit --at 50ms
clean 1 run "$here/scenarios/broken_promise.lua" --no-plot --format tap
clean 65 run missing.lua
clean 64 run "$here/scenarios/small.lua" --set nonsense=1
printf 'cluster { executors = 0 }\n' >bad.lua
clean 65 run bad.lua
# All of the library takes minutes: MUSTER_VALGRIND=all. Otherwise what has a word or a fault of its own, and each fourth bug.
number=0
for scenario in $(cd "$MUSTER_SCENARIOS" && find . -name '*.lua' ! -path '*/answers/*' | LC_ALL=C sort); do
    number=$((number + 1))
    case ${MUSTER_VALGRIND:-}$scenario in
    all*) ;;
    ./bugs/*) [ $((number % 4)) = 0 ] || continue ;;
    ./faults/* | ./learn/* | ./workloads/everything.lua) ;;
    *) continue ;;
    esac
    jobs=
    case $scenario in */gang-1.lua) jobs='--param jobs=50' ;; esac
    policy=strict status='0'
    case $scenario in */bugs/*) policy=spark status='0 1 3' ;; */faults/* | */horovod-timeout.lua) status='0 1 3' ;; esac
    # shellcheck disable=SC2086 -- no parameter, or two words
    clean "$status" run "$MUSTER_SCENARIOS/$scenario" --policy $policy --no-plot $jobs
done
