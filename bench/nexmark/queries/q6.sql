-- q6. Average selling price by seller: of the winning bids of the last ten auctions. As engines without ROWS frames over changing rows write it: the latest ten by row_number.
SELECT seller, avg(price) AS average
FROM (
  SELECT seller, price, row_number() OVER (PARTITION BY seller ORDER BY dateTime DESC, id DESC) AS latest
  FROM (
    SELECT a.id, a.seller, b.price, b.dateTime, b.bidder,
      row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.dateTime, b.bidder) AS place
    FROM auction a JOIN bid b ON a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires
  ) w
  WHERE place <= 1
) s
WHERE latest <= 10
GROUP BY seller
