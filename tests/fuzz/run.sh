#!/bin/sh
# Builds the fuzzers and lets each look for so long; what it finds stays in build/fuzz/tests/fuzz as found-NAME-...
# usage: run.sh [SECONDS [NAME...]]      60 seconds each, all of them
# Exit: 0 nothing was found · 1 something was · 70 the build failed
set -u
cd "$(dirname "$0")/../.." || exit 70
seconds=${1:-60}
[ $# -eq 0 ] || shift
cmake --preset fuzz >/dev/null && cmake --build --preset fuzz >/dev/null || exit 70
cd build/fuzz/tests/fuzz || exit 70
status=0
[ $# -gt 0 ] || set -- plan_text history scenario workload swf protocol
for name in "$@"; do
    echo "== $name, $seconds s"
    ./fuzz_"$name"_libfuzzer -max_total_time="$seconds" -timeout=20 -max_len=65536 -rss_limit_mb=4096 -artifact_prefix="found-$name-" \
        -print_final_stats=1 "new/$name" "corpus/$name" >"$name.log" 2>&1 || status=1
    grep -E 'number_of_executed_units|new_units_added|ERROR|SUMMARY|Test unit written' "$name.log"
done
exit $status
