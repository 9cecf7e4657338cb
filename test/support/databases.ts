import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresqlServer, postgresqlPrograms } from './postgresql-server.js';

/** A kind of database that Strongroom works on. */
export interface DatabaseKind {
  readonly name: string;
  /** Gets ready to make databases; the answer makes one and cleans up. */
  readonly prepare: () => Promise<DatabaseMaker>;
}

export interface DatabaseMaker {
  /** Makes an empty database. @returns its URL. */
  readonly create: () => Promise<string>;
  readonly dispose: () => Promise<void>;
}

/** The tests of every repository are run on each of these. */
export const databases: readonly DatabaseKind[] = [
  {
    name: 'SQLite',
    prepare: async () => {
      const dir = await mkdtemp(join(tmpdir(), 'strongroom-sqlite-'));
      let made = 0;
      return {
        create: async () => {
          made += 1;
          return `sqlite:${join(dir, `${made}.sqlite`)}`;
        },
        dispose: () => rm(dir, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'PostgreSQL',
    prepare: async () => {
      const programs = postgresqlPrograms();
      if (programs === undefined) throw new Error('PostgreSQL is not installed: run npm test');
      const server = await PostgresqlServer.start(programs);
      return { create: () => server.createDatabase(), dispose: () => server.stop() };
    },
  },
];
