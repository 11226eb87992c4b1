-- wrk script: every request is a webhook of its own, signed beforehand.
-- Arguments behind `--`: SIGNATURES (file of 64-character hex signatures, one after the other), COUNT, THREADS, RUN.
-- The body is the one tests/bench/webhooks.py signs; both must stay the same.
local thread_count = 0

function setup(thread)
    thread:set("index", thread_count)
    thread_count = thread_count + 1
end

function init(args)
    local path, count, threads, run = args[1], tonumber(args[2]), tonumber(args[3]), args[4]
    share = math.floor(count / threads)
    next_id = index * share
    last_id = next_id + share
    local file = assert(io.open(path, "rb"))
    file:seek("set", next_id * 64)
    signatures = assert(file:read(share * 64))
    file:close()
    first_id = next_id
    body_head = '{"eventId":"bench-' .. run .. '-'
    body_tail = '","eventType":"payment.settled","occurredAt":"2026-01-01T00:00:00.000Z","subject":"account-4711",' ..
        '"data":{"id":"account-4711","amount":1234.50,"currency":"EUR","note":"' .. string.rep("n", 480) .. '"}}'
    local length = #body_head + 9 + #body_tail
    head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " ..
        length .. "\r\nX-Acme-Signature: "
    exhausted = false
end

function request()
    if next_id >= last_id then
        -- Out of signatures: the run is over for this thread, and says so instead of sending duplicates.
        if not exhausted then
            exhausted = true
            io.stderr:write("signatures exhausted: give more of them or a shorter run\n")
        end
        wrk.thread:stop()
        next_id = first_id
    end
    local at = (next_id - first_id) * 64
    local id = string.format("%09d", next_id)
    next_id = next_id + 1
    return head .. string.sub(signatures, at + 1, at + 64) .. "\r\n\r\n" .. body_head .. id .. body_tail
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format("RESULT %d %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
