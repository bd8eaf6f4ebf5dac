#!/bin/sh
# The top level has the rooms and what a visitor looks for, and nothing that a test or a person has left there.
# usage: top_level.sh SOURCE_DIR      77: not a git checkout
set -eu
cd "$1"
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || { echo "not a git checkout"; exit 77; }
allowed='.ci .clang-format .gitattributes .gitignore ARCHITECTURE.md CHANGELOG.md CMakeLists.txt CMakePresets.json LICENSE NOTICE
README.md cli cmake conformance core docs muster reports scenarios sim tests'
failed=0
for entry in $(git ls-files | cut -d/ -f1 | sort -u); do
    case " $(echo $allowed) " in *" $entry "*) ;; *) echo "$entry does not belong at the top level"; failed=1 ;; esac
done
exit $failed
