#!/bin/sh
# Each of Spark's rules is in conformance/rules/spark.tsv once; what is said to be checked is, by a test that runs; and no
# axis or oracle speaks of a rule that is not there.
# usage: spark_rules.sh SOURCE_DIR SCRATCH_DIR
set -eu
scratch=$2/spark_rules
mkdir -p "$scratch"
cd "$1"
table=conformance/rules/spark.tsv
failed=0
say() {
    echo "$*"
    failed=1
}

# The rules there are: the list is by hand, so that a row that goes is missed.
numbers="
B-01 B-02 B-03 B-04 B-10 B-11 B-12 B-13 B-14 B-15 B-16 B-17 B-18 B-19 B-20 B-30 B-31 B-32 B-33 B-34 B-35 B-36 B-37
B-38 B-39 B-40 B-41 B-42 B-43 B-44 B-50 B-51 B-52 B-53 B-60 B-61 B-62 B-63 B-64 B-65 B-66 B-67 B-70 B-71 B-72 B-73
B-80 B-81 B-82 B-83 B-84 B-85 B-86 B-87 B-88 B-89 B-100 B-101 B-102 B-103 B-104 B-105 B-110 B-111 B-112 B-120 B-121
B-122 B-123 B-124 B-125 B-126 B-130 B-131 B-132 B-133 B-134 B-135 B-136 B-137 B-138 B-139 B-140 B-141 B-142 B-143
B-144 B-145 B-146 B-150 B-151 B-152 B-153 B-154 B-155 B-156 B-160 B-161 B-162 B-163 B-170 B-180 B-181 B-190 B-191
B-192 B-193 B-194 B-200 B-201 B-202 B-203 B-204 B-205 G-01 G-02 G-03 G-04 G-05 G-06 G-07 G-08 G-09 G-10 G-11 G-12
G-13 G-14 G-15 G-16 G-17 G-18 G-19 G-20 G-21 G-22
"
for number in $numbers; do echo "$number"; done | LC_ALL=C sort >"$scratch/wanted"
tail -n +2 $table | cut -f1 | LC_ALL=C sort >"$scratch/there"
for number in $(uniq -d "$scratch/there"); do say "$table has $number twice"; done
for number in $(LC_ALL=C comm -23 "$scratch/wanted" "$scratch/there"); do say "$table lacks $number"; done
for number in $(LC_ALL=C comm -13 "$scratch/wanted" "$scratch/there"); do say "$table has $number, which is no rule, or has it twice"; done

# Axes and oracles.
sed -n '/define GANG_AXIS_MAP/,/^\/\*/p' core/include/gang/gang.h | grep -oE '[BG]-[0-9]+' >"$scratch/named"
[ "$(grep -c . "$scratch/named")" -ge 40 ] || say "the axes name too few rules: is their form another?"
tail -n +2 conformance/rules/rules.tsv | cut -f3 | tr ' ' '\n' | grep -E '^[BG]-[0-9]+$' >"$scratch/judged"
[ "$(grep -c . "$scratch/judged")" -ge 80 ] || say "the oracles name too few rules: is their form another?"
LC_ALL=C sort -u "$scratch/named" "$scratch/judged" | LC_ALL=C comm -23 - "$scratch/there" >"$scratch/unknown"
while read -r number; do say "an axis or an oracle names $number, which is not in $table"; done <"$scratch/unknown"

# Tests: of a checked rule all words, of one that differs the words that look like a test's name. A test that is in the list
# of its program runs.
cat tests/*/*.c | tr -d ' \n' | grep -oE 'cmocka_unit_test(_setup_teardown)?\([a-z0-9_]+' | sed 's/.*(//' |
    LC_ALL=C sort -u >"$scratch/tests"
tail -n +2 $table | while IFS='	' read -r number reach where; do
    names=
    case $reach in
    checked) names=$where ;;
    differs) names=$(echo "$where" | grep -oE '[a-z0-9]+(_[a-z0-9]+){3,}' || true) ;;
    out-of-reach) ;;
    *) echo "$number: reach is '$reach', must be checked, differs or out-of-reach" ;;
    esac
    for name in $names; do
        grep -qxF "$name" "$scratch/tests" || echo "$number: there is no test $name"
    done
    [ -n "$where" ] || echo "$number: it says nothing of where or why"
    [ "$reach" = checked ] || case $where in *.) ;; *) echo "$number: the reason is no sentence" ;; esac
done >"$scratch/complaints"
if [ -s "$scratch/complaints" ]; then
    cat "$scratch/complaints"
    failed=1
fi
exit $failed
