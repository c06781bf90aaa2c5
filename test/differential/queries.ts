import { aggregate, direction, type Typed, windowCall } from "./aggregates.ts";
import type { Choices } from "./choices.ts";
import { COMPARABLE, type Column, constant, expression, predicate, quoted, type Scope } from "./expressions.ts";
import type { Kind } from "./kinds.ts";
import { quoteName, type TableSpec } from "./tables.ts";

/** A query and what is known of its rows. */
interface Made {
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly kind: Kind }[];
  /** At most about so many: keeps products of joins small. */
  readonly rows: number;
}

/** A thing in FROM. */
interface Source {
  readonly sql: string;
  readonly columns: readonly Column[];
  readonly rows: number;
}

const MAX_ROWS = 60_000;
/** Kinds that DISTINCT, set operations and GROUP BY take. */
const GROUPABLE: readonly Kind[] = [...COMPARABLE, "list", "struct", "blob"];

/** Writes random queries over some tables. Their answers are fixed: nothing depends on an order that the query does not give. */
export class QueryGenerator {
  readonly #choices: Choices;
  readonly #tables: readonly TableSpec[];
  #names = 0;
  #ctes: (Made & { name: string })[] = [];

  constructor(tables: readonly TableSpec[], choices: Choices) {
    this.#tables = tables;
    this.#choices = choices;
  }

  query(): string {
    const choices = this.#choices;
    const withs: string[] = [];
    for (
      let count = choices.weighted([
        [70, 0],
        [20, 1],
        [10, 2],
      ]);
      count > 0;
      count--
    ) {
      const name = this.#name("c");
      const made = this.#body(2);
      withs.push(`${name} AS ${choices.pick(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])}(${made.sql})`);
      this.#ctes = [...this.#ctes, { ...made, name }];
    }
    const body = this.#body(2);
    const sql = withs.length > 0 ? `WITH ${withs.join(", ")}\n${body.sql}` : body.sql;
    return `${sql}${this.#orderAndLimit(body, 60)}`;
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** A total order over all output columns, so that the sequence of rows and LIMIT are fixed. */
  #orderAndLimit(made: Made, percent: number): string {
    const choices = this.#choices;
    if (!choices.chance(percent)) return "";
    if (choices.chance(15)) return `\nORDER BY ${1 + choices.below(made.columns.length)}${direction(choices)}`;
    const positions = made.columns.map((_, i) => i + 1);
    const start = choices.below(positions.length);
    const order = [...positions.slice(start), ...positions.slice(0, start)].map((position) => {
      const name = made.columns[position - 1].name;
      return `${choices.chance(50) ? position : quoteName(name)}${direction(choices)}`;
    });
    const all = choices.chance(15) ? "ALL" : order.join(", ");
    // A computed float may come out with another last digit, and in another place: no LIMIT then.
    const exact = made.columns.every((column) => column.kind !== "flt");
    const limit =
      exact && choices.chance(40)
        ? `\nLIMIT ${choices.pick([10, 1, 3, 100, 20, 5, 0])}${choices.chance(25) ? ` OFFSET ${choices.below(6)}` : ""}`
        : "";
    return `\nORDER BY ${all}${limit}`;
  }

