# A gang that this cluster could never hold is no bad input: the job is refused at once, with a reason and both numbers.
. "$SOURCE/tests/cli/lib.sh"
cat >never_fits.lua <<'END'
cluster { executors = 2, cores = 2 }
local j = job "j" { barrier_stage "s" { tasks = 2, cores = 3, program = program { compute "1s" } } }
expect { j:fails("never-fits") }
END
exits 0 "$MUSTER" run never_fits.lua --no-plot
says '^\[ *0\.0[0-9]*s\].*(never-fits|could ever hold).*needed 3, there: 2' muster-out/latest/story.txt
