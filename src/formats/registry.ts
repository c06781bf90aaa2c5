import { arrowFormat } from "./arrow/format.ts";
import { csvFormat } from "./csv/format.ts";
import type { FileFormat } from "./format.ts";
import { jsonFormat } from "./json/format.ts";
import { parquetFormat } from "./parquet/format.ts";

/** Every file format, one line each. */
export const FORMATS: readonly FileFormat[] = [csvFormat, jsonFormat, parquetFormat, arrowFormat];
