-- Pass through: every bid as it comes.
SELECT auction, bidder, price, dateTime, extra FROM bid
