-- Log to files: all bids, with the day and the minute that would be parts of the files' names. Here the rows are made, and no files.
SELECT auction, bidder, price, dateTime, extra, strftime(dateTime, '%Y-%m-%d') AS dt, strftime(dateTime, '%H:%M') AS hm FROM bid
