-- q7. Highest bid: the bids of the highest price of every ten seconds.
SELECT b.auction, b.price, b.bidder, b.dateTime, b.extra
FROM bid b JOIN (
  SELECT max(price) AS price, window_start, window_end
  FROM TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND)
  GROUP BY window_start, window_end
) m
ON b.price = m.price AND b.dateTime BETWEEN m.window_end - INTERVAL '10' SECOND AND m.window_end
