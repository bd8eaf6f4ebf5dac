#!/bin/sh
# A room sees another room only through its public include directory: no way around it through "../".
# usage: no_parent_includes.sh SOURCE_DIR
set -eu
cd "$1"
found=$(find . -path './build*' -prune -o -path './.git' -prune -o -name '*.[ch]' -exec \
    grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]([^">]*/)?\.\./' /dev/null {} + || true)
if [ -n "$found" ]; then
    echo "a room reaches into another:"
    echo "$found"
    exit 1
fi
