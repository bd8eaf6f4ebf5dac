#!/bin/sh
# Draws the pictures of this directory again: docs/redraw.sh [path of muster]. Needs gnuplot.
# With --check it draws them elsewhere and only says whether the programs behind them are still the same; pixels differ from
# one gnuplot and its fonts to another, programs do not.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
check=
[ "${1:-}" = --check ] && check=1 && shift
muster=${1:-$here/../muster}
case $muster in */*) muster=$(cd "$(dirname "$muster")" && pwd)/$(basename "$muster") ;; esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
cd "$here/.."

# NAME SCENARIO PICTURE: docs/NAME.png is PICTURE of the scenario's run.
status=0
while read -r name scenario picture; do
    "$muster" run "$scenario" --out "$scratch/$name" >/dev/null
    if [ -n "$check" ]; then
        cmp -s "$scratch/$name/$picture.gp" "docs/$name.gp" || {
            echo "docs/$name.png is not what muster draws now; run docs/redraw.sh" >&2
            status=1
        }
        continue
    fi
    [ -s "$scratch/$name/$picture.png" ] || { echo "docs/redraw.sh: no picture; is gnuplot installed?" >&2; exit 69; }
    cp "$scratch/$name/$picture.png" "docs/$name.png"
    cp "$scratch/$name/$picture.gp" "docs/$name.gp"
done <<EOF
mapreduce-vs-barrier scenarios/learn/01-mapreduce-vs-barrier.lua timeline
EOF
exit $status
