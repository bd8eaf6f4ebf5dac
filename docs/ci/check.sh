#!/bin/sh
# The same for any CI system: leaves JUnit and TAP files, and ends with the worst of the exit statuses that `muster help exit` lists.
# usage: CORE=build/core/gang_core.so MUSTER=./muster sh docs/ci/check.sh
set -u
muster=${MUSTER:-muster}
worst=0
# run ARGUMENT...: the first failure decides; a later check is run all the same, for its report.
run() {
    # shellcheck disable=SC2086 # the command may have words
    $muster check "$@" ${CORE:+--core "$CORE"}
    status=$?
    [ "$worst" -ne 0 ] || worst=$status
}
run --policy all --report muster-all.xml --report muster-all.tap
run --policy strict --seeds-from-git --time "${MUSTER_TIME:-60s}" --report muster-seeds.xml --report muster-seeds.tap
exit "$worst"
