network { latency = '0s' }
local c = cluster { executors = 3, cores = 1 }
settings { exclude_failures = 1 }
local j = job 'gang' { barrier_stage 'fit' { tasks = 2, prefers = { c.executor[0] }, program = compute '10s' }, stage 'after' { tasks = 1, program = compute '1s', reads = { 'fit' } } }
for i = 1, 4 do when(record('start', { job = j, executor = 0, nth = i })) {
  kill(j:rank(0, 'fit')), after = '1s' } end
