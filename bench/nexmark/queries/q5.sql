-- q5. Hot items: the auctions with most bids of the last ten seconds, every two seconds.
SELECT counted.auction, counted.num, counted.window_start
FROM (
    SELECT auction, count(*) AS num, window_start, window_end
    FROM HOP(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '2' SECOND, INTERVAL '10' SECOND)
    GROUP BY auction, window_start, window_end
) counted
JOIN (
  SELECT max(num) AS most, window_start, window_end
  FROM (
    SELECT auction, count(*) AS num, window_start, window_end
    FROM HOP(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '2' SECOND, INTERVAL '10' SECOND)
    GROUP BY auction, window_start, window_end
  ) c
  GROUP BY window_start, window_end
) best
ON counted.window_start = best.window_start AND counted.window_end = best.window_end AND counted.num >= best.most
