import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { Capabilities } from '../../../src/keystores/token/capabilities.js';
import type { ProbePace } from '../../../src/keystores/token/probe-rounds.js';
import type { TokenSettings } from '../../../src/token-host/protocol/protocol.js';
import { hostProcesses } from '../../support/host-processes.js';
import { nssModule } from '../../support/nss-module.js';
import { PATIENCE_MS } from '../../support/patience.js';
import { makeTokenBench, type TokenBench } from '../../support/token-bench.js';
import { soon, whenState } from '../../support/waiting.js';
import { QUICK, SILENT, whenDecided } from './token-store-bench.js';

const RSA_SIZES = [2048, 3072, 4096];
const RSA_OAEP = (hash: string) =>
  RSA_SIZES.map((bits) => `RSA_${bits}:ENCRYPT_DECRYPT:RSAES_OAEP_${hash}`);
const RSA_SIGNING = RSA_SIZES.flatMap((bits) =>
  ['PKCS1_V1_5', 'PSS'].flatMap((padding) =>
    [256, 384, 512].map((sha) => `RSA_${bits}:SIGN_VERIFY:RSASSA_${padding}_SHA_${sha}`),
  ),
);
const AES = ['SYMMETRIC_DEFAULT:ENCRYPT_DECRYPT:SYMMETRIC_DEFAULT'];
const HMAC = [224, 256, 384, 512].map((sha) => `HMAC_${sha}:GENERATE_VERIFY_MAC:HMAC_SHA_${sha}`);
const NIST_ECDSA = [
  'ECC_NIST_P256:SIGN_VERIFY:ECDSA_SHA_256',
  'ECC_NIST_P384:SIGN_VERIFY:ECDSA_SHA_384',
  'ECC_NIST_P521:SIGN_VERIFY:ECDSA_SHA_512',
];
const SECP256K1 = ['ECC_SECG_P256K1:SIGN_VERIFY:ECDSA_SHA_256'];
const ED25519 = ['ECC_NIST_EDWARDS25519:SIGN_VERIFY:ED25519_SHA_512'];
const ECDH = [256, 384, 521].map((bits) => `ECC_NIST_P${bits}:KEY_AGREEMENT:ECDH`);

const SIGNING = [...RSA_SIGNING, ...NIST_ECDSA, ...SECP256K1, ...ED25519];
/** All that SoftHSM 2.6.1 does: no OAEP with SHA-256, no Ed25519ph, no ML-DSA, no SM2. */
const SOFTHSM = [...AES, ...HMAC, ...RSA_OAEP('SHA_1'), ...SIGNING, ...ECDH];

const without = (...missing: string[][]) =>
  SOFTHSM.filter((name) => !missing.flat().includes(name));

const DEVICE_ERROR = 0x30;
const FUNCTION_FAILED = 0x06;
const MECHANISM_INVALID = 0x70;
const GENERAL_ERROR = 0x05;
const FUNCTION_NOT_SUPPORTED = 0x54;
const DEVICE_MEMORY = 0x31;
const CKA_VALUE = 0x11;

