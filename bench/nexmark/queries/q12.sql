-- q12. Processing time windows: bids a person makes in ten seconds of the query's clock.
SELECT bidder, count(*) AS bids, window_start, window_end
FROM TUMBLE(TABLE (SELECT bidder, PROCTIME() AS p_time FROM bid), DESCRIPTOR(p_time), INTERVAL '10' SECOND)
GROUP BY bidder, window_start, window_end
