#!/bin/sh
# Draws the pictures of the lessons again: docs/learn/NN.png is the lesson as it is, docs/learn/NN-other.png its other outcome.
#     scenarios/learn/redraw.sh BUILD_DIR
set -eu
[ $# = 1 ] || { echo "usage: scenarios/learn/redraw.sh BUILD_DIR" >&2; exit 64; }
source=$(cd "$(dirname "$0")/../.." && pwd -P)
muster=$(cd "$1" && pwd -P)/cli/muster
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$source"
mkdir -p docs/learn

# draw NAME LESSON [OPTION...]: what the run ends with does not matter here; that it ends with a picture does.
draw() {
    name=$1 lesson=$2
    shift 2
    status=0
    "$muster" run "$lesson" "$@" --out "$scratch/run" >/dev/null || status=$?
    [ "$status" -le 3 ] || exit "$status"
    cp "$scratch/run/timeline.png" "docs/learn/$name.png"
}
other() {
    case $1 in
    01) echo --policy spark --param last=true ;;
    02) echo --param clusters=2 ;;
    04) echo --param late=true ;;
    05) echo --param rsh_refused=true ;;
    08) echo --param every=0 ;;
    *) echo --param barrier=false ;;
    esac
}
for lesson in scenarios/learn/[0-9][0-9]-*.lua; do
    number=$(basename "$lesson" | cut -c1-2)
    draw "$number" "$lesson"
    # shellcheck disable=SC2046 # the words of the options
    draw "$number-other" "$lesson" $(other "$number")
done
