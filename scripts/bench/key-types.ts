/** Signatures, encapsulations, MACs and data key pairs, each beside the bare rate of what it stands on. */

import { constants, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  type CreateKeyCommandInput,
  DecapsulateCommand,
  EncapsulateCommand,
  GenerateDataKeyPairCommand,
  GenerateMacCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { encapsulationBytes } from '../../src/crypto/ml-kem.js';
import { hmac, signing } from '../../src/token-host/host/mechanisms.js';
import { STANDARD } from '../../src/token-host/vendors/quirks.js';
import { bareDecapsulation, bareEncapsulation, bareSignature } from './bare-lattices.js';
import { bareLoop } from './bare-loop.js';
import type { BenchServer } from './bench-server.js';
import { type Latencies, latencies } from './latencies.js';
import { rawLoop } from './raw-loop.js';
import type { RawSigning } from './raw-loop-messages.js';
import type { KmsCall } from './signed-requests.js';
import { DEFAULT_SESSIONS } from './sizes.js';

const MESSAGE_BYTES = 32;

export interface KeyTypeRow extends Latencies {
  readonly operation: string;
  readonly keys: 'software' | 'token';
  readonly connections: number;
  readonly requestsPerSecond: number;
  /** Microseconds of CPU a request. */
  readonly serverCpu: number;
  readonly tokenHostCpu: number;
  /** Software: the primitive in one thread. Token: the raw PKCS#11 loop with the same sessions. */
  readonly rawPerSecond: number;
  readonly ratioToRaw: number;
}

interface Case {
  readonly operation: string;
  readonly key: CreateKeyCommandInput;
  readonly call: (keyId: string) => KmsCall;
  /** Makes the primitive in software, with a key of its own. */
  readonly bare: () => () => unknown;
  /** `none`: the token can't. Absent: the token has no part in what takes the time. */
  readonly token?: RawSigning | 'none';
}

const message = randomBytes(MESSAGE_BYTES);
const ML_KEM_KEY = { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' } as const;
const ML_KEM = { EncapsulationAlgorithm: 'ML_KEM' } as const;
/** Nobody's: rejected implicitly, which takes as long as any other. */
const encapsulated = randomBytes(encapsulationBytes('ML_KEM_768'));
const p256 = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

const CASES: readonly Case[] = [
  {
    operation: 'Sign ECDSA_SHA_256, P-256',
    key: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    call: (KeyId) => signCall({ KeyId, SigningAlgorithm: 'ECDSA_SHA_256' }),
    bare: () => {
      const key = p256().privateKey;
      return () => sign('sha256', message, key);
    },
    token: { mechanism: signing('ecdsa', 'sha256', STANDARD), inputBytes: 32, outputBytes: 64 },
  },
  {
    operation: 'Sign RSASSA_PSS_SHA_256, RSA-2048',
    key: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
    call: (KeyId) => signCall({ KeyId, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }),
    bare: () => {
      const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return () => sign('sha256', message, { key, padding, saltLength: 32 });
    },
    token: { mechanism: signing('pss', 'sha256', STANDARD), inputBytes: 32, outputBytes: 256 },
  },
  {
    operation: 'Sign ML_DSA_SHAKE_256, ML-DSA-65',
    key: { KeySpec: 'ML_DSA_65', KeyUsage: 'SIGN_VERIFY' },
    call: (KeyId) => signCall({ KeyId, SigningAlgorithm: 'ML_DSA_SHAKE_256' }),
    bare: () => bareSignature('ML_DSA_65', message),
    token: 'none',
  },
  {
    operation: 'Encapsulate ML_KEM, ML-KEM-768',
    key: ML_KEM_KEY,
    call: (KeyId) => (client) => client.send(new EncapsulateCommand({ KeyId, ...ML_KEM })),
    bare: () => bareEncapsulation('ML_KEM_768'),
    token: 'none',
  },
  {
    operation: 'Decapsulate ML_KEM, ML-KEM-768',
    key: ML_KEM_KEY,
    call: (KeyId) => (client) =>
      client.send(
        new DecapsulateCommand({ KeyId, ...ML_KEM, SharedSecretCiphertextBlob: encapsulated }),
      ),
    bare: () => bareDecapsulation('ML_KEM_768', encapsulated),
    token: 'none',
  },
  {
    operation: 'GenerateMac HMAC_SHA_256',
    key: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
    call: (KeyId) => (client) =>
      client.send(
        new GenerateMacCommand({ KeyId, MacAlgorithm: 'HMAC_SHA_256', Message: message }),
      ),
    bare: () => {
      const key = randomBytes(32);
      return () => createHmac('sha256', key).update(message).digest();
    },
    token: { mechanism: hmac('sha256'), inputBytes: MESSAGE_BYTES, outputBytes: 32 },
  },
  {
    operation: 'GenerateDataKeyPair ECC_NIST_P256',
    key: {},
    call: (KeyId) => (client) =>
      client.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' })),
    bare: () => p256,
  },
];

type SignMembers = Omit<ConstructorParameters<typeof SignCommand>[0], 'Message'>;

function signCall(members: SignMembers): KmsCall {
  return (client) => client.send(new SignCommand({ ...members, Message: message }));
}

/** Every case with software and token keys. */
export async function measureKeyTypes(bench: BenchServer): Promise<KeyTypeRow[]> {
  const rows: KeyTypeRow[] = [];
  for (const keys of ['software', 'token'] as const) {
    for (const one of CASES) {
      if (keys === 'token' && one.token === 'none') continue;
      const placement = keys === 'token' ? bench.tokenPlacement : {};
      const keyId = await bench.createKey({ ...one.key, ...placement });
      const rawPerSecond =
        keys === 'token' && typeof one.token === 'object'
          ? await rawSigning(bench, keyId, one.token)
          : bareLoop(one.bare(), bench.sizes.keyTypes.window);
      const order = {
        connections: bench.sizes.keyTypes.connections,
        ...bench.sizes.keyTypes.window,
      };
      const served = await bench.measure([one.call(keyId)], order);
      const requestsPerSecond = served.requests / served.seconds;
      rows.push({
        operation: one.operation,
        keys,
        connections: bench.sizes.keyTypes.connections,
        requestsPerSecond,
        ...latencies(served.latencies),
        serverCpu: served.serverCpu,
        tokenHostCpu: served.tokenHostCpu,
        rawPerSecond,
        ratioToRaw: requestsPerSecond / rawPerSecond,
      });
    }
  }
  return rows;
}

async function rawSigning(
  { rawToken, sizes: { keyTypes } }: BenchServer,
  keyId: string,
  how: RawSigning,
): Promise<number> {
  const { callsPerSecond } = await rawLoop({
    ...rawToken,
    ...keyTypes.window,
    operation: 'sign',
    signing: how,
    plaintextBytes: 0,
    aadBytes: 0,
    keyId,
    sessions: DEFAULT_SESSIONS,
  });
  return callsPerSecond;
}
