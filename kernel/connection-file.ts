import { randomBytes, randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";

/** Where a kernel's sockets are, and the key of its messages. */
export interface Connection {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly signature_scheme: string;
  readonly key: string;
}

export type Port = "shell_port" | "iopub_port" | "stdin_port" | "control_port" | "hb_port";
const PORTS: readonly Port[] = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"];

export function endpoint(connection: Connection, port: Port): string {
  const separator = connection.transport === "tcp" ? ":" : "-";
  return `${connection.transport}://${connection.ip}${separator}${connection[port]}`;
}

/** Reads and checks a connection file; an error names the file and the field. */
export async function readConnectionFile(path: string): Promise<Connection> {
  let value: Partial<Connection>;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new Error(`cannot read the connection file ${path}: ${(error as Error).message}`, { cause: error });
  }
  const transport = value.transport ?? "tcp";
  if (transport !== "tcp" && transport !== "ipc") throw new Error(`connection file ${path}: transport is ${transport}, not tcp or ipc`);
  for (const port of PORTS) {
    if (!Number.isInteger(value[port])) throw new Error(`connection file ${path}: ${port} is ${value[port]}, not a number`);
  }
  const scheme = value.signature_scheme ?? "hmac-sha256";
  if (scheme !== "hmac-sha256") throw new Error(`connection file ${path}: signature scheme ${scheme} is not hmac-sha256`);
  return { ...(value as Connection), transport, ip: value.ip ?? "127.0.0.1", signature_scheme: scheme, key: value.key ?? "" };
}

/** A connection on free local ports with a key of its own, written to `path` so that only the user can read it. */
export async function writeConnectionFile(path: string): Promise<Connection> {
  const ports = await freePorts(PORTS.length);
  const connection: Connection = {
    transport: "tcp",
    ip: "127.0.0.1",
    shell_port: ports[0],
    iopub_port: ports[1],
    stdin_port: ports[2],
    control_port: ports[3],
    hb_port: ports[4],
    signature_scheme: "hmac-sha256",
    key: `${randomUUID()}-${randomBytes(8).toString("hex")}`,
  };
  await writeFile(path, JSON.stringify(connection), { mode: 0o600 });
  return connection;
}

/** Ports that nobody held a moment ago; all are open at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
