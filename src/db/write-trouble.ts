import type { Database } from './database.js';

/** SQLite's disk is full, read-only or broken; the same of PostgreSQL, by SQLSTATE, or a standby. */
const TROUBLE =
  /^(SQLITE_(FULL|READONLY|IOERR|CORRUPT|NOTADB|CANTOPEN)|53100|58030|25006|XX00[12])/;
const WRITES: ReadonlySet<unknown> = new Set(['insert', 'update', 'del']);

/** Whether a database that can be read takes what is written to it, by what came of the latest write. */
export class WriteTrouble {
  #code: string | undefined;

  constructor(database: Database) {
    database.on('query-error', (error: { readonly code?: unknown }) => {
      if (TROUBLE.test(String(error.code))) this.#code = String(error.code);
    });
    database.on('query-response', (_rows: unknown, { method }: { readonly method?: unknown }) => {
      if (this.#code !== undefined && WRITES.has(method)) this.#code = undefined;
    });
  }

  /** The database's code for the trouble, while there is one. */
  get code(): string | undefined {
    return this.#code;
  }
}
