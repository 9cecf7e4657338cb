/**
 * How far a receiver has the trail: kept in the trail's own directory, so that it goes where the trail
 * goes. Without one, or with one that can't be read, everything that is there is sent.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { openOwn, writeWhole } from '../../db/private-files.js';
import { inOrder, parseFileName, type StoredTrailFile } from '../trail-files.js';

/** A clock that is set back leads the trail to an older file: so many of the newest are looked at. */
const MAX_FILES = 8;

/** How far a file was sent. */
export interface FilePlace {
  /** Octets of the file before it was compressed. */
  readonly offset: number;
  /** Of the last line that was sent: its length with the newline, and its SHA-256 without. */
  readonly lineBytes: number;
  readonly lineHash: string;
  /** It was read to its end when it was compressed already: it won't grow any more. */
  readonly isOver?: boolean;
}

interface State {
  readonly files: Readonly<Record<string, FilePlace>>;
  /** Older files than this one, and this one, were sent whole unless `files` has them. */
  readonly sentUpTo?: string;
}

const START: FilePlace = { offset: 0, lineBytes: 0, lineHash: '' };

export class ShippingCursor {
  readonly #path: string;
  readonly #files: Map<string, FilePlace>;
  #sentUpTo: string | undefined;
  /** Why what was kept could not be read. */
  readonly unreadable: unknown;

  private constructor(path: string, state: State, unreadable?: unknown) {
    this.#path = path;
    this.#files = new Map(Object.entries(state.files));
    this.#sentUpTo = state.sentUpTo;
    this.unreadable = unreadable;
  }

  /** @throws the file system's error, but for a missing file */
  static async open(dir: string, receiver: string): Promise<ShippingCursor> {
    const path = join(dir, `.shipping-${receiver}.json`);
    const text = await readOwn(path);
    if (text === undefined) return new ShippingCursor(path, { files: {} });
    try {
      return new ShippingCursor(path, stateIn(text));
    } catch (error) {
      return new ShippingCursor(path, { files: {} }, error);
    }
  }

  /** From where on a file is unsent; undefined when there can be nothing more. */
  placeIn({ file, compressed, name }: StoredTrailFile): FilePlace | undefined {
    const place = this.#files.get(file);
    if (place) return place.isOver && compressed ? undefined : place;
    const last = parseFileName(this.#sentUpTo ?? '');
    return last && inOrder(name, last) <= 0 ? undefined : START;
  }

  /** A receiver has the file up to here. */
  move({ file }: StoredTrailFile, place: FilePlace): void {
    this.#files.set(file, place);
    const names = [...this.#files.keys()].sort(byAge);
    for (const oldest of names.slice(0, Math.max(0, names.length - MAX_FILES))) {
      this.#files.delete(oldest);
      if (byAge(oldest, this.#sentUpTo ?? '') > 0) this.#sentUpTo = oldest;
    }
  }

  /** Resolves when it is on the disk. @throws the file system's error */
  async save(): Promise<void> {
    const state: State = {
      files: Object.fromEntries(this.#files),
      ...(this.#sentUpTo !== undefined && { sentUpTo: this.#sentUpTo }),
    };
    await writeWhole(this.#path, (file) => file.writeFile(JSON.stringify(state)));
  }
}

/** The place behind a line. */
export function placeBehind(line: Buffer, end: number): FilePlace {
  return { offset: end, lineBytes: line.length + 1, lineHash: hashOf(line) };
}

export function hashOf(line: Buffer): string {
  return createHash('sha256').update(line).digest('hex');
}

function byAge(a: string, b: string): number {
  const [first, second] = [parseFileName(a), parseFileName(b)];
  if (!first || !second) return Number(Boolean(first)) - Number(Boolean(second));
  return inOrder(first, second);
}

async function readOwn(path: string): Promise<string | undefined> {
  try {
    const file = await openOwn(path, constants.O_RDONLY);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws Error for what this server hasn't written */
function stateIn(text: string): State {
  const { files, sentUpTo } = JSON.parse(text);
  for (const [file, place] of Object.entries(Object(files))) {
    const { offset, lineBytes, lineHash } = Object(place);
    const isPlace =
      Number.isSafeInteger(offset) && Number.isSafeInteger(lineBytes) && lineBytes <= offset;
    if (!parseFileName(file) || !isPlace || typeof lineHash !== 'string') {
      throw new Error(`${file} has no place in it`);
    }
  }
  if (sentUpTo !== undefined && !parseFileName(String(sentUpTo))) {
    throw new Error('it names no file of the trail');
  }
  return { files: Object(files), sentUpTo };
}
