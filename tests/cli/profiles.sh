# Each profile accepts its own schedulers, refuses a bug that its system would call one, and leaves to others what they claim.
. "$SOURCE/tests/cli/lib.sh"
mkdir own
cp -R "$SOURCE/scenarios/bugs" "$SOURCE/scenarios/schedulers" own/
find own -name '*.lua' -exec sed -i.bak '/^-- Verdicts:/d' {} + # what is known of them would be predicted
rm -f own/*/*.bak own/*/*/*.bak

# accepts PROFILE NAME ARGUMENT...
accepts() {
    profile=$1 name=$2
    shift 2
    exits 0 "$MUSTER" check "$name" --profile "$profile" "$@"
}
# refuses PROFILE RULE NAME ARGUMENT...
refuses() {
    profile=$1 rule=$2 name=$3
    shift 3
    "$MUSTER" check "$name" --profile "$profile" "$@" >out 2>err </dev/null && die "$profile accepts $name"
    grep -q "^FAIL .*seed 1: $rule broken" out || die "$profile finds no $rule in $name: $(grep '^FAIL' out)"
}

for profile in start-atomic bind-atomic eventual; do
    accepts $profile own/schedulers
    refuses $profile PRG-1 own/bugs/koordinator/872-groups-interleave.lua --param bug=true --set launch=direct
    refuses $profile PRG-1 own/bugs/mpi-operator/608-a-launcher-that-comes-last.lua
    accepts $profile own/bugs/mpi-operator/608-a-launcher-that-comes-last.lua --param bug=false
done
accepts spark "$SOURCE/scenarios/learn" --policy spark

# All of them start together, or half a gang runs.
refuses start-atomic AON-1 own/bugs/volcano/3373-two-gangs-half-each.lua
refuses start-atomic EVA-1 own/bugs/kube-batch/376-half-a-gang-evicted.lua
# A gang is bound whole, and evicted whole; how often it starts again is no matter of binding.
refuses bind-atomic AON-7 own/bugs/volcano/3373-two-gangs-half-each.lua
refuses bind-atomic CAP-8 own/bugs/kueue/1476-the-sum-fits.lua
refuses bind-atomic EVA-1 own/bugs/kube-batch/376-half-a-gang-evicted.lua
accepts bind-atomic own/bugs/spark/u07-counted-twice.lua --set member_count=requests
# Task by task, but nobody waits for ever.
accepts eventual own/bugs/volcano/3373-two-gangs-half-each.lua
refuses eventual PRG-1 own/bugs/ray/65147-each-needs-the-others-slot.lua
# What Spark promises and does not keep, and what it never said.
refuses spark BAR-1 own/bugs/spark/u07-counted-twice.lua --policy spark
refuses spark GEN-1 own/bugs/spark/u01-late-success.lua --policy spark
accepts spark own/bugs/spark/SPARK-32518-only-cores-admitted.lua --policy spark
refuses start-atomic TMR-3 own/bugs/spark/u10-excluded-but-counted.lua --policy spark
refuses spark EXPECT-4 own/bugs/spark/u10-excluded-but-counted.lua --policy spark
rm -rf own
nothing_left
