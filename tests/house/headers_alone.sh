#!/bin/sh
# Every public header compiles alone, and a second inclusion changes nothing.
# usage: headers_alone.sh SOURCE_DIR COMPILER SCRATCH_DIR
set -eu
source=$1 compiler=$2 scratch=$3
cd "$source"
includes=$(find . -path './build*' -prune -o -path './.git' -prune -o -type d -name include -print | sed 's/^/-I/')
mkdir -p "$scratch"
failed=0 count=0
for header in $(find . -path './build*' -prune -o -path './.git' -prune -o -path '*/include/*' -name '*.h' -print | sort); do
    count=$((count + 1))
    printf '#include "%s"\n#include "%s"\n' "$source/$header" "$source/$header" >"$scratch/alone.c"
    # shellcheck disable=SC2086 # the directories are separate words
    "$compiler" -std=c17 -Wall -Wextra -Werror $includes -fsyntax-only "$scratch/alone.c" ||
        { echo "$header does not stand alone"; failed=1; }
done
[ "$count" -gt 0 ] || { echo "no public header found"; exit 1; }
exit $failed
