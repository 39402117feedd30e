-- SPDX-License-Identifier: MIT
-- For wrk: a POST with an id of its own for each request. BODY is a file that
-- has @ID@ where the id goes; PREFIX keeps the rounds apart; TOKEN, if set, is
-- the bearer. Prints, as the last line, how many requests were answered, in how
-- many microseconds, and how many of them were not answered with 2xx or were
-- lost.
local file = assert(io.open(os.getenv("BODY")))
local before, after = file:read("*a"):match("^(.-)@ID@(.*)$")
file:close()
local prefix = os.getenv("PREFIX")
local token = os.getenv("TOKEN")
local n = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
if token then
	wrk.headers["Authorization"] = "Bearer " .. token
end

function request()
	n = n + 1
	return wrk.format(nil, nil, nil, before .. prefix .. n .. after)
end

function done(summary)
	local e = summary.errors
	print(string.format("%d %d %d", summary.requests, summary.duration,
		e.status + e.connect + e.read + e.write + e.timeout))
end
