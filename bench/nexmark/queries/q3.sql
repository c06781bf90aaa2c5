-- Local item suggestion: who sells in Oregon, Idaho or California in category 10, and which auctions. Rows of both streams wait for each other for ever.
SELECT p.name, p.city, p.state, a.id
FROM auction AS a JOIN person AS p ON a.seller = p.id
WHERE a.category = 10 AND (p.state = 'OR' OR p.state = 'ID' OR p.state = 'CA')
