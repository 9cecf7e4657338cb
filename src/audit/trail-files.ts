import { readdir } from 'node:fs/promises';

/** A file of the trail: the UTC day of its records, and a number when the day has several. */
export interface TrailFileName {
  /** YYYY-MM-DD */
  readonly day: string;
  /** 0 for the first file of the day. */
  readonly part: number;
}

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

/** The files of a trail, oldest first. */
export async function listTrailFiles(dir: string): Promise<TrailFileName[]> {
  const names = (await readdir(dir)).map(parseFileName).filter((name) => name !== undefined);
  return names.sort((a, b) => a.day.localeCompare(b.day) || a.part - b.part);
}
