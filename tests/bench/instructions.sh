#!/bin/sh
# What three workloads cost, in instructions: counted, not timed, so that neighbours on the machine have no say.
# usage: instructions.sh [--rewrite] BUILD
# Exit status 0 if every count is within 3 % of its row in instructions.tsv, 1 if one is not, 77 if there is nothing to
# compare with: counts are of one compiler's code, and the table has rows for those that were measured. --rewrite writes
# this compiler's rows; commit them with the change that moved them, and say why.
set -eu
rewrite=false
[ "${1:-}" != --rewrite ] || { rewrite=true; shift; }
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
table=$source/tests/bench/instructions.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
skip() { echo "not compared: $*"; exit 77; }
command -v valgrind >/dev/null 2>&1 || skip "valgrind is not installed"
[ "$(cached MUSTER_SANITIZE)" != ON ] || skip "sanitizers cost instructions, too"
[ "$(cached CMAKE_BUILD_TYPE)" = Release ] || skip "the table is of Release builds, this is a $(cached CMAKE_BUILD_TYPE) one"
cc=$(cached CMAKE_C_COMPILER)
case $("$cc" --version | head -n 1) in
*clang*) compiler=clang-$("$cc" -dumpversion) ;;
*) compiler=gcc-$("$cc" -dumpfullversion) ;;
esac
compiler=$compiler-$(uname -m)
# A compiler that was never measured is told so at once, not after a minute of counting.
$rewrite || grep -q "^[a-z0-9-]*	$compiler	" "$table" || skip "instructions.tsv has no row for $compiler"

# count NAME COMMAND...: how many instructions the command takes
count() {
    name=$1
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" >out 2>err </dev/null ||
        { tail -n 5 out err; echo "$name: the command failed"; exit 1; }
    is=$(sed -n 's/.*Collected : //p' err)
    if $rewrite; then
        grep -v "^$name	$compiler	" "$table" >kept
        { cat kept; printf '%s\t%s\t%s\n' "$name" "$compiler" "$is"; } >"$table"
        return
    fi
    was=$(sed -n "s/^$name	$compiler	//p" "$table")
    off=$(awk "BEGIN { printf \"%+.2f\", 100 * ($is - $was) / $was }")
    echo "$name: $is instructions, $off % of $was"
    awk "BEGIN { exit !($off > 3 || $off < -3) }" || return 0
    echo "$name: more than 3 % off; if that is meant: sh tests/bench/instructions.sh --rewrite BUILD"
    failed=1
}
failed=0
count gang-1 "$build/tests/bench/bench_gang1" 1000 1 judged
export MUSTER_SEEDS=1..15
count everything "$build/tests/whole/whole_seeds_test"
count command "$build/cli/muster" run "$source/scenarios/workloads/tiresias-60.lua" --no-plot
exit $failed
