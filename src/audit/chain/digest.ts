/**
 * A digest closes a segment of the trail: up to 10,000 records, or an hour. It names each of them by its
 * hash, and the digest before it by its own, so that what a key of the root token has signed binds every
 * record, their order and their number. docs/audit.md describes the file.
 */

import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { createHash, hash, verify as verifySignature } from 'node:crypto';

/** Octets of SHA-256, which a record is named by. */
export const LEAF_BYTES = 32;

/** The longest digest that is read: a million records. */
export const MAX_DIGEST_BYTES = 64 * 1024 * 1024;

/** Records of a segment that follow each other in one file. */
export interface Span {
  /** Without `.gz`. */
  readonly file: string;
  /** Where the first begins, in octets of the file before it was compressed. */
  readonly offset: number;
  readonly bytes: number;
  readonly records: number;
}

/** Why a segment was closed; `begin` and `stop` may be of segments without records. */
export type SegmentEnd = 'begin' | 'full' | 'time' | 'stop' | 'crash';

/** One record as it can be found again. */
export interface RecordName {
  readonly eventTime: string;
  readonly eventID: string;
}

/** What a digest says, and what is signed: the text of its first line. */
export interface Statement {
  /** The version of this format. */
  readonly digest: 1;
  /** 1, 2 and so on, without a gap, over all runs of the server. */
  readonly sequence: number;
  /** The data directory's lasting id. */
  readonly node: string;
  /** One run of the server. */
  readonly process: string;
  /** SHA-256 of the statement before, in hex; null for the first. */
  readonly previous: string | null;
  /** When the segment was begun and closed, by the server's clock. */
  readonly from: string;
  readonly to: string;
  readonly end: SegmentEnd;
  readonly records: number;
  /** How many of them were read back from the disk after a crash or a failing disk: nobody vouches for them. */
  readonly recovered: number;
  /** SHA-256 of the records' hashes one behind the other, in hex. */
  readonly recordsSha256: string;
  readonly first: RecordName | null;
  readonly last: RecordName | null;
  readonly spans: readonly Span[];
  /** Where the chain ends, by file: those that a record may still follow in. */
  readonly ends: Readonly<Record<string, number>>;
  /** Of the first digest: what was there before the chain began. */
  readonly earlier?: readonly { readonly file: string; readonly bytes: number }[];
  /** Files that were removed by the settings of retention. */
  readonly removed?: readonly string[];
}

/** A digest as it stands in its file. */
export interface Digest {
  /** The text that is signed, and as an object, where it is one. */
  readonly text: string;
  readonly statement: Statement | undefined;
  /** The records' hashes; undefined when retention has dropped them with the records. */
  readonly leaves: Buffer | undefined;
  readonly mac: string | undefined;
  readonly signature: Signature | undefined;
}

export interface Signature {
  /** Which key: SHA-256 of its SubjectPublicKeyInfo, in hex. */
  readonly key: string;
  /** ECDSA with SHA-256 over P-256, r‖s, in base64. */
  readonly value: string;
}

/** Signs the text of statements. */
export interface DigestSigner {
  /** Rejects while the key can't be used; the digest is signed later then. */
  sign(text: Buffer): Promise<Signature>;
}

/** The hash by which a line of the trail, without its newline, is named. */
export function leafOf(line: Buffer): Buffer {
  return hash('sha256', line, 'buffer');
}

export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A public key's name in signatures. */
export function fingerprintOf(publicKey: KeyObject): string {
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

export function isSignedBy(publicKey: KeyObject, text: string, { value }: Signature): boolean {
  const octets = Buffer.from(value, 'base64');
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return verifySignature('sha256', Buffer.from(text), key, octets);
}

/** The lines of a digest that isn't signed yet. */
export function formatDigest(text: string, leaves: Buffer, mac: string): string {
  return `${text}\n${recordsLine(leaves)}\n${JSON.stringify({ mac })}\n`;
}

export function signatureLine(signature: Signature): string {
  return `${JSON.stringify({ signature })}\n`;
}

/** A digest without the hashes of its records: what was signed stays as it was. */
export function withoutLeaves(content: string): string {
  const [text = '', , ...rest] = content.split('\n');
  return [text, recordsLine(undefined), ...rest].join('\n');
}

function recordsLine(leaves: Buffer | undefined): string {
  return JSON.stringify({ records: leaves ? leaves.toString('base64') : null });
}

/** Reads what may be anything: what isn't there, or isn't as it should be, is undefined. */
export function parseDigest(content: string): Digest {
  const [text = '', records = '', ...rest] = content.split('\n');
  const named = objectOf(records)?.records;
  const others = rest.map(objectOf);
  const mac = others.find((each) => typeof each?.mac === 'string')?.mac;
  const signature = others.map((each) => each?.signature).find(isSignature);
  return {
    text,
    statement: statementOf(text),
    leaves: typeof named === 'string' ? Buffer.from(named, 'base64') : undefined,
    mac: typeof mac === 'string' ? mac : undefined,
    signature,
  };
}

function isSignature(value: unknown): value is Signature {
  const { key, value: octets } = (value ?? {}) as Partial<Signature>;
  return typeof key === 'string' && typeof octets === 'string';
}

function statementOf(text: string): Statement | undefined {
  const value = objectOf(text);
  if (value?.digest !== 1) return undefined;
  const numbers = [value.sequence, value.records, value.recovered];
  const texts = [value.node, value.process, value.from, value.to, value.end, value.recordsSha256];
  const isWhole =
    numbers.every((each) => Number.isSafeInteger(each) && (each as number) >= 0) &&
    texts.every((each) => typeof each === 'string') &&
    (value.previous === null || typeof value.previous === 'string') &&
    Object.values(objectIn(value.ends)).every(Number.isSafeInteger) &&
    listIn(value.spans).every(isSpan) &&
    listIn(value.earlier).every((each) => typeof objectIn(each).file === 'string') &&
    listIn(value.removed).every((each) => typeof each === 'string') &&
    listIn(value.spans).reduce((sum, { records }) => sum + records, 0) === value.records;
  return isWhole ? (value as unknown as Statement) : undefined;
}

function isSpan(value: unknown): value is Span {
  const { file, offset, bytes, records } = objectIn(value);
  return typeof file === 'string' && [offset, bytes, records].every(Number.isSafeInteger);
}

// biome-ignore lint/suspicious/noExplicitAny: what was parsed has no type before it was looked at
const listIn = (value: unknown): any[] => (Array.isArray(value) ? value : []);

const objectIn = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
