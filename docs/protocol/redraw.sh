#!/bin/sh
# Writes the conversation at the end of docs/protocol.md again, or says whether it is as it would be written (--check).
# usage: redraw.sh [--check] MUSTER
set -eu
check=false
[ "$1" != --check ] || { check=true; shift; }
muster=$1
here=$(cd "$(dirname "$0")" && pwd)
page=$here/../protocol.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$muster" run "$here/two-gangs.lua" --policy strict --no-plot -q --out "$scratch/run" --transcript "$scratch/lines" \
    --target "exec:python3 '$here/../../scenarios/schedulers/exec/fifo.py'" >/dev/null
{
    sed '/^Two gangs of two on two/q' "$page"
    echo
    sed -e 's/^{"from":"muster",\("at":[0-9]*,\)\{0,1\}"message":\(.*\)}$/    > \2/' \
        -e 's/^{"from":"child",\("at":[0-9]*,\)\{0,1\}"message":\(.*\)}$/    < \2/' "$scratch/lines"
} >"$scratch/page"
if $check; then diff "$page" "$scratch/page"; else cp "$scratch/page" "$page"; fi
