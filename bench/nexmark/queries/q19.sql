-- The 10 highest bids on each auction; the first of those that are equal, so that there is one answer.
SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, dateTime) AS place FROM bid) AS bids WHERE place <= 10
