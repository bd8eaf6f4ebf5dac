#!/bin/sh
# Sources are listed by hand; one that is in no list is not compiled, and noticed here.
# usage: sources_listed.sh SOURCE_DIR BUILD_DIR
set -eu
cd "$1"
commands=$2/compile_commands.json
[ -f "$commands" ] || { echo "no $commands"; exit 77; }
failed=0
for file in $(find core sim scenarios conformance reports cli tests -name '*.c' | sort); do
    grep -qF "/$file\"" "$commands" && continue
    # Listed, but not for this build: a benchmark under sanitizers.
    grep -qsw "$(basename "$file" .c)" "$(dirname "$file")/CMakeLists.txt" || { echo "$file is compiled by no CMakeLists.txt"; failed=1; }
done
exit $failed
