-- Bids of each bidder within 10 seconds of the clock, whatever the time of the events.
SELECT bidder, count(*) AS bids, window_start, window_end
FROM TUMBLE(TABLE (SELECT bidder, PROCTIME() AS came FROM bid), DESCRIPTOR(came), INTERVAL '10' SECOND)
GROUP BY bidder, window_start, window_end
