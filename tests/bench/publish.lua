-- SPDX-License-Identifier: MIT
-- For wrk: one message to the topic in the URL, again and again. Prints what
-- create.lua prints.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"messages":[{"data":"dHJhaW4=","attributes":{"run":"daily"}}]}'

function done(summary)
	local e = summary.errors
	print(string.format("%d %d %d", summary.requests, summary.duration,
		e.status + e.connect + e.read + e.write + e.timeout))
end
