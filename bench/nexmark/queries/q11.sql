-- User sessions: how many bids each bidder made until 10 seconds went by without one.
SELECT bidder, count(*) AS bids, window_start, window_end
FROM SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)
GROUP BY bidder, window_start, window_end
