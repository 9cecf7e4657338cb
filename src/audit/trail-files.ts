import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the trail: the UTC day of its records, and a number when the day has several. */
export interface TrailFileName {
  /** YYYY-MM-DD */
  readonly day: string;
  /** 0 for the first file of the day. */
  readonly part: number;
}

/** What a compressed file's name ends with. */
export const COMPRESSED = '.gz';

const NAME = /^(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,8}))?\.jsonl$/;

/** `<YYYY-MM-DD>.jsonl`, then `<YYYY-MM-DD>.1.jsonl` and so on. */
export function formatFileName({ day, part }: TrailFileName): string {
  return part === 0 ? `${day}.jsonl` : `${day}.${part}.jsonl`;
}

/** The opposite of `formatFileName`; undefined for a file that is not the trail's. */
export function parseFileName(name: string): TrailFileName | undefined {
  const match = NAME.exec(name);
  if (match?.[1] === undefined) return undefined;
  return { day: match[1], part: Number(match[2] ?? 0) };
}

/** The files of a trail that are not compressed, oldest first. */
export async function listTrailFiles(dir: string): Promise<TrailFileName[]> {
  const names = (await readdir(dir)).map(parseFileName).filter((name) => name !== undefined);
  return names.sort(inOrder);
}

/** A file of a trail, as it stands there. */
export interface StoredTrailFile {
  readonly name: TrailFileName;
  /** Its name before it was compressed, by which digests know it. */
  readonly file: string;
  readonly compressed: boolean;
  readonly path: string;
}

/** All files of a trail, oldest first; one that is there both ways, as it was before. */
export async function storedTrailFiles(dir: string): Promise<StoredTrailFile[]> {
  const found = new Map<string, StoredTrailFile>();
  for (const entry of (await readdir(dir)).sort()) {
    const compressed = entry.endsWith(COMPRESSED);
    const file = compressed ? entry.slice(0, -COMPRESSED.length) : entry;
    const name = parseFileName(file);
    if (!name || (compressed && found.has(file))) continue;
    found.set(file, { name, file, compressed, path: join(dir, entry) });
  }
  return [...found.values()].sort((a, b) => inOrder(a.name, b.name));
}

/** Which of two files the trail began earlier. */
export function inOrder(a: TrailFileName, b: TrailFileName): number {
  return a.day.localeCompare(b.day) || a.part - b.part;
}

/** Names of the trail's files, those that it began earlier first; others are left out. */
export function inTheirOrder(files: readonly string[]): string[] {
  const names = files.map(parseFileName).filter((name) => name !== undefined);
  return names.sort(inOrder).map(formatFileName);
}
