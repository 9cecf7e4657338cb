/** `strongroom token list` and `token check`, over SoftHSM behind the fault module, which counts. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { SOFTHSM_MODULE } from '../support/softhsm-token.js';

const CHECK_MS = 240_000;

let faulty: FaultyStrongroom;
beforeAll(async () => {
  faulty = await faultyStrongroom();
});
afterEach(() => faulty.cluster.clear());
afterAll(() => faulty?.dispose());

async function check(...options: string[]) {
  const logins = await faulty.cluster.calls('C_Login');
  const ended = await faulty.strongroom.cli('token', 'check', CLUSTER_ID, '--json', ...options);
  return {
    ...ended,
    logins: (await faulty.cluster.calls('C_Login')) - logins,
    json: ended.stdout === '' ? {} : JSON.parse(ended.stdout),
  };
}

/** Everything that the token holds. */
function objects(): Promise<string> {
  return new Pkcs11Tool(faulty.strongroom, CLUSTER_ID).run('--list-objects');
}

describe('token list', () => {
  it('finds the tokens of the configuration without a login', async () => {
    const { code, stdout } = await faulty.strongroom.cli('token', 'list', '--json');
    const { tokens } = JSON.parse(stdout);
    expect({ code, ids: tokens.map(({ id }: { id: string }) => id) }).toEqual({
      code: 0,
      ids: ['root', CLUSTER_ID],
    });
    expect(tokens[1].token).toMatchObject({
      label: CLUSTER_ID,
      flags: ['CKF_LOGIN_REQUIRED', 'CKF_USER_PIN_INITIALIZED', 'CKF_TOKEN_INITIALIZED'],
    });
    expect(await faulty.cluster.calls('C_Login')).toBe(0);
  });

  it('says that a token is away, or a library is not there', async () => {
    await faulty.cluster.set('absent');
    const away = await faulty.strongroom.cli('token', 'list');
    expect(away).toMatchObject({ code: 1, stdout: expect.stringContaining('has no token with') });
    const gone = await faulty.strongroom.cli('token', 'list', '--library', '/gone.so');
    expect(gone).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^strongroom: \/gone.so: /),
    });
  });
});

describe('token check', () => {
  it(
    'tries all that a key does, with one login, and leaves nothing',
    async () => {
      const before = await objects();
      const { code, logins, json, stdout } = await check();
      expect({ code, logins, fit: json.fit, problems: json.problems }).toEqual({
        ...{ code: 0, logins: 1, fit: true, problems: [] },
      });
      expect(json.trial).toMatchObject({
        ...{ left: [], hostsReplaced: 0, rootToken: { fit: true }, sharing: 'shared' },
        ...{ wrappedResidency: { fit: true, scheme: 'pad' }, proposed: {} },
        sessions: { atOnce: 10, tried: 10 },
        keyLimits: { labelBytes: 255, ckaIdBytes: 255, guarded: true, value: 'hidden' },
      });
      expect(json.trial.capabilities).toMatchObject({
        'SYMMETRIC_DEFAULT:ENCRYPT_DECRYPT:SYMMETRIC_DEFAULT': { state: 'works' },
        'RSA_2048:ENCRYPT_DECRYPT:RSAES_OAEP_SHA_256': {
          ...{ state: 'lacks', reason: 'CKR_ARGUMENTS_BAD' },
        },
      });
      const pin = await readFile(join(faulty.strongroom.dataDir, `${CLUSTER_ID}.pin`), 'utf8');
      expect(stdout).not.toContain(pin.trim());
      expect(await objects()).toEqual(before);
    },
    CHECK_MS,
  );

  it('tries no PIN when one try is left', async () => {
    await faulty.cluster.set('lasttry');
    const { code, logins, json } = await check();
    expect({ code, logins }).toEqual({ code: 1, logins: 0 });
    expect(json.problems).toEqual([
      expect.stringMatching(/^CKF_USER_PIN_FINAL_TRY: one try is left/),
    ]);
    expect(json).not.toHaveProperty('trial');
  });

  it('tries a wrong PIN once, and not again', async () => {
    const file = join(faulty.strongroom.dir, 'wrong.pin');
    await writeFile(file, 'not-the-pin', { mode: 0o600 });
    const first = await check('--pin-file', file);
    expect(first).toMatchObject({ code: 1, logins: 1, stdout: '' });
    expect(first.stderr).toMatch(/^strongroom: [^\n]*CKR_PIN_INCORRECT[^\n]*tried once[^\n]*\n$/);
    const second = await check('--pin-file', file);
    expect(second).toMatchObject({ code: 1, logins: 0, stdout: '' });
    expect(second.stderr).toMatch(
      /^strongroom: [^\n]*before, or nobody knows[^\n]*, so it was not tried again[^\n]*\n$/,
    );
  });

  it(
    'destroys what an earlier one left, and says what to set for the token that it finds',
    async () => {
      const before = await objects();
      await faulty.cluster.set('fail C_DestroyObject 0x30');
      const stuck = await check();
      expect(stuck.code).toBe(1);
      expect(stuck.json.trial).not.toHaveProperty('keyLimits');
      expect(stuck.json.trial.left).not.toEqual([]);
      expect(await objects()).not.toEqual(before);
      await faulty.cluster.set('sessions 4', 'unshared');
      const wrongVendor = join(faulty.strongroom.dir, 'luna.yaml');
      const yaml = await readFile(join(faulty.strongroom.dir, 'strongroom.yaml'), 'utf8');
      await writeFile(wrongVendor, yaml.replaceAll('vendor: softhsm', 'vendor: luna-fips'));
      const { code, json } = await check('--config', wrongVendor);
      expect(code).toBe(0);
      expect(json.trial.destroyedLeftovers).toBeGreaterThan(0);
      expect(json.trial.sessions).toEqual({ atOnce: 4, tried: 10, code: 'CKR_SESSION_COUNT' });
      expect(json.trial.proposed).toEqual({
        threads: 'single',
        quirks: { aesGcmIv: 'host', aesGcmIvBytes: 12, maxSessions: 4 },
      });
      expect(json.warnings).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^it gave 4 sessions/),
          expect.stringMatching(/serves one thread only/),
        ]),
      );
      await faulty.cluster.clear();
      expect(await objects()).toEqual(before);
    },
    CHECK_MS,
  );

  it('names the tokens there are', async () => {
    expect(await faulty.strongroom.cli('token', 'check', 'other')).toMatchObject({
      code: 1,
      stderr: `strongroom: no token with the id other is configured; there are root, ${CLUSTER_ID}\n`,
    });
  });

  it('shows any library its tokens', async () => {
    const { code, stdout } = await faulty.strongroom.cli(
      'token',
      'list',
      '--library',
      SOFTHSM_MODULE,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(SOFTHSM_MODULE) });
  });
});
