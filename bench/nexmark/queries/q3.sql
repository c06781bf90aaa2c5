-- q3. Local item suggestion: who sells in a category in three states. Everything is kept: SET allow_unbounded_state = true.
SELECT p.name, p.city, p.state, a.id
FROM auction a JOIN person p ON a.seller = p.id
WHERE a.category = 10 AND p.state IN ('or', 'id', 'ca')
