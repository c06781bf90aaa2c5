-- q19. Auction TOP-10: the ten highest bids of each auction.
SELECT auction, bidder, price, dateTime, place
FROM (
  SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, dateTime) AS place FROM bid
) b
WHERE place <= 10
