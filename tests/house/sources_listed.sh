#!/bin/sh
# Sources are listed by hand; one that no CMakeLists.txt names is noticed here.
# usage: sources_listed.sh SOURCE_DIR
set -eu
cd "$1"
failed=0
for file in $(find core sim scenarios conformance reports cli tests -name '*.c' | sort); do
    directory=$(dirname "$file")
    name=$(basename "$file")
    while [ "$directory" != . ]; do
        if [ -f "$directory/CMakeLists.txt" ] && grep -qE "(^|[ /(])$name([ )]|\$)|(^|[ (])${name%.c}([ )]|\$)" "$directory/CMakeLists.txt"; then
            continue 2
        fi
        directory=$(dirname "$directory")
    done
    echo "$file is in no CMakeLists.txt"
    failed=1
done
exit $failed
