-- q9. Winning bids: of each auction the highest that came while it was open, the first of equal ones.
SELECT id, itemName, initialBid, reserve, dateTime, expires, seller, category, auction, bidder, price, bidTime
FROM (
  SELECT a.id, a.itemName, a.initialBid, a.reserve, a.dateTime, a.expires, a.seller, a.category, b.auction, b.bidder, b.price, b.dateTime AS bidTime,
    row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.dateTime, b.bidder) AS place
  FROM auction a JOIN bid b ON a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires
) w
WHERE place <= 1
