-- One gang after the other; in each somebody dies.
cluster { executors = 2, cores = 1 }
local a = job "a" { barrier_stage "fit" { tasks = 2, program = program { compute "1s" } } }
local b = job "b" { barrier_stage "fit" { tasks = 2, program = program { compute "1s" } } }
budget { tasks = 2 }
anytime { kill(a:rank(0)), kill(a:rank(1)), kill(b:rank(0)), kill(b:rank(1)) }