  #body(depth: number): Made {
    const kind = this.#choices.weighted([
      [depth > 0 ? 40 : 60, "select"],
      [35, "aggregate"],
      [depth > 0 ? 14 : 0, "set"],
      [3, "values"],
    ] as const);
    if (kind === "select") return this.#select(depth);
    if (kind === "aggregate") return this.#aggregate(depth);
    if (kind === "set") return this.#setOperation(depth);
    return this.#values();
  }

  #scope(source: Source, depth: number): Scope {
    if (depth <= 0) return { choices: this.#choices, columns: source.columns };
    return {
      choices: this.#choices,
      columns: source.columns,
      correlated: () => this.#correlated(source),
      scalarSubquery: (kind) => this.#scalar(kind),
      inSubquery: (kind) => this.#oneColumn(kind),
      exists: () => {
        const inner = this.#table();
        return `SELECT * FROM ${inner.sql} WHERE ${predicate({ choices: this.#choices, columns: inner.columns }, 1)}`;
      },
    };
  }

  #scalar(kind: Kind): string {
    const inner = this.#table();
    const columns = inner.columns.filter((column) => column.kind === kind && GROUPABLE.includes(kind));
    if (columns.length === 0) return constant(kind, this.#choices);
    return `(SELECT ${this.#choices.pick(["max", "min"])}(${this.#choices.pick(columns).sql}) FROM ${inner.sql})`;
  }

  /** A subquery that is tied to a row around it by an equality. */
  #correlated(outer: Source): string {
    const choices = this.#choices;
    const inner = this.#table(300);
    const pairs = outer.columns.flatMap((a) =>
      inner.columns.filter((b) => b.kind === a.kind && COMPARABLE.includes(a.kind)).map((b) => [a, b] as const),
    );
    if (pairs.length === 0) return "1 = 1";
    const [a, b] = choices.pick(pairs);
    const scope = { choices, columns: inner.columns };
    const tie = `${b.sql} = ${a.sql}${choices.chance(30) ? ` AND ${predicate(scope, 1)}` : ""}`;
    switch (choices.below(4)) {
      case 0:
        return `EXISTS (SELECT 1 FROM ${inner.sql} WHERE ${tie})`;
      case 1:
        return `NOT EXISTS (SELECT 1 FROM ${inner.sql} WHERE ${tie})`;
      case 2:
        return `(SELECT ${choices.pick(["count(*)", `count(${b.sql})`])} FROM ${inner.sql} WHERE ${tie}) >= ${choices.below(3)}`;
      default: {
        const [first] = inner.columns;
        return `${expression(first.kind, { choices, columns: outer.columns }, 0)} IN (SELECT ${first.sql} FROM ${inner.sql} WHERE ${tie})`;
      }
    }
  }

  #oneColumn(kind: Kind): string {
    const inner = this.#table();
    const scope = { choices: this.#choices, columns: inner.columns };
    const where = this.#choices.chance(50) ? ` WHERE ${predicate(scope, 1)}` : "";
    return `SELECT ${expression(kind, scope, 1)} FROM ${inner.sql}${where}`;
  }

  #table(maxRows = MAX_ROWS): Source {
    const choices = this.#choices;
    const fitting = this.#tables.filter((table) => table.rows.length <= maxRows);
    const known = fitting.length > 0 ? fitting : this.#tables.slice(0, 1);
    const full = known.filter((candidate) => candidate.rows.length > 0);
    const table = choices.pick(choices.chance(12) || full.length === 0 ? known : full);
    const alias = this.#name("a");
    const columns = table.schema.map((field, c) => ({ sql: `${alias}.${quoteName(field.name)}`, kind: table.kinds[c] }));
    return { sql: `${table.name} AS ${alias}`, columns, rows: table.rows.length };
  }

  #source(depth: number, maxRows = MAX_ROWS): Source {
    const choices = this.#choices;
    const kind = choices.weighted([
      [60, "table"],
      [depth > 0 ? 22 : 0, "subquery"],
      [this.#ctes.length > 0 ? 25 : 0, "cte"],
      [3, "range"],
      [2, "unnest"],
    ] as const);
    const alias = this.#name("s");
    const named = (made: Made, sql: string): Source => ({
      sql: `${sql} AS ${alias}`,
      columns: made.columns.map((column) => ({ sql: `${alias}.${quoteName(column.name)}`, kind: column.kind })),
      rows: made.rows,
    });
    if (kind === "subquery") {
      const made = this.#body(depth - 1);
      if (made.rows <= maxRows) return named(made, `(${made.sql}${this.#orderAndLimit(made, 15)})`);
    }
    if (kind === "cte") {
      const cte = choices.pick(this.#ctes);
      if (cte.rows <= maxRows) return named(cte, cte.name);
    }
    if (kind === "range") {
      const count = choices.between(1, 20);
      return { sql: `range(${count}) AS ${alias}(i)`, columns: [{ sql: `${alias}.i`, kind: "small" }], rows: count };
    }
    if (kind === "unnest") {
      return { sql: `unnest([1, 2, NULL, 4]) AS ${alias}(u)`, columns: [{ sql: `${alias}.u`, kind: "small" }], rows: 4 };
    }
    return this.#table(maxRows);
  }

  #from(depth: number): Source {
    const choices = this.#choices;
    if (choices.chance(5)) return this.#using();
    let source = this.#source(depth);
    for (
      let joins = choices.weighted([
        [45, 0],
        [38, 1],
        [14, 2],
        [3, 3],
      ]);
      joins > 0;
      joins--
    ) {
      const room = Math.floor((MAX_ROWS * 4) / Math.max(1, source.rows));
      source = this.#join(source, this.#source(depth - 1, Math.max(60, room)));
    }
    const lists = source.columns.filter(({ kind }) => kind === "list" || kind === "texts");
    return lists.length > 0 && choices.chance(6) ? this.#unnested(source, choices.pick(lists)) : source;
  }

  /** Two tables by a column that both have; the column is one then, and has no table. */
  #using(): Source {
    const [left, right] = [this.#table(300), this.#table(300)];
    const position = this.#choices.below(2);
    const name = ["n0", "t1"][position];
    const kind = this.#choices.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
    const others = [...left.columns, ...right.columns].filter((column) => !column.sql.endsWith(`.${name}`));
    return {
      sql: `${left.sql} ${kind} ${right.sql} USING (${name})`,
      columns: [...others, { sql: name, kind: left.columns[position].kind }],
      rows: Math.max(left.rows, right.rows, Math.ceil((left.rows * right.rows) / 8)),
    };
  }

  #unnested(source: Source, column: Column): Source {
    const alias = this.#name("s");
    return {
      sql: `${source.sql}, unnest(${column.sql}) AS ${alias}(u)`,
      columns: [...source.columns, { sql: `${alias}.u`, kind: column.kind === "list" ? "small" : "text" }],
      rows: source.rows * 2,
    };
  }

  #join(left: Source, right: Source): Source {
    const choices = this.#choices;
    const kind = choices.weighted([
      [36, "JOIN"],
      [22, "LEFT JOIN"],
      [8, "RIGHT JOIN"],
      [10, "FULL JOIN"],
      [9, "SEMI JOIN"],
      [7, "ANTI JOIN"],
      [8, "CROSS JOIN"],
    ] as const);
    const product = left.rows * right.rows;
    const columns = kind === "SEMI JOIN" || kind === "ANTI JOIN" ? left.columns : [...left.columns, ...right.columns];
    if (kind === "CROSS JOIN" && product <= 4000) return { sql: `${left.sql} CROSS JOIN ${right.sql}`, columns, rows: product };
    const join = kind === "CROSS JOIN" ? "JOIN" : kind;
    const pairs = left.columns.flatMap((a) =>
      right.columns.filter((b) => b.kind === a.kind && COMPARABLE.includes(a.kind)).map((b) => [a, b] as const),
    );
    const scope: Scope = { choices, columns: [...left.columns, ...right.columns] };
    if (pairs.length === 0 || (product <= 4000 && choices.chance(12))) {
      const condition =
        pairs.length === 0 || choices.chance(50)
          ? predicate(scope, 1)
          : choices
              .pick(pairs)
              .map((side) => side.sql)
              .join(choices.pick([" < ", " <> ", " >= "]));
      if (product > 4000) return left;
      return { sql: `${left.sql} ${join} ${right.sql} ON ${condition}`, columns, rows: product };
    }
    // Columns whose values meet often; others now and then.
    const likely = pairs.filter(([{ kind }]) => kind === "small" || kind === "bool" || kind === "enum");
    const keys = [choices.pick(likely.length > 0 && !choices.chance(35) ? likely : pairs)];
    if (choices.chance(12)) keys.push(choices.pick(pairs));
    const operator = choices.chance(6) ? " IS NOT DISTINCT FROM " : " = ";
    const equal = keys.map(([a, b]) => `${a.sql}${operator}${b.sql}`);
    const conditions = choices.chance(18) && product <= 40_000 ? [...equal, predicate(scope, 1)] : equal;
    return {
      sql: `${left.sql} ${join} ${right.sql} ON ${conditions.join(" AND ")}`,
      columns,
      rows: Math.max(left.rows, right.rows, Math.ceil(product / 8)),
    };
  }

  #where(scope: Scope, percent: number): string {
    return this.#choices.chance(percent) ? `\nWHERE ${predicate(scope, 2)}` : "";
  }

  #select(depth: number): Made {
    const choices = this.#choices;
    const source = this.#from(depth);
    const scope = this.#scope(source, depth);
    const items: Typed[] = [];
    for (let count = choices.between(1, 5); count > 0; count--) {
      const column = choices.pick(source.columns);
      const kind = choices.chance(30) ? choices.pick(COMPARABLE) : column.kind;
      items.push(choices.chance(55) ? { sql: expression(kind, scope, choices.between(1, 3)), kind } : column);
    }
    const distinct = choices.chance(12) && items.every((item) => GROUPABLE.includes(item.kind));
    if (!distinct && choices.chance(22)) items.push(windowCall({ choices, columns: source.columns }));
    if (!distinct && choices.chance(2)) items.push({ sql: `unnest(${expression("list", scope, 1)})`, kind: "small" });
    const columns = items.map((item) => ({ name: this.#name("x"), kind: item.kind }));
    const list = items.map((item, i) => `${item.sql} AS ${columns[i].name}`).join(", ");
    const where = this.#where(scope, 50);
    if (!distinct && choices.chance(3)) {
      // The first row of each key: in an order that all columns decide.
      const keys = source.columns.filter((column) => GROUPABLE.includes(column.kind));
      if (keys.length > 0) {
        const key = choices.pick(keys).sql;
        const others = source.columns.map((column) => column.sql).filter((sql) => sql !== key);
        const order = [key, ...others].map((sql) => `${sql}${direction(choices)}`);
        const plain = list.replaceAll(/unnest\(/g, "len(");
        const inner = `SELECT DISTINCT ON (${key}) ${plain} FROM ${source.sql}${where} ORDER BY ${order.join(", ")}`;
        return { sql: `SELECT * FROM (${inner}) AS ${this.#name("d")}`, columns, rows: source.rows };
      }
    }
    const qualify = !distinct && choices.chance(4) ? `\nQUALIFY ${windowCall({ choices, columns: source.columns }).sql} IS NOT NULL` : "";
    return { sql: `SELECT ${distinct ? "DISTINCT " : ""}${list}\nFROM ${source.sql}${where}${qualify}`, columns, rows: source.rows };
  }

  #aggregate(depth: number): Made {
    const choices = this.#choices;
    const source = this.#from(depth);
    const scope = this.#scope(source, depth);
    const groupable = source.columns.filter((column) => GROUPABLE.includes(column.kind));
    const keys: Typed[] = [];
    if (groupable.length > 0) {
      for (
        let count = choices.weighted([
          [20, 1],
          [15, 0],
          [12, 2],
          [3, 3],
        ]);
        count > 0;
        count--
      ) {
        const column = choices.pick(groupable);
        const kind = choices.chance(20) ? choices.pick<Kind>(["small", "text", "bool", "date"]) : column.kind;
        // No subquery as a key: which of two equal ones is the key is not said.
        keys.push(choices.chance(30) ? { sql: expression(kind, { choices, columns: source.columns }, 1), kind } : column);
      }
    }
    const items: Typed[] = [...keys];
    for (let count = choices.between(1, 4); count > 0; count--) items.push(aggregate(scope));
    const columns = items.map((item) => ({ name: this.#name("x"), kind: item.kind }));
    const list = items.map((item, i) => `${item.sql} AS ${columns[i].name}`).join(", ");
    const where = this.#where(scope, 45);
    const having = choices.chance(15) ? `\nHAVING ${choices.pick(["count(*) > 1", "count(*) >= 1", "max(1) = 1", "sum(1) < 100"])}` : "";
    return {
      sql: `SELECT ${list}\nFROM ${source.sql}${where}${this.#groupBy(keys)}${having}`,
      columns,
      rows: keys.length === 0 ? 1 : source.rows * (keys.length > 1 ? 2 : 1),
    };
  }

  #groupBy(keys: readonly Typed[]): string {
    const choices = this.#choices;
    if (keys.length === 0) return "";
    const positions = keys.map((_, i) => String(i + 1));
    // An expression that is written twice is one key; ordinals and texts mix.
    const written = keys.map((key, i) => (choices.chance(50) ? key.sql : positions[i]));
    switch (choices.below(16)) {
      case 0:
      case 1:
        return "\nGROUP BY ALL";
      case 2:
        return `\nGROUP BY ROLLUP (${keys.map((key) => key.sql).join(", ")})`;
      case 3:
        return `\nGROUP BY CUBE (${keys.map((key) => key.sql).join(", ")})`;
      case 4:
        return `\nGROUP BY GROUPING SETS ((${keys.map((key) => key.sql).join(", ")}), ())`;
      default:
        return `\nGROUP BY ${written.join(", ")}`;
    }
  }

  #setOperation(depth: number): Made {
    const choices = this.#choices;
    const left = this.#body(depth - 1);
    const distinctable = left.columns.every((column) => GROUPABLE.includes(column.kind));
    const operation = distinctable
      ? choices.pick(["UNION ALL", "UNION", "INTERSECT", "EXCEPT", "UNION ALL", "INTERSECT ALL", "EXCEPT ALL"])
      : "UNION ALL";
    const source = this.#from(0);
    const scope = this.#scope(source, 0);
    const list = left.columns.map((column) => expression(column.kind, scope, choices.below(2))).join(", ");
    const right = `SELECT ${list}\nFROM ${source.sql}${this.#where(scope, 30)}`;
    return { sql: `(${left.sql})\n${operation}\n(${right})`, columns: left.columns, rows: left.rows + source.rows };
  }

  #values(): Made {
    const choices = this.#choices;
    const kinds = [choices.pick(COMPARABLE), choices.pick<Kind>(["small", "text"])];
    const rows = Array.from({ length: choices.between(1, 4) }, () =>
      kinds.map((kind) =>
        choices.chance(12) ? "NULL" : kind === "text" ? quoted(choices.pick(["a", "ab", "🦆"])) : constant(kind, choices),
      ),
    );
    const alias = this.#name("v");
    const columns = kinds.map((kind) => ({ name: this.#name("x"), kind }));
    return {
      sql: `SELECT * FROM (VALUES ${rows.map((row) => `(${row.join(", ")})`).join(", ")}) AS ${alias}(${columns.map((column) => column.name).join(", ")})`,
      columns,
      rows: rows.length,
    };
  }
}
