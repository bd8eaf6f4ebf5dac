-- GANG-1, the reference workload: gangs of 1 to 64 tasks arrive at random, ten barrier rounds each.
-- See: 100 executors of 8 cores at a load of 0.8. Strict first-come-first-served, all or nothing. Results are known to the
-- microsecond, whatever runs it: for 1,000 jobs the last ends at 43.17482 s, for 10,000 at 421.064466 s.
-- Policy: strict.
-- Question: the mean gang has 18 tasks, and the cluster is 20 % idle. Why does anybody ever wait?
-- Change: --param jobs=10000, or another --param seed.
--
-- The draws are counter-based: what each is for decides it, not how many came before. 64-bit integers wrap around.

local jobs = param("jobs", 1000, "how many jobs arrive", { min = 1, max = 1000000 })
local seed = param("seed", 1, "of the draws")

policy "strict"
cluster { executors = 100, cores = 8 }
network { latency = "0s" }

local GOLDEN = 0x9E3779B97F4A7C15
local sizes = { [0] = 1, 2, 4, 8, 16, 32, 64 }

local function mix(z)
    z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
    z = (z ~ (z >> 27)) * 0x94D049BB133111EB
    return z ~ (z >> 31)
end

-- draw(s, a, b, c) of the definition is next_draw four times over; what calls have in common is worked out once.
local function next_draw(h, n) return mix(h + GOLDEN * (n + 1)) end
local gap_stream, size_stream = next_draw(seed, 0), next_draw(seed, 1)
local launch_stream, compute_stream = next_draw(seed, 2), next_draw(seed, 3)
local function draw_of_job(stream, j) return next_draw(next_draw(next_draw(stream, j), 0), 0) end

-- The remainder of an unsigned 64-bit number: half of it is a number that Lua's signed division gets right.
local function remainder(x, n)
    local r = x - (x >> 1) // n * 2 * n
    return r < n and r or r - n
end

local tick = program { compute(column { first = 1, step = 1 }), barrier() }
local run = program { compute(column(0)), loop(10, tick) }

local arrival = 0
for j = 0, jobs - 1 do
    local u = ((draw_of_job(gap_stream, j) >> 11) + 0.5) * 2.0 ^ -53
    arrival = arrival + math.floor(-math.log(u) * 41250.0) + 1

    local tasks = sizes[remainder(draw_of_job(size_stream, j), 7)]
    local launch_job, compute_job = next_draw(launch_stream, j), next_draw(compute_stream, j)
    local cells, n = {}, 0
    for i = 0, tasks - 1 do
        local h = next_draw(compute_job, i)
        cells[n + 1] = 1000 + remainder(next_draw(next_draw(launch_job, i), 0), 4000)
        for r = 1, 10 do
            cells[n + 1 + r] = 50000 + remainder(next_draw(h, r), 100000)
        end
        n = n + 11
    end

    job("job-" .. j) {
        submit = arrival .. "us",
        barrier_stage "run" { tasks = tasks, program = run, column = columns { width = 11, unit = "1us", values = cells } },
    }
end
