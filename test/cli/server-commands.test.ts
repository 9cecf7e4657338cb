/** Commands that ask a server: one life of a key, an alias, a grant, a policy, a user, a store. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam';
import { CreateGrantCommand, CreateKeyCommand, DescribeKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withProgress } from '../../src/cli/core/progress.js';
import { listed } from '../../src/cli/core/server-command.js';
import { shown, table } from '../../src/cli/core/table.js';
import { commands } from '../../src/cli/registry.js';
import { auditRecords } from '../support/audit-records.js';
import { commandLine } from '../support/command-line.js';
import { clientsOf } from '../support/principals.js';
import { sharedServer } from '../support/shared-server.js';
import { ACCOUNT_ID } from '../support/strongroom.js';

const { strongroom, customKeyStoreId } = sharedServer();
const run = (...argv: readonly string[]) => commandLine(strongroom, ...argv);

/** In a Region that other suites' keys are not listed in, under names that nobody else has. */
const REGION = ['--region', 'ap-south-1'];
const ALIAS = 'alias/cli-commands';
const USER = 'cli-commands';
let keyId = '';
let grantId = '';
let policyFile = '';

beforeAll(async () => {
  const kms = await strongroom.client({ region: 'ap-south-1' });
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Description: 'for commands\u001b[2J' }),
  );
  keyId = KeyMetadata?.KeyId ?? '';
  const grant = await kms.send(
    new CreateGrantCommand({
      ...{ KeyId: keyId, Operations: ['Decrypt'], Name: 'reader' },
      GranteePrincipal: `arn:aws:iam::${ACCOUNT_ID}:root`,
    }),
  );
  grantId = grant.GrantId ?? '';
  policyFile = join(strongroom.dir, 'policy-of-commands.json');
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: ACCOUNT_ID },
    Action: 'kms:*',
    Resource: '*',
  };
  await writeFile(
    policyFile,
    JSON.stringify({ Version: '2012-10-17', Id: 'by-command', Statement: [statement] }),
  );
});
afterAll(async () => {
  const { iam } = clientsOf(strongroom, await strongroom.credentials());
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: USER }));
  for (const { AccessKeyId } of AccessKeyMetadata) {
    await iam.send(new DeleteAccessKeyCommand({ UserName: USER, AccessKeyId }));
  }
  await iam.send(new DeleteUserCommand({ UserName: USER }));
  await run('key', 'delete', keyId, '--days', '7', ...REGION);
});

