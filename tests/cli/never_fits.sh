# A gang that this cluster could never hold is no bad input: the job is refused at once, with a reason and both numbers.
. "$SOURCE/tests/cli/lib.sh"
cat >never_fits.lua <<'END'
cluster { executors = 2, cores = 2 }
local j = job "j" { barrier_stage "s" { tasks = 2, cores = 3, program = program { compute "1s" } } }
expect { j:fails("never-fits") }
END
exits 0 "$MUSTER" run never_fits.lua --no-plot
says '^\[ *0\.0[0-9]*s\].*(never-fits|could ever hold).*needed 3, there: 2' muster-out/latest/story.txt

# A gang that reduces by itself, out of the scheduler's sight, hangs when one of it has left; the verdict says who it waits for.
cat >ring.lua <<'END'
local c = cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", all_reduce "10MiB") } }
at "2500ms" { quit(fit:rank(1)) }
END
exits 3 "$MUSTER" run ring.lua --no-plot
says "rank 0 of gang 'fit' of 'fit' is in an all-reduce with rank 1, which is gone"
