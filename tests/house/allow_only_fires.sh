#!/bin/sh
# The check of who may link whom stops a configure that breaks the table, and only then.
# usage: allow_only_fires.sh SOURCE_DIR CMAKE C_COMPILER GENERATOR SCRATCH_DIR
set -eu
source=$1 cmake=$2 compiler=$3 generator=$4 scratch=$5/allow_only
rm -rf "$scratch"
mkdir -p "$scratch"

# configure NAME LINKED: a project in which the room `suspect` may use project_warnings alone, and uses LINKED too.
configure() {
    mkdir -p "$scratch/$1"
    echo 'int nothing;' >"$scratch/$1/nothing.c"
    cat >"$scratch/$1/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(tiny LANGUAGES C)
include($source/cmake/rooms.cmake)
add_library(other STATIC nothing.c)
add_library(suspect STATIC nothing.c)
target_link_libraries(suspect PRIVATE project_warnings $2)
allow_only($3 project_warnings)
END
    "$cmake" -G "$generator" -S "$scratch/$1" -B "$scratch/$1/build" -DCMAKE_C_COMPILER="$compiler" >"$scratch/$1/log" 2>&1
}

configure allowed "" suspect || { echo "a permitted link stops the configure:"; cat "$scratch/allowed/log"; exit 1; }
if configure forbidden other suspect; then
    echo "a forbidden link does not stop the configure"
    exit 1
fi
grep -q 'suspect may not depend on other' "$scratch/forbidden/log" || { cat "$scratch/forbidden/log"; exit 1; }
if configure misspelled "" suspekt; then
    echo "a rule about a room that does not exist goes unnoticed"
    exit 1
fi
