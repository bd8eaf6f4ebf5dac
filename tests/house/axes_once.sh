#!/bin/sh
# Each axis of the policy is read in one place of the core: what a scheduler does otherwise is decided there and nowhere else.
# usage: axes_once.sh SOURCE_DIR
set -eu
cd "$1"
failed=0
axes=$(sed -n '/define GANG_AXIS_MAP/,/^enum gang_axis/s/^    X(\([A-Z_]*\),.*/\1/p' core/include/gang/gang.h)
[ "$(echo "$axes" | wc -l)" -ge 27 ] || { echo "only $(echo "$axes" | wc -l) axes found in gang.h"; exit 1; }
for axis in $axes; do
    count=$(cat core/src/*.c core/src/*.h | grep -ow "GANG_AXIS_$axis" | wc -l)
    [ "$count" = 1 ] || { echo "GANG_AXIS_$axis is read in $count places, must be 1"; failed=1; }
done
exit $failed