describe('the capabilities of a token', () => {
  let bench: TokenBench;
  const opened: Capabilities[] = [];
  afterEach(async () => {
    // A round that runs ends with the token.
    const stopped = opened.splice(0).map((capabilities) => capabilities.stop());
    await bench.dispose();
    await Promise.all(stopped);
  });

  async function connect(
    settings: Partial<TokenSettings> = {},
    pin?: string,
    pace: ProbePace = QUICK,
  ) {
    const client = bench.client(settings);
    await client.start(pin ?? bench.token.pin);
    const intents = new Set<string>();
    const forget = async (ckaId: string) => void intents.delete(ckaId);
    const capabilities = new Capabilities({
      tokenId: 't',
      client,
      log: SILENT,
      now: Date.now,
      pace,
      reconciler: { wake: () => undefined },
      objects: {
        intend: async ({ ckaId }) => void intents.add(ckaId),
        discard: async () => undefined,
        forget,
      },
    });
    opened.push(capabilities);
    return { client, capabilities, intents };
  }

  async function proven(settings: Partial<TokenSettings> = {}, pin?: string): Promise<string[]> {
    const { capabilities } = await connect(settings, pin);
    await whenDecided(capabilities);
    return [...capabilities.proven].sort();
  }

  it('are these for SoftHSM', async () => {
    bench = await makeTokenBench();
    expect(await proven()).toEqual([...SOFTHSM].sort());
  });

  it('include OAEP with SHA-256 when the settings have the host take the padding off', async () => {
    bench = await makeTokenBench();
    expect(await proven({ rawRsaOaep: true })).toEqual([...SOFTHSM, ...RSA_OAEP('SHA_256')].sort());
  });

  it.each([
    { rawRsaOaep: false, proven: ['RSAES_OAEP_SHA_1'] },
    { rawRsaOaep: true, proven: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] },
  ])('are asked for by key, rawRsaOaep: $rawRsaOaep', async ({ proven: expected, ...settings }) => {
    bench = await makeTokenBench();
    const { capabilities } = await connect(settings);
    const rsa = { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' } as const;
    expect(await capabilities.provenAlgorithms(rsa, soon())).toEqual(expected);
    const beyond = { keySpec: 'ML_DSA_44', keyUsage: 'SIGN_VERIFY' } as const;
    expect(await capabilities.provenAlgorithms(beyond, soon())).toEqual([]);
  });

  it('are these for NSS', async () => {
    bench = await makeTokenBench();
    const directory = join(bench.token.dir, 'nss');
    await mkdir(directory);
    await promisify(execFile)('certutil', ['-N', '-d', `sql:${directory}`, '--empty-password']);
    const settings = {
      vendor: 'nss',
      module: nssModule(),
      label: 'NSS Certificate DB',
      libraryParameters: `configdir='sql:${directory}' certPrefix='' keyPrefix='' secmod='secmod.db' flags=`,
    };
    expect(await proven(settings, '')).toEqual(
      [...without(SECP256K1, ED25519), ...RSA_OAEP('SHA_256')].sort(),
    );
  });

  it.each<[what: string, directive: string, expected: string[]]>([
    ['signs wrongly', 'corrupt C_Sign', without(SIGNING, HMAC)],
    ['encrypts wrongly', 'corrupt C_Encrypt', without(AES)],
    ['decrypts wrongly', 'corrupt C_Decrypt', without(AES, RSA_OAEP('SHA_1'))],
    ['agrees on something else', `flip ${CKA_VALUE}`, without(ECDH)],
    ['refuses to sign', `fail C_Sign ${FUNCTION_FAILED}`, without(SIGNING, HMAC)],
    ['has no mechanism for it', `fail C_SignInit ${MECHANISM_INVALID}`, without(SIGNING, HMAC)],
    ['makes no pairs', `fail C_GenerateKeyPair ${FUNCTION_FAILED}`, [...AES, ...HMAC]],
    ['imports no keys', `fail C_CreateObject ${FUNCTION_FAILED}`, SOFTHSM],
    ['fails in passing', `fail C_Sign ${GENERAL_ERROR} 1`, SOFTHSM],
    ['lost a session', `fail C_SignInit ${0xb3} 1`, SOFTHSM],
  ])('do not include what it claims when it %s', async (_what, directive, expected) => {
    bench = await makeTokenBench();
    const { capabilities } = await connect();
    await bench.faults.set(directive);
    await whenDecided(capabilities);
    expect([...capabilities.proven].sort()).toEqual([...expected].sort());
  });

  const P256 = { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' } as const;
  const AES_KEY = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const;
  const HMAC_KEY = { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' } as const;
  const stateOf = (capabilities: Capabilities, capability = NIST_ECDSA[0] as string) =>
    capabilities.verdicts().get(capability);

  it.each([
    ['CKR_GENERAL_ERROR', GENERAL_ERROR],
    ['CKR_FUNCTION_FAILED', FUNCTION_FAILED],
    ['CKR_FUNCTION_NOT_SUPPORTED', FUNCTION_NOT_SUPPORTED],
    ['CKR_0x80000123', 0x80000123],
    ['CKR_DEVICE_MEMORY', DEVICE_MEMORY],
  ])('are not judged by a fault that passes: %s', async (code, rv) => {
    bench = await makeTokenBench();
    const { capabilities } = await connect({}, undefined, { ...QUICK, confirmAfterMs: 5000 });
    await bench.faults.set(`fail C_SignInit ${rv}`, `fail C_EncryptInit ${rv}`);
    const specs = [AES_KEY, HMAC_KEY, P256];
    const waiting = Promise.all(specs.map((spec) => capabilities.requireKey(spec, soon())));
    const reasons = () =>
      [...capabilities.verdicts()].filter(
        ([, verdict]) => 'reason' in verdict && verdict.reason === code,
      );
    await expect.poll(() => reasons().length, { timeout: PATIENCE_MS }).toBe(specs.length);
    for (const spec of specs) {
      await expect(capabilities.requireKey(spec, Date.now() + 50)).rejects.toMatchObject({
        kind: 'unproven',
        message: expect.stringMatching(
          `^The token t could not be tried for .*${code}.*again later`,
        ),
      });
    }
    expect(stateOf(capabilities)).toMatchObject({ state: 'unknown', reason: code });
    await bench.faults.clear();
    await waiting;
  });

  it('are not judged by a device that fails, and are tried again when needed', async () => {
    bench = await makeTokenBench();
    const { client, capabilities } = await connect();
    await bench.faults.set(`fail C_DeriveKey ${DEVICE_ERROR}`);
    const spec = { keySpec: 'ECC_NIST_P256', keyUsage: 'KEY_AGREEMENT' } as const;
    await expect(capabilities.requireKey(spec, Date.now() + 3000)).rejects.toMatchObject({
      kind: 'unproven',
    });
    await bench.faults.clear();
    await whenState(client, 'ready');
    await capabilities.requireKey(spec, soon());
    await capabilities.requireKey(HMAC_KEY, soon());
  });

  it.each([
    ['a fault that passes', `fail C_SignInit ${FUNCTION_NOT_SUPPORTED}`, 'works'],
    ["a vendor's fault", `fail C_SignInit ${0x80000123}`, 'works'],
    ['a definite answer', `fail C_SignInit ${MECHANISM_INVALID}`, 'lacks'],
    ['a wrong answer', 'corrupt C_Sign', 'lacks'],
  ])('are tried again after the host was replaced: %s', async (_what, directive, state) => {
    bench = await makeTokenBench();
    const { client, capabilities } = await connect({}, undefined, { ...QUICK, againMs: 0 });
    await whenDecided(capabilities);
    const unsubscribe = client.onStateChange((now) => {
      if (now === 'ready') capabilities.probeAgain();
    });
    await bench.faults.set(directive);
    const tried = await bench.faults.calls('C_SignInit');
    const [pid] = await hostProcesses(bench.settings.id);
    process.kill(pid as number, 'SIGKILL');
    await expect.poll(() => bench.faults.calls('C_SignInit')).toBeGreaterThan(tried + 10);
    await capabilities.probeAll();
    unsubscribe();
    expect(stateOf(capabilities)?.state).toBe(state);
  });

  it.each([
    ['full', DEVICE_MEMORY, 'full'],
    ['write-protected', 0xe2, 'write-protected'],
    ['ill', 0x80000123, 'unproven'],
  ])('are not found out on a token that is %s, and it says so', async (_what, rv, kind) => {
    bench = await makeTokenBench();
    const { capabilities } = await connect();
    await bench.faults.set(`fail C_GenerateKeyPair ${rv}`);
    const refused = capabilities.requireKey(P256, Date.now() + 1000);
    await expect(refused).rejects.toMatchObject({ kind });
    await bench.faults.clear();
    await capabilities.requireKey(P256, soon());
  });

  it('of a large RSA key are those of a small one, whichever is asked for first', async () => {
    bench = await makeTokenBench();
    const { capabilities } = await connect();
    const large = { keySpec: 'RSA_4096', keyUsage: 'SIGN_VERIFY' } as const;
    await capabilities.requireKey(large, soon());
  });

  it('are refused with what the token said', async () => {
    bench = await makeTokenBench();
    const { capabilities } = await connect();
    await bench.faults.set(`fail C_SignInit ${MECHANISM_INVALID}`);
    await expect(capabilities.requireKey(P256, soon())).rejects.toMatchObject({
      kind: 'unsupported',
      message: `The token t cannot make this key: ${NIST_ECDSA[0]} (CKR_MECHANISM_INVALID)`,
    });
  });

  it('survive the death of the host in the middle of a probe', async () => {
    bench = await makeTokenBench();
    const { capabilities } = await connect();
    await bench.faults.set('delay C_GenerateKeyPair 1000000');
    const probing = capabilities.probeAll();
    await expect.poll(() => bench.faults.calls('C_GenerateKeyPair')).toBe(1);
    const [pid] = await hostProcesses(bench.settings.id);
    await bench.faults.clear();
    process.kill(pid as number, 'SIGKILL');
    await probing;
    await whenDecided(capabilities);
    expect([...capabilities.proven].sort()).toEqual([...SOFTHSM].sort());
  });

  it('are waited for no longer than the caller has time', async () => {
    bench = await makeTokenBench();
    const { capabilities } = await connect();
    await bench.faults.set('delay C_GenerateKeyPair 2000000');
    const spec = { keySpec: 'ECC_NIST_P384', keyUsage: 'SIGN_VERIFY' } as const;
    await expect(capabilities.requireKey(spec, Date.now() + 100)).rejects.toMatchObject({
      kind: 'unproven',
    });
    await bench.faults.clear();
    await capabilities.requireKey(spec, soon());
    expect(await bench.faults.calls('C_GenerateKeyPair')).toBe(1);
  });

  it('are tried by two servers at once, and nothing is left in the token', async () => {
    bench = await makeTokenBench();
    const servers = await Promise.all([connect(), connect()]);
    await Promise.all(servers.map(({ capabilities }) => whenDecided(capabilities)));
    for (const { capabilities, intents } of servers) {
      expect([...capabilities.proven].sort()).toEqual([...SOFTHSM].sort());
      expect([...intents]).toEqual([]);
    }
    const { client } = await connect();
    await client.listed();
    expect(client.objects().size).toBe(0);
  });
});
