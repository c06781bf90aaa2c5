-- Tables of every file in this folder. Made in both engines from the same text.
CREATE TABLE orders AS
  SELECT i AS id, 'c' || (i * 7 % 13) AS customer, (i * 37 % 101) - 20 AS qty, ((i * 53 % 997) / 8.0)::DOUBLE AS price,
    DATE '2024-01-01' + (i * 11 % 120)::INTEGER AS day, TIMESTAMP '2024-01-01' + to_seconds(i * 86399 % 9999991) AS ts,
    CASE WHEN i % 6 = 0 THEN NULL ELSE ['new', 'paid', 'sent', 'back'][1 + i % 4] END AS state, i % 3 = 0 AS flag
  FROM range(1, 400) t(i);
CREATE TABLE customers AS
  SELECT 'c' || i AS name, CASE WHEN i % 4 = 0 THEN NULL ELSE 'city ' || i % 3 END AS city, (i * 1.25)::DECIMAL(8,2) AS credit,
    {'lat': i * 1.5, 'tags': ['t' || i, 'x']} AS info, [i, NULL, i * 2] AS nums, MAP {'k' || i: i} AS m
  FROM range(0, 16) t(i);
CREATE TABLE events AS
  SELECT (i * 17) % 50 AS k, CASE WHEN i % 9 = 0 THEN NULL ELSE i * 0.5 END AS v, to_json({'a': i % 5, 'b': 'é' || i % 3, 'l': [i, i + 1]}) AS j,
    INTERVAL 1 HOUR * (i % 30) AS d, ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a' || lpad((i % 20)::VARCHAR, 2, '0'))::UUID AS u,
    encode('x' || i % 7) AS b, TIMESTAMPTZ '2024-03-10 00:00:00+00' + to_hours(i) AS tz
  FROM range(0, 300) t(i);
CREATE TABLE empty_orders AS SELECT * FROM orders WHERE false;
CREATE TABLE large AS
  SELECT i AS id, (i * 7919) % 1000 AS k, 's' || (i % 250) AS s, ((i * 31) % 10007) / 16.0 AS x, CASE WHEN i % 10 = 0 THEN NULL ELSE i % 77 END AS n
  FROM range(0, 300000) t(i);
