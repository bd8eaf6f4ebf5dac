#!/bin/sh
# The core may call nothing but a few functions that neither allocate, nor read a clock, nor do I/O.
# usage: core_symbols.sh NM LIBRARY SANITIZED
set -eu
nm=$1 library=$2 sanitized=$3
case $sanitized in ON | 1 | TRUE) echo "sanitizers add their own calls"; exit 77 ;; esac

allowed='memcpy|memset|memmove|memcmp|strlen|vsnprintf|abort|__assert_fail|__assert_rtn'
fortified='__memcpy_chk|__memset_chk|__memmove_chk|__vsnprintf_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'

# gang_ names are the core's own: one object of it using another.
foreign=$("$nm" -u "$library" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u |
    grep -vxE "gang_[a-z0-9_]+|$allowed|$fortified" || true)
if [ -n "$foreign" ]; then
    echo "the core uses what it may not (see ARCHITECTURE.md, the rooms):"
    echo "$foreign"
    exit 1
fi
