# A scenario that says what becomes of it under which policy is right. The line in its head is
#     -- Verdicts: strict pass; spark PRG; strict reply=poll_1s EXPECT
# a policy, its axes, parameters as in `spark --param barrier=false PRG`, and `pass`, `unknown`, or the oracles that fail, all of them, in the order of `muster rules`. There may be several such lines.
# Behind `or` is what else may fail with other seeds: `muster check` looks at that.
# Those of scenarios/bugs must say it, and once with `pass`. To look at what they say: tests/cli/verdicts.sh --show BUILD_DIR [FILE...]
if [ "${1:-}" = --show ]; then
    SOURCE=$(cd "$(dirname "$0")/../.." && pwd -P)
    MUSTER=$(cd "$2" && pwd -P)/cli/muster
    SCRATCH=$(cd "$2" && pwd -P)/verdicts-show
    MUSTER_SCENARIOS=$SOURCE/scenarios
    export MUSTER_SCENARIOS
    show=yes
    shift 2
else
    set --
fi
. "$SOURCE/tests/cli/lib.sh"

# verdict_of SCENARIO POLICY [AXIS=VALUE | --param NAME=VALUE]... : prints `pass`, `unknown` or the oracles that fail
verdict_of() {
    scenario=$1 policy=$2 sets=''
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
        --param) sets="$sets --param $2"; shift ;;
        *) sets="$sets --set $1" ;;
        esac
        shift
    done
    # shellcheck disable=SC2086 # the words of the options
    (cd "$SCRATCH" && "$MUSTER" run "$scenario" --policy "$policy" $sets --format tap --no-plot --out run >out 2>err </dev/null)
    status=$?
    case $status in
    0) echo pass ;;
    1 | 3) sed -n 's/^not ok [0-9]* - \([A-Z]*\):.*/\1/p' "$SCRATCH/out" | tr '\n' ' ' | sed 's/ $//' ;;
    2) echo unknown ;;
    *) echo "status $status: $(tail -n 1 "$SCRATCH/err")" ;;
    esac
}

wrong=0 count=0
for scenario in $(cd "$SOURCE" && if [ $# -gt 0 ]; then echo "$@"; else find scenarios -name '*.lua' | sort; fi); do
    line=$(sed -n 's/^-- Verdicts: *//p' "$SOURCE/$scenario" | tr '\n' ';' | sed 's/;$//')
    case $scenario in
    scenarios/bugs/*)
        case $line in
        *" pass"*";"* | *";"*" pass"*) ;;
        *) echo "$scenario: its head must say two verdicts, one of them pass, as in '-- Verdicts: strict pass; spark PRG'"; wrong=1 ;;
        esac ;;
    esac
    [ -n "$line" ] || continue
    old_ifs=$IFS
    IFS=';'
    set -f
    # shellcheck disable=SC2086 # split at the semicolons
    set -- $line
    IFS=$old_ifs
    for one; do
        count=$((count + 1))
        policy='' expected=''
        # shellcheck disable=SC2086 # split into words
        for word in $one; do
            case $word in
            or) break ;;
            strict | spark | spark-4.2 | --param | *=*) policy="$policy $word" ;;
            *) expected="$expected $word" ;;
            esac
        done
        expected=${expected# }
        # shellcheck disable=SC2086
        got=$(verdict_of "$scenario" $policy)
        [ "${show:-}" = yes ] && echo "$scenario:$policy: $got"
        [ "$got" = "$expected" ] || { echo "$scenario:$policy gives '$got', must be '$expected'"; wrong=1; }
    done
    set +f
done
[ "$count" -gt 0 ] || die "no scenario says what its verdicts are"
echo "$count verdicts looked at"
exit $wrong
