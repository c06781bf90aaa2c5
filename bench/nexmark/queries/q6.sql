-- Average selling price by seller: of the last 10 auctions each seller closed. A winning bid may yet be beaten, and OVER takes no rows that change (here as in
-- Flink), so that the last 10 are told by their number, as other engines write it.
SELECT seller, avg(price) AS average
FROM (
  SELECT seller, price, row_number() OVER (PARTITION BY seller ORDER BY expires DESC, id DESC) AS latest
  FROM (
    SELECT a.id, a.seller, a.expires, b.price,
      row_number() OVER (PARTITION BY a.id, a.seller ORDER BY b.price DESC, b.dateTime) AS place
    FROM auction AS a JOIN bid AS b ON a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires
  ) AS bids
  WHERE place <= 1
) AS won
WHERE latest <= 10
GROUP BY seller
