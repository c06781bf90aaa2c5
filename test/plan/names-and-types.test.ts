import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import { typeName } from "../../src/core/types.ts";
import { bind, TABLES } from "./support.ts";

/** Names and types of results, as DuckDB's DESCRIBE gives them. One expression a line, over table t, or a whole query. */
const CASES: Readonly<Record<string, string>> = {
  "names of columns and operators": `
a + 1
t.a + 1
A
b
A + 1
-a
-5
- -5.5
+a
a * 2 - 3 / 4
a // 2
a ** 2
a ^ 2
a % 2
@a
~a
a & 1
a << 1
a <> 1
1 == 1
not bl
not (a = 1 and bl)
bl and a > 1 and c > 2
bl or a > 1 or c > 2
bl and (a > 1 or c < 2)
a between 1 and 2
a not between 1 and 2
a in (1, 2)
a not in (1, 2)
not a in (1)
a is null
a is not null
bl is true
bl is not true
bl is unknown
a is distinct from 1
a is not distinct from null
b like 'x%'
b not like 'x%'
b ilike 'x%'
b like 'x' escape '$'
b glob 'x*'
b || 'x'
case when a > 1 then 'x' else 'y' end
case when a > 1 then 'x' end
case a when 1 then 'x' when 2 then 'z' else 'y' end
coalesce(a, 1)
ifnull(a, 1)
nullif(a, 1)
if(a > 1, 2, 3)
'it''s'
1.50
.5
1e5
1e-7
1e20
12345678901
true
null
#1
#1 + 1
"a" + 1
a as "X y"`,
  "names of casts and literals": `
cast(a as varchar)
a::decimal(10,2)
a::numeric
a::numeric(5)
a::double
a::real
a::text
a::hugeint
a::timestamptz
a::int[]
a::int::varchar
try_cast(a as bigint)
1::uinteger
date '2024-01-01'
timestamp '2024-01-01 00:00:00'
time '12:00'
interval '1 day'
interval 5 minute
interval '5' minute
interval 1 second
cast('x' as enum('x'))`,
  "names of functions, aggregates and windows": `
upper(b)
UPPER(b)
b.upper()
upper(lower(b))
substring(b, 1, 2)
substring(b from 1 for 2)
trim(b)
left(b, 1)
replace(b, 'a', 'b')
position('a' in b)
abs(-5)
round(c, 2)
extract(year from d)
date_part('hour', ts)
ts at time zone 'UTC'
current_date
year(d) + 1
count(*)
count()
count(a)
count(distinct a)
count(*) filter (where a > 1)
sum(a) filter (a > 1)
string_agg(b, ',' order by a desc)
list(a order by a desc nulls first, b)
first(a order by b)
any_value(a)
mode(a)
max(a) - min(a)
sum(distinct a) over (partition by b)
sum(a) over ()
count(*) over ()
sum(a) over (order by a rows between 1 preceding and current row)
sum(a) over (order by a rows between 1 preceding and 2 following exclude ties)
sum(a) over (order by a range unbounded preceding)
sum(a) over (rows unbounded preceding)
sum(a) over (order by a nulls last)
(select 1)
exists(select 1)
a in (select 1)
a in (select n from u where k = 'x' and v > 1)
(select max(x.n) + 1 as z from u x join u as y on x.a = y.a where x.a > 1 group by x.k, y.k having count(*) > 1 order by 1 limit 3)
(select max(x.a) from u x left join u y using (a), t)
(select max(p) from (select a from u) q(p))
(with z as (select 1 as q) select q from z)
(select 1 union all select 2 limit 1)
(values (1))
a not in (select 1)
a = any(select 1)
a > all(select 1)`,
  "types of literals": `
SELECT 1, 3000000000, 30000000000000000000, 1.5, 0.001, 1e3, 'a', NULL
SELECT -128, -2147483648, 2147483648, -9223372036854775808, 9223372036854775808
SELECT * FROM (SELECT NULL AS x)
SELECT x + 1 FROM (SELECT NULL AS x)`,
  "types of operators": `
1::tinyint + 1
1::tinyint + 1000
1::smallint + 100000
1 + 1::tinyint
small + 1
small + a
a + big
a::usmallint + a::integer
a::uinteger * a
a::ubigint - a
1::utinyint + -1
a::tinyint % 3
a::tinyint / 3
a::tinyint // 100
f * 1
f * 1.5
f + c
f + big
1.5 + 1
1.5 * 2
1.5 / 2
1.5 % 1
p + 1
p + big
p * 1
p * 2.25
p + 1e0
p + p
p * p
a + 1.5
big * 1.5
1.5::decimal(38,10) + 1.5::decimal(38,10)
NULL + 1
NULL + NULL
a + NULL
d + 1
d - d
ts - ts
ts - d
d + interval 1 day
d + time '12:00'
ts + '1 day'
a * '1'
c + '1'
a || b
1 || 2`,
  "types that meet": `
case when true then 1 else 2.5 end
case when true then 1 else 'a' end
case when true then 1::tinyint else 1 end
case when true then 1::tinyint else 1000 end
coalesce(1.5, 1e0)
coalesce(1.50::decimal(5,2), 100000)
coalesce(d, ts)
coalesce(d, '2020-01-01')
coalesce(1::tinyint, 1::utinyint)
coalesce(1::integer, 1::ubigint)
coalesce(1::hugeint, 1.5)
coalesce(1::bigint, 1::float)
coalesce(1.5::decimal(18,3), 1.55555::decimal(18,5))
coalesce(1.5::decimal(38,3), 1.55555::decimal(38,10))
coalesce(1::float, 1.5)
coalesce(true, 1)
coalesce(true, 'x')
1 = '1'
b = a
b = d
d > ts
ts > '2020-01-01'
bl = 1
a in ('1', '2')
b in (1, 2)
a in (1.5, 2)
SELECT 1 UNION SELECT 'a'
SELECT 1 UNION SELECT 2.5
SELECT NULL UNION SELECT 2.5
SELECT '1' UNION ALL SELECT 2
SELECT a AS x, c AS y FROM t UNION ALL BY NAME SELECT v AS y, n AS x, k AS z FROM u
VALUES (1), (2.5)
SELECT * FROM (VALUES (1, 'a'), (NULL, 'b'))
SELECT * FROM (VALUES (1), (2.5)) v(x)`,
  "nested values": `
s.x + 1
s['x']
(s).x
{'x': 1, 'y': a}
{'we ird': 1}
[1, 2]
[1, 2.5]
['a', 1]
[1, NULL]
[]
l[1]
l[1:2]
m['a']
map {'a': 1}
row(a, 2)
(a, 2)
t
list_transform(l, x -> x + 1)
list_transform(l, lambda x: x + 1)
[x + 1 for x in l]
3 in l
coalesce([1], [1.5])
coalesce({'a': 1}, {'a': 2.5})
SELECT unnest(s), s.* FROM t
SELECT (struct_pack(p := a, q := B)).q FROM t
row_number() over (partition by b order by a desc)
lag(a, 1) over (order by a)
b->'x'
b->>'x'
regexp_matches(b, 'x')
b ~ 'x'
columns('^[ac]$') + 1`,
  "types of functions and aggregates": `
SELECT sum(a), sum(c), sum(p), avg(a), min(a), count(*), sum(big), sum(big::hugeint), avg(p), sum(bl), avg(d), sum(f) FROM t
SELECT round(1.55, 1), abs(-1), abs(1.5), floor(1.5), round(1), sqrt(4), power(2, 3), 2 ** 3
SELECT stddev(a), median(a), arg_min(b, a), quantile_cont(a, 0.5), bool_and(bl), string_agg(b), list(a), corr(a, c) FROM t
sum(NULL)
avg(NULL)
abs(NULL)`,
  "columns of FROM": `
SELECT * FROM t t1, u
SELECT * FROM u u1 JOIN u u2 USING (a)
SELECT * FROM u u1 FULL JOIN u u2 USING (a, k)
SELECT * FROM u u1 NATURAL JOIN (SELECT a, 1 AS z FROM t) u2
SELECT a, u1.a, u2.a FROM u u1 FULL JOIN u u2 USING (a)
SELECT u1.* FROM u u1 SEMI JOIN u u2 USING (a)
SELECT t1.a, u.* FROM t t1 LEFT JOIN u ON t1.a = u.a
SELECT * EXCLUDE (a, B) FROM t
SELECT * REPLACE (a + 1 AS a) FROM u
SELECT * RENAME (a AS zz) FROM u
SELECT u.* EXCLUDE (a) FROM u
SELECT COLUMNS(*)::varchar FROM u
SELECT COLUMNS(['a', 'k']) FROM u
SELECT COLUMNS(c -> c LIKE '%a%') FROM u
SELECT * FROM (SELECT 1, 1)
SELECT * FROM (SELECT 1 AS a, 2 AS a)
SELECT 1 AS a, 2 AS a
SELECT x.p FROM (SELECT a, v FROM u) x(p, q)
WITH x(p) AS (SELECT a FROM u), y AS (SELECT p + 1 AS q FROM x) SELECT * FROM y, x
WITH u AS (SELECT 1 AS one) SELECT * FROM u
SELECT * FROM range(3)
SELECT * FROM generate_series(1, 3) g(i)
SELECT * FROM range(date '2020-01-01', date '2020-01-05', interval 1 day)
SELECT e + 1 FROM t, unnest(t.l) q(e)
SELECT unnest(l), a FROM t
FROM u
FROM u SELECT a
TABLE u`,
  "grouping, ordering and aliases": `
SELECT 1 AS x, x + 1 AS y
SELECT a AS q FROM t WHERE q > 1
SELECT a + 1 AS q, sum(c) FROM t GROUP BY q
SELECT a + 1 AS q, sum(c) AS z FROM t GROUP BY 1 HAVING z > 1 ORDER BY z + q
SELECT B, a + 1, count(*) FROM t GROUP BY ALL ORDER BY ALL
SELECT a + 1, count(*) FROM t GROUP BY a + 1 ORDER BY a + 1, sum(c)
SELECT a FROM t GROUP BY GROUPING SETS ((a), ())
SELECT a, d, sum(c) FROM t GROUP BY ROLLUP (a, d), bl
SELECT grouping(a), grouping(d, a) FROM t GROUP BY CUBE (a, d)
SELECT DISTINCT a, B FROM t ORDER BY B
SELECT DISTINCT ON (a) B FROM t ORDER BY c
SELECT sum(sum(c)) OVER (ORDER BY a) FROM t GROUP BY a
SELECT a, max(c) OVER w FROM t WINDOW w AS (PARTITION BY B ORDER BY c) QUALIFY min(c) OVER w = 1
SELECT a FROM t UNION SELECT n FROM u ORDER BY a LIMIT 3
SELECT count(*) AS n FROM t HAVING n > 1`,
};

/** DuckDB quotes the names of struct fields always. */
const plainNames = (type: string): string => type.replace(/"([A-Za-z_][A-Za-z0-9_]*)" /g, "$1 ");

let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await (await DuckDBInstance.create(":memory:")).connect();
  for (const [name, columns] of Object.entries(TABLES)) await connection.run(`CREATE TABLE ${name} (${columns})`);
});

for (const [group, text] of Object.entries(CASES)) {
  describe(group, () => {
    test.each(text.trim().split("\n"))("%s", async (line) => {
      const sql = /^(SELECT|WITH|FROM|VALUES|TABLE)\b/.test(line) ? line : `SELECT ${line} FROM t`;
      const reader = await connection.runAndReadAll(`DESCRIBE ${sql}`);
      const expected = reader.getRowsJson().map(([name, type]) => `${name}: ${plainNames(String(type))}`);
      const { schema } = bind(sql).root;
      expect(schema.map((field) => `${field.name}: ${plainNames(typeName(field.type))}`)).toEqual(expected);
    });
  });
}