/** In this order: what it does, its words, its exit code, what it says. */
const ROWS: readonly (readonly [
  what: string,
  argv: () => readonly string[],
  code: number,
  says: RegExp,
])[] = [
  ['names a key', () => ['alias', 'create', ALIAS, '--key', keyId], 0, /names/],
  [
    'refuses a name twice',
    () => ['alias', 'create', ALIAS, '--key', keyId],
    1,
    /AlreadyExistsException/,
  ],
  [
    'lists aliases',
    () => ['alias', 'list'],
    0,
    /ALIAS +KEY +UPDATED\n(.*\n)*alias\/cli-commands +\S+/,
  ],
  [
    'lists those of a key',
    () => ['alias', 'list', '--key', keyId],
    0,
    /^ALIAS.*\nalias\/cli-commands [^\n]*$/,
  ],
  [
    'lists keys',
    () => ['key', 'list'],
    0,
    /alias\/cli-commands +Enabled +SYMMETRIC_DEFAULT +ENCRYPT_DECRYPT/,
  ],
  ['names it once more', () => ['alias', 'create', `${ALIAS}-b`, '--key', keyId], 0, /names/],
  [
    'lists no more than are asked for',
    () => ['alias', 'list', '--limit', '1'],
    0,
    /There are more/,
  ],
  ['takes that name away', () => ['alias', 'delete', `${ALIAS}-b`], 0, /is gone/],
  ['refuses a limit that is none', () => ['key', 'list', '--limit', '0'], 2, /--limit is/],
  ['describes a key', () => ['key', 'describe', ALIAS], 0, /^KeyState: Enabled$/m],
  [
    'shows no control characters',
    () => ['key', 'describe', ALIAS],
    0,
    /^Description: for commands\?\[2J$/m,
  ],
  ['disables a key by its alias', () => ['key', 'disable', ALIAS], 0, /is disabled/],
  ['refuses what a disabled key can’t', () => ['key', 'rotate', ALIAS], 1, /^DisabledException/],
  ['enables a key', () => ['key', 'enable', ALIAS], 0, /is enabled/],
  ['rotates a key', () => ['key', 'rotate', ALIAS], 0, /rotated/],
  [
    'schedules a deletion',
    () => ['key', 'delete', ALIAS, '--days', '7'],
    0,
    /is deleted on \d{4}-/,
  ],
  ['refuses days that are none', () => ['key', 'delete', ALIAS, '--days', 'x'], 2, /--days/],
  ['keeps a key', () => ['key', 'cancel-deletion', ALIAS], 0, /is kept/],
  [
    'finds no key that is not there',
    () => ['key', 'describe', 'alias/none'],
    1,
    /^NotFoundException: /,
  ],
  ['lists grants', () => ['grant', 'list', ALIAS], 0, /reader +arn:aws:iam::\d+:root +Decrypt/],
  ['revokes a grant', () => ['grant', 'revoke', grantId, '--key', ALIAS], 0, /is gone/],
  ['lists no grant then', () => ['grant', 'list', ALIAS], 0, /^There are no grants\.$/],
  ['sets a policy', () => ['policy', 'set', ALIAS, '--file', policyFile], 0, /has the policy/],
  ['shows a policy', () => ['policy', 'show', ALIAS], 0, /"by-command"/],
  [
    'finds no file',
    () => ['policy', 'set', ALIAS, '--file', '/none'],
    2,
    /can't be read \(ENOENT\)/,
  ],
  ['takes a name away', () => ['alias', 'delete', ALIAS], 0, /is gone/],
  ['makes a user', () => ['principal', 'create-user', USER], 0, /:user\/cli-commands$/],
  ['refuses one twice', () => ['principal', 'create-user', USER], 1, /^EntityAlreadyExists: /],
  ['lists principals', () => ['principal', 'list'], 0, /user +cli-commands +arn:aws:iam::/],
  [
    'makes an access key',
    () => ['principal', 'access-key', USER],
    0,
    /^\[default\]\naws_access_key_id = \S+\naws_secret_access_key = \S{40}$/,
  ],
  ['lists no stores where there are none', () => ['store', 'list'], 0, /no custom key stores/],
  ['connects no store that is not there', () => ['store', 'connect', 'cks-0'], 1, /Exception/],
  [
    'disconnects none either',
    () => ['store', 'disconnect', 'cks-00000000000000000'],
    1,
    /NotFound/,
  ],
  ['lists events', () => ['events'], 0, /TIME +WHAT +REGION +OF\n|There are no events\./],
];

describe('by the operator’s socket', () => {
  it.each(ROWS)('%s', async (_what, argv, code, says) => {
    const ended = await run(...argv(), ...REGION);
    expect(ended).toMatchObject({ code, text: expect.stringMatching(says) });
  });

  it('makes a key, in a Region, with a name', async () => {
    const { code, text } = await run(
      'key',
      'create',
      '--alias',
      `${ALIAS}-2`,
      '--spec',
      'HMAC_256',
      '--usage',
      'GENERATE_VERIFY_MAC',
      ...REGION,
    );
    expect(code).toBe(0);
    const kms = await strongroom.client({ region: 'ap-south-1' });
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: `${ALIAS}-2` }));
    expect(text).toBe(KeyMetadata?.Arn);
    await run('alias', 'delete', `${ALIAS}-2`, ...REGION);
    await run('key', 'delete', text, '--days', '7', ...REGION);
  });

  it('sees a custom key store, and the server', async () => {
    expect((await run('store', 'list')).text).toMatch(
      new RegExp(`^${customKeyStoreId} .* CONNECTED `, 'm'),
    );
    const { code, text, json } = await run('status');
    expect({ code, text }).toEqual({
      code: 0,
      text: expect.stringContaining(`${customKeyStoreId}`),
    });
    expect(json).toMatchObject({
      ...{ endpoint: strongroom.endpoint, ready: true, database: 'SQLite' },
      tokens: expect.arrayContaining([
        expect.objectContaining({ tokenId: 'root', state: 'ready' }),
      ]),
      operator: `arn:aws:iam::${ACCOUNT_ID}:root`,
    });
  });

  it('records a command as the operator’s, and no secret of it', async () => {
    const records: Record<string, unknown>[] = await auditRecords(strongroom);
    const made = records.find(
      ({ eventName, requestParameters }) =>
        eventName === 'CreateAccessKey' && Object(requestParameters).userName === USER,
    );
    expect(made).toMatchObject({ additionalEventData: { operatorSocket: true } });
  });
});

