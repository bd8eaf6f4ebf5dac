#!/bin/sh
# The tree speaks of the project alone: no path of somebody's machine, no note to self, no package registry.
# usage: no_traces.sh SOURCE_DIR
set -eu
cd "$1"
# Bracketed, so that this file does not find itself.
paths='(^|[^A-Za-z0-9_.])/([w]ork|[r]oot|[h]ome|[f]arm)/'
notes='[T]ODO|[F]IXME|[X]XX'
hosts='[p]ypi\.|[n]pmjs|[c]rates\.io|deb\.[d]ebian|[a]rchive\.ubuntu'
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    found=$(git grep -nIE "$paths|$notes|$hosts" -- . ':!LICENSE' || true)
else
    found=$(grep -rnIE --exclude-dir=.git --exclude-dir='build*' --exclude-dir=muster-out --exclude=LICENSE \
        "$paths|$notes|$hosts" . || true)
fi
if [ -n "$found" ]; then
    echo "lines that do not belong into the tree:"
    echo "$found"
    exit 1
fi
