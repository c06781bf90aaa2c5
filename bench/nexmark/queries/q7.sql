-- Highest bid: the bids with the highest price of each 10 seconds.
SELECT b.auction, b.bidder, b.price, b.dateTime, b.extra
FROM bid AS b
JOIN (
  SELECT max(price) AS highest, window_end
  FROM TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)
  GROUP BY window_start, window_end
) AS period
ON b.price = period.highest AND b.dateTime BETWEEN period.window_end - INTERVAL '10' SECOND AND period.window_end
