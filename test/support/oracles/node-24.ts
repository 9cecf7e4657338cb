/** Node 24 with the OpenSSL 3.5 inside it, which has ML-KEM and ML-DSA: a process of its own. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = resolve(`test/support/node-24/node_modules/node-linux-${process.arch}/bin/node`);

/** Runs a module of this folder or another in it. @returns what it wrote to stdout, as JSON */
export async function inNode24(module: string, argument: unknown): Promise<unknown> {
  if (!existsSync(PROGRAM)) {
    throw new Error('the tests need a Node 24: `npm ci --prefix test/support/node-24` installs it');
  }
  const args = ['--import', 'tsx', resolve(module), JSON.stringify(argument)];
  const { stdout } = await promisify(execFile)(PROGRAM, args);
  return JSON.parse(stdout);
}

/** What OpenSSL 3.5 is asked to do; octets in base64, keys in DER. */
export type OpensslTask =
  | { readonly do: 'encapsulate'; readonly publicKey: string }
  | { readonly do: 'decapsulate'; readonly privateKey: string; readonly ciphertext: string }
  | { readonly do: 'public key'; readonly privateKey: string }
  | { readonly do: 'sign'; readonly privateKey: string; readonly message: string }
  | {
      readonly do: 'verify';
      readonly publicKey: string;
      readonly message: string;
      readonly signature: string;
    }
  /** A new pair; its private key as node:crypto exports it, seed and expanded key together. */
  | { readonly do: 'pair'; readonly type: string };

export interface OpensslAnswer {
  readonly secret?: string;
  readonly ciphertext?: string;
  readonly publicKey?: string;
  readonly privateKey?: string;
  readonly signature?: string;
  readonly valid?: boolean;
}

/** All tasks in one process, which takes a moment to start. @returns their answers in order */
export async function openssl35(tasks: readonly OpensslTask[]): Promise<OpensslAnswer[]> {
  const answers = await inNode24('test/support/oracles/openssl-3.5.mjs', tasks);
  return answers as OpensslAnswer[];
}

export const base64 = (octets: Uint8Array | undefined) =>
  Buffer.from(octets ?? []).toString('base64');
export const fromBase64 = (text: string | undefined) => Buffer.from(text ?? '', 'base64');
