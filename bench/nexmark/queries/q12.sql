-- Bids of each bidder within 10 seconds. Elsewhere of processing time; there is no such column here, so that it is of event time.
SELECT bidder, count(*) AS bids, window_start, window_end
FROM TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)
GROUP BY bidder, window_start, window_end
