/** The rows of every table here, read from the one table of specs and algorithms. */

import {
  algorithmsOf,
  type KeySpec,
  type KeyUsage,
  keySpecs,
  type MessageType,
  type SigningAlgorithm,
  signingAlgorithms,
  signingRow,
  specRow,
} from '../../src/crypto/algorithms.js';

/** A spec with one of its usages: what CreateKey makes. */
export interface KeyKind<Algorithm extends string = string> {
  readonly keySpec: Exclude<KeySpec, 'SM2'>;
  readonly keyUsage: KeyUsage;
  readonly algorithms: readonly Algorithm[];
}

/** A key kind with one of its algorithms. */
export interface AlgorithmRow<Algorithm extends string = string> {
  readonly kind: KeyKind<Algorithm>;
  readonly keySpec: KeyKind['keySpec'];
  readonly algorithm: Algorithm;
}

/** A way to sign: an algorithm of a spec with a message type. */
export interface SigningRow extends AlgorithmRow<SigningAlgorithm> {
  readonly messageType: MessageType;
  readonly length: number | 'any';
}

/** Every spec that this server makes. SM2 belongs to AWS's China Regions. */
export const madeSpecs = (Object.keys(keySpecs) as KeySpec[]).filter(
  (keySpec): keySpec is KeyKind['keySpec'] => keySpec !== 'SM2',
);

export const keyKinds: readonly KeyKind[] = madeSpecs.flatMap((keySpec) =>
  (Object.keys(specRow(keySpec).usages) as KeyUsage[]).map((keyUsage) => ({
    keySpec,
    keyUsage,
    algorithms: algorithmsOf({ keySpec, keyUsage }),
  })),
);

/** The kinds of one usage; the caller names the type of that usage's algorithms. */
export function kindsOf<Algorithm extends string>(keyUsage: KeyUsage): KeyKind<Algorithm>[] {
  return keyKinds.filter((kind): kind is KeyKind<Algorithm> => kind.keyUsage === keyUsage);
}

export function rowsOf<Algorithm extends string>(keyUsage: KeyUsage): AlgorithmRow<Algorithm>[] {
  return kindsOf<Algorithm>(keyUsage).flatMap((kind) =>
    kind.algorithms.map((algorithm) => ({ kind, keySpec: kind.keySpec, algorithm })),
  );
}

export const signingRows: readonly SigningRow[] = rowsOf<SigningAlgorithm>('SIGN_VERIFY').flatMap(
  (row) =>
    Object.entries(signingRow(row.algorithm).messages).map(([messageType, length]) => ({
      ...row,
      messageType: messageType as MessageType,
      length,
    })),
);

export const allSigningAlgorithms = Object.keys(signingAlgorithms) as SigningAlgorithm[];

/** The specs of the data key pairs that this server makes. */
export const dataKeyPairSpecs = madeSpecs.filter((keySpec) => specRow(keySpec).dataKeyPair);

/** Asymmetric kinds: those with a public key. */
export const pairKinds = keyKinds.filter(
  ({ keySpec }) => !['aes', 'hmac'].includes(specRow(keySpec).keyType),
);
