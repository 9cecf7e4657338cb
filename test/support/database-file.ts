import { join } from 'node:path';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import type { Strongroom } from './strongroom.js';

const BUSY_TIMEOUT_MS = 5000;

export type Row = Readonly<Record<string, unknown>>;

export function databaseFile(strongroom: Strongroom): string {
  return join(strongroom.dataDir, 'strongroom.sqlite');
}

/** Runs one statement on a server's database file, past the server. */
export async function query(file: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const database = await open(file);
  database.configure('busyTimeout', BUSY_TIMEOUT_MS);
  try {
    return await promisify<string, unknown[], Row[]>(database.all.bind(database))(sql, values);
  } finally {
    await promisify<void>(database.close.bind(database))();
  }
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, sqlite3.OPEN_READWRITE, (error) =>
      error === null ? resolve(database) : reject(error),
    );
  });
}
