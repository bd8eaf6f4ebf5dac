#!/bin/sh
# The tree speaks of the project alone: no path of somebody's machine, no note to self, no package registry.
# usage: no_traces.sh SOURCE_DIR
set -eu
cd "$1"
# Bracketed, so that this file does not find itself.
paths='(^|[^A-Za-z0-9_.])/([w]ork|[r]oot|[h]ome|[f]arm)/'
notes='[T]ODO|[F]IXME|(^|[^X])[X]XX([^X]|$)'
hosts='[p]ypi\.|[n]pmjs|[c]rates\.io|deb\.[d]ebian|[a]rchive\.ubuntu'
# tap.c has to speak of TAP's directive of that name.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    found=$(git grep -nIE "$paths|$notes|$hosts" -- . ':!LICENSE' ':!reports/src/tap.c' || true)
else
    found=$(grep -rnIE --exclude-dir=.git --exclude-dir='build*' --exclude-dir=muster-out --exclude=LICENSE --exclude=tap.c \
        "$paths|$notes|$hosts" . || true)
fi
if [ -n "$found" ]; then
    echo "lines that do not belong into the tree:"
    echo "$found"
    exit 1
fi
