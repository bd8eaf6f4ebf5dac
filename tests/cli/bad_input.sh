# What is wrong in a scenario is said in one line with file, line, field, range and value, and nothing is left behind.
. "$SOURCE/tests/cli/lib.sh"

# bad NAME PATTERN < scenario: it is refused as input (65).
bad() {
    cat >"$1.lua"
    complains 65 "$2" "$MUSTER" run "$1.lua"
    nothing_left
}

bad unknown_key "unknown_key.lua:2: .*executers.*did you mean 'executors'" <<'END'
-- A misspelled key.
cluster { executers = 2 }
END
bad unknown_word "unknown_word.lua:1: .*clutser.*did you mean 'cluster'" <<'END'
clutser { executors = 2 }
END
bad wrong_type "wrong_type.lua:1: .*executors.*(a number|integer|whole number).*many" <<'END'
cluster { executors = "many" }
END
bad out_of_range "out_of_range.lua:1: .*cores is 5000, must be 1\.\.4096" <<'END'
cluster { executors = 1, cores = 5000 }
END
bad zero_executors "zero_executors.lua:1: .*executors is 0, must be 1\.\." <<'END'
cluster { executors = 0 }
job "j" { stage "s" { tasks = 1, program = program { compute "1s" } } }
END
bad no_cluster "executor" <<'END'
job "j" { stage "s" { tasks = 1, program = program { compute "1s" } } }
END
bad negative_time "negative_time.lua:2: .*-1s" <<'END'
cluster { executors = 1 }
job "j" { stage "s" { tasks = 1, program = program { compute "-1s" } } }
END
bad duplicate_job "duplicate_job.lua:3: .*'j'" <<'END'
cluster { executors = 1 }
job "j" { stage "s" { tasks = 1, program = program { compute "1s" } } }
job "j" { stage "s" { tasks = 1, program = program { compute "1s" } } }
END
bad no_cluster_could_hold "no_cluster_could_hold.lua:2: .*tasks is 1000001, must be 1\.\.1000000" <<'END'
cluster { executors = 1, cores = 1 }
job "j" { barrier_stage "s" { tasks = 1000001, program = program { compute "1s" } } }
END
bad no_machine_could_hold "no_machine_could_hold.lua:2: .*gpus is 65, must be 0\.\.64" <<'END'
cluster { executors = 1, cores = 1 }
job "j" { barrier_stage "s" { tasks = 1, gpus = 65, program = program { compute "1s" } } }
END
bad unknown_fault "unknown_fault.lua:3: .*crush.*did you mean 'crash'" <<'END'
local c = cluster { executors = 1 }
job "j" { stage "s" { tasks = 1, program = program { compute "1s" } } }
at "1s" { crush(c.executor[0]) }
END
bad no_such_executor "no_such_executor.lua:3: .*7.*0\.\.1" <<'END'
local c = cluster { executors = 2 }
job "j" { stage "s" { tasks = 1, program = program { compute "1s" } } }
at "1s" { crash(c.executor[7]) }
END
bad syntax "syntax.lua:[12]: " <<'END'
cluster { executors =
END
bad endless_loop "endless_loop.lua:1: .*(instructions|steps)" <<'END'
while true do end
END
bad memory_hog "memory_hog.lua:[0-9]+: .*memory" <<'END'
local t, s = {}, string.rep("x", 1000000)
for i = 1, 1e9 do t[i] = s .. i end
END
bad no_clock "no_clock.lua:1: .*'os'" <<'END'
local now = os.time()
END
bad empty "cluster|executor" </dev/null
printf '\033Lua' >bytecode.lua
complains 65 "bytecode.lua" "$MUSTER" run bytecode.lua
nothing_left

complains 65 "missing.lua" "$MUSTER" run missing.lua
complains 65 "missing" "$MUSTER" replay missing
complains 65 "missing" "$MUSTER" judge missing
complains 65 "missing" "$MUSTER" report missing -o report
complains 65 "missing" "$MUSTER" why missing gang
mkdir empty_run
for command in replay judge; do complains 65 "empty_run/history.mst" "$MUSTER" $command empty_run; done
rmdir empty_run
echo 'not a history' >not_a_history.lua
complains 65 "not_a_history" "$MUSTER" judge not_a_history.lua
nothing_left
