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

# draw NAME PICTURE LESSON [OPTION...]: what the run ends with does not matter here; that it ends with a picture does.
# A run draws its timeline alone as pixels, a report all pictures, and calls the run by its directory.
draw() {
    name=$1 picture=$2 lesson=$3
    shift 3
    status=0
    run=$scratch/$(basename "$lesson" .lua)
    "$muster" run "$lesson" "$@" --out "$run" >/dev/null || status=$?
    [ "$status" -le 3 ] || exit "$status"
    if [ "$picture" != timeline ]; then
        (cd "$scratch" && "$muster" report "$(basename "$run")" -o report) >/dev/null || [ $? -le 3 ]
        run=$scratch/report
    fi
    cp "$run/$picture.png" "docs/learn/$name.png"
    rm -rf "$scratch/report"
}
# The picture that teaches most: of lesson 3, what Spark's page would show, for that is its question.
picture_of() {
    case $1 in
    03-other) echo utilisation ;;
    *) echo timeline ;;
    esac
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
    draw "$number" "$(picture_of "$number")" "$lesson"
    # shellcheck disable=SC2046 # the words of the options
    draw "$number-other" "$(picture_of "$number-other")" "$lesson" $(other "$number")
done
