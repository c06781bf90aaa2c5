-- q10. Log: bids with the partition of the file they would be written to; the file itself is the sink's business.
SELECT auction, bidder, price, dateTime, extra, strftime(dateTime, '%Y-%m-%d') AS dt, strftime(dateTime, '%H:%M') AS hm
FROM bid
