-- SPDX-License-Identifier: MIT
-- For wrk: jobs.create with an id of its own for each request. BODY is a file
-- with a job whose jobId is @ID@; PREFIX keeps the rounds apart. Prints, as the
-- last line, how many requests were answered, in how many microseconds, and
-- how many of them were not answered with 2xx or were lost.
local file = assert(io.open(os.getenv("BODY")))
local before, after = file:read("*a"):match("^(.-)@ID@(.*)$")
file:close()
local prefix = os.getenv("PREFIX")
local n = 0

wrk.method = "POST"
wrk.path = "/v1/projects/bench/jobs"
wrk.headers["Content-Type"] = "application/json"

function request()
	n = n + 1
	return wrk.format(nil, nil, nil, before .. prefix .. n .. after)
end

function done(summary)
	local e = summary.errors
	print(string.format("%d %d %d", summary.requests, summary.duration,
		e.status + e.connect + e.read + e.write + e.timeout))
end
