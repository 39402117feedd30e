-- SPDX-License-Identifier: MIT
-- For wrk: the URL of the command line, again and again. Prints what create.lua
-- prints.
function done(summary)
	local e = summary.errors
	print(string.format("%d %d %d", summary.requests, summary.duration,
		e.status + e.connect + e.read + e.write + e.timeout))
end
