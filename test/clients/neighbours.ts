/**
 * What clients need beside a key management server: DynamoDB, in which hierarchical keyrings keep their
 * branch keys, and S3, both by moto, which pip brings.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PATIENCE_MS } from '../support/patience.js';
import { REGION, withDeadline } from '../support/strongroom.js';
import { runToEnd } from './child.js';

const DIRECTORY = join(import.meta.dirname, 'neighbours');
const INSTALL_LIMIT_MS = 900_000;

/** Where branch keys lie: the schema is that of the AWS Cryptographic Material Providers Library. */
export const BRANCH_KEYS = 'branch-keys';

export class Neighbours {
  readonly endpoint: string;
  readonly #child: ChildProcess;

  private constructor(endpoint: string, child: ChildProcess) {
    this.endpoint = endpoint;
    this.#child = child;
  }

  /** @returns what stands in the way, in place of them. */
  static async start(): Promise<Neighbours | string> {
    const order = { cwd: DIRECTORY, env: process.env, limitMs: INSTALL_LIMIT_MS };
    const pip = ['--quiet', '--require-hashes', '-r', 'requirements.txt'];
    for (const command of [
      ['python3', '-m', 'venv', 'venv'],
      ['venv/bin/pip', 'install', ...pip],
    ] as const) {
      const ended = await runToEnd(command, order).catch((error: Error) => error);
      if (ended instanceof Error) return `there is no \`${command[0]}\``;
      if (ended.code !== 0) return `\`${command.join(' ')}\` failed: ${ended.stderr}`;
    }
    const child = spawn(join(DIRECTORY, 'venv/bin/python'), ['main.py'], {
      cwd: DIRECTORY,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [line] = await withDeadline(
      once(createInterface({ input: child.stdout }), 'line'),
      PATIENCE_MS,
      'moto did not start',
    );
    const neighbours = new Neighbours(String(line), child);
    await neighbours.#makeTable();
    return neighbours;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await ended;
  }

  async #makeTable(): Promise<void> {
    const keys = [
      { name: 'branch-key-id', type: 'HASH' },
      { name: 'type', type: 'RANGE' },
    ];
    const credential = `any/20260101/${REGION}/dynamodb/aws4_request`;
    const answer = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.CreateTable',
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=any`,
      },
      body: JSON.stringify({
        TableName: BRANCH_KEYS,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map(({ name }) => ({ AttributeName: name, AttributeType: 'S' })),
        KeySchema: keys.map(({ name, type }) => ({ AttributeName: name, KeyType: type })),
      }),
    });
    if (!answer.ok) throw new Error(`no table of branch keys: ${await answer.text()}`);
  }
}
