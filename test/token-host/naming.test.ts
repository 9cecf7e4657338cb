/** How a host finds its token among those of its library: by what the settings name. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listTokens } from '../../src/app/token/list-tokens.js';
import type { Config } from '../../src/config/config.js';
import { makeTokenBench, TOKEN_HOST_ENTRY, type TokenBench } from '../support/token-bench.js';

const OTHER_PIN = '8765-4321';

let bench: TokenBench;
let serial: string;
beforeAll(async () => {
  bench = await makeTokenBench();
  const client = bench.client();
  ({ serial } = await client.start(bench.token.pin));
  await client.stop();
  // Of the same label, in the same library.
  await promisify(execFile)(
    'softhsm2-util',
    ['--init-token', '--free', '--label', 'test', '--so-pin', '12345678', '--pin', OTHER_PIN],
    { env: { ...process.env, ...bench.token.env } },
  );
});
afterAll(() => bench.dispose());

/** What `token list` says of a token of this name. */
async function listed(name: object) {
  const { label: _, ...settings } = bench.settings;
  const config = { tokens: [{ ...settings, ...name }] } as unknown as Config;
  const [found] = await listTokens(config, TOKEN_HOST_ENTRY);
  return found?.token?.serial ?? found?.problem;
}

const started = async (name: object) => {
  const { label: _, ...settings } = bench.settings;
  const client = bench.client({ ...settings, label: undefined as never, ...name });
  const info = await client.start(bench.token.pin).finally(() => client.stop());
  return info.serial;
};

it.each([
  ['pkcs11:serial=SERIAL'],
  ['pkcs11:token=test;serial=SERIAL;manufacturer=SoftHSM%20project;model=SoftHSM%20v2'],
  ['pkcs11:serial=SERIAL;library-manufacturer=SoftHSM;library-version=2.6'],
  [
    'pkcs11:token=test;slot-description=SoftHSM%20slot%20ID%200xSLOT;slot-manufacturer=SoftHSM%20project',
  ],
  ['pkcs11:token=test;slot-id=NUMBER'],
])('%s names one token, for a host and for token list', async (form) => {
  // SoftHSM's slot id is the end of the serial number (its source, SlotManager.cpp).
  const number = Number.parseInt(serial.slice(-8), 16) & 0x7fff_ffff;
  const uri = form
    .replace('SERIAL', serial)
    .replace('SLOT', number.toString(16))
    .replace('NUMBER', String(number));
  expect(await listed({ uri })).toBe(serial);
  expect(await started({ uri })).toBe(serial);
});

it.each([
  [{ uri: 'pkcs11:token=test' }, 'Several tokens match', 'several tokens have the URI'],
  [{ label: 'test' }, 'Several tokens match', 'several tokens have the label test'],
])('a name of two tokens is no name, and no PIN is tried: %j', async (name, refusal, problem) => {
  const logins = await bench.faults.calls('C_Login');
  await expect(started(name)).rejects.toThrow(refusal);
  expect(await listed(name)).toContain(problem);
  expect(await bench.faults.calls('C_Login')).toBe(logins);
});

it.each([
  'pkcs11:token=test;model=SoftHSM%20v3',
  'pkcs11:token=test;slot-id=1',
  'pkcs11:token=test;library-version=2',
])('%s names none', async (uri) => {
  expect(await listed({ uri })).toBe(`the library has no token with the URI ${uri}`);
});