describe('signed, over TCP', () => {
  it('takes credentials as SDKs find them', async () => {
    const { text } = await run('principal', 'access-key', USER);
    const file = join(strongroom.dir, 'commands.credentials');
    await writeFile(file, text, { mode: 0o600 });
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', strongroom.endpoint);
    try {
      const ended = await run('key', 'describe', keyId, '--profile', 'default', ...REGION);
      const arn = `arn:aws:iam::${ACCOUNT_ID}:user/${USER}`;
      expect(ended).toMatchObject({
        code: 1,
        text: expect.stringContaining(`User: ${arn} is not authorized to perform: kms:DescribeKey`),
      });
      expect(await run('key', 'list', '--profile', 'none')).toMatchObject({
        code: 2,
        text: 'there is no profile none with credentials',
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('takes those of the data directory where there are no others', async () => {
    const ended = await run('events', '--endpoint', strongroom.endpoint, ...REGION);
    expect(ended.code).toBe(0);
    const iam = await run('principal', 'list', '--endpoint', strongroom.endpoint);
    expect(iam.text).toContain(`user/${USER}`);
    expect((await run('status', '--endpoint', strongroom.endpoint)).text).toMatch(/: ready$/);
  });

  it('ends with 3 where no server answers', async () => {
    const away = await strongroom.cli('status', '--endpoint', 'http://127.0.0.1:1');
    expect(away).toEqual({
      ...{ code: 3, stdout: '' },
      stderr: expect.stringMatching(
        /^strongroom: the server at http:\/\/127\.0\.0\.1:1 does not answer: [^\n]+\n$/,
      ),
    });
    // Without a socket and with any free port nobody answers, as far as anybody can tell.
    const nowhere = await run('status', '--data-dir', '/nowhere');
    expect(nowhere).toMatchObject({ code: 3, text: expect.stringContaining('--endpoint') });
  });
});

describe('of this machine alone', () => {
  it('says all that is wrong with a configuration', async () => {
    const file = join(strongroom.dir, 'wrong.yaml');
    await writeFile(file, 'port: 80800\nhots: x\nlog: {level: loud}\n');
    const { code, json } = await run('config', 'check', '--config', file);
    expect({ code, json }).toMatchObject({
      code: 2,
      json: {
        faults: [
          expect.stringContaining('hots'),
          expect.stringContaining('port must be'),
          expect.stringContaining('log.level must be'),
        ],
      },
    });
    await writeFile(file, 'clock: simulated\nwebhooks: {a: https://example.com}\n');
    expect((await run('config', 'check', '--config', file)).json).toMatchObject({
      faults: [
        expect.stringContaining('developmentServer'),
        expect.stringContaining('webhookSecret'),
      ],
    });
    expect(await run('config', 'check')).toMatchObject({
      code: 0,
      text: 'The configuration is good.',
    });
  });

  it('completes commands and options, by bash itself', async () => {
    const { text } = await run('completion', 'bash');
    const complete = async (...words: string[]) => {
      const script = `${text}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_strongroom\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await promisify(execFile)('bash', ['-c', script]);
      return stdout.split('\n').filter(Boolean);
    };
    expect(await complete('strongroom', 'ke')).toEqual(['key']);
    expect(await complete('strongroom', 'key', 'de')).toEqual(['describe', 'delete']);
    expect(await complete('strongroom', 'key', 'delete', '--da')).toEqual(['--days', '--data-dir']);
    const all = new Set(commands.map(({ name }) => name.split(' ')[0]));
    expect(await complete('strongroom', '')).toEqual(expect.arrayContaining([...all]));
    expect((await run('completion', 'zsh')).text).toMatch(/^#compdef strongroom\n/);
    expect((await run('completion', 'fish')).code).toBe(2);
  });

  it('prints versions', async () => {
    expect((await run('version')).json).toMatchObject({ node: process.versions.node });
  });

  it('follows the pages of KMS and of IAM to the limit, and asks for none beyond', async () => {
    const pages: Record<string, Record<string, unknown>> = {
      '': { Keys: [{ n: 1 }, { n: 2 }], Truncated: true, NextMarker: 'a' },
      a: { Keys: [{ n: 3 }], IsTruncated: 'true', Marker: 'b' },
      b: { Keys: [{ n: 4 }], IsTruncated: 'false' },
    };
    const ask = vi.fn(async ({ Marker = '' }: { readonly Marker?: string }) => pages[Marker] ?? {});
    const all = await listed(ask, 'Keys', 10);
    expect(all).toEqual({ items: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }], truncated: false });
    expect(ask).toHaveBeenCalledTimes(3);
    expect(await listed(ask, 'Keys', 3)).toMatchObject({ truncated: true });
    expect(await listed(ask, 'Keys', 1)).toEqual({ items: [{ n: 1 }], truncated: true });
    expect(ask).toHaveBeenCalledTimes(6);
  });

  it('lays tables out, and shows nothing that a terminal would obey', () => {
    expect(
      table(
        ['A', 'LONG'],
        [
          ['x\u202ey', undefined],
          ['', 'z'],
        ],
        'none',
      ),
    ).toEqual(['A    LONG', 'x?y  -', '-    z']);
    expect(table(['A'], [], 'none')).toEqual(['none']);
    expect(shown({ a: '\u0007' })).not.toContain('\u0007');
  });

  it('says on a terminal that it is at work, once that takes a second, and takes it away', async () => {
    vi.useFakeTimers();
    try {
      const written: string[] = [];
      const write = (text: unknown) => written.push(String(text)) > 0;
      let end = () => {};
      const work = () => new Promise<void>((resolve) => (end = resolve));
      const done = withProgress('asking', { isTTY: true, write }, work);
      await vi.advanceTimersByTimeAsync(999);
      expect(written).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(written).toEqual([expect.stringContaining('asking … 1 s')]);
      end();
      await done;
      expect(written.at(-1)).toBe('\r\u001b[K');
      await withProgress('asking', { isTTY: false, write }, async () =>
        vi.advanceTimersByTime(5000),
      );
      expect(written).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
