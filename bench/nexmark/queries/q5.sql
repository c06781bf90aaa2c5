-- Hot items: the auctions with the most bids of the last 10 seconds, every 2 seconds.
SELECT counted.auction, counted.num
FROM (
  SELECT auction, count(*) AS num, window_start, window_end
  FROM HOP(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '2' SECOND, INTERVAL '10' SECOND)
  GROUP BY auction, window_start, window_end
) AS counted
JOIN (
  SELECT max(num) AS most, window_start, window_end
  FROM (
    SELECT count(*) AS num, window_start, window_end
    FROM HOP(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '2' SECOND, INTERVAL '10' SECOND)
    GROUP BY auction, window_start, window_end
  ) AS each_auction
  GROUP BY window_start, window_end
) AS hottest
ON counted.window_start = hottest.window_start AND counted.window_end = hottest.window_end AND counted.num >= hottest.most
