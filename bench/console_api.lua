-- The one line bench/console_api.sh reads of a run of wrk.
local pace_ms = tonumber(os.getenv("PACE_MS") or "0")
-- Between an answer and the next request of the same connection.
if pace_ms > 0 then
   function delay() return pace_ms end
end

function done(summary, latency, requests)
   local e = summary.errors
   local wrong = e.connect + e.read + e.write + e.status + e.timeout
   print(string.format("requests_per_s %.0f p50_us %.0f p99_us %.0f wrong %d",
      summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99), wrong))
end
