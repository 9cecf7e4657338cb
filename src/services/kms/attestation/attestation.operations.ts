/** What proves that a key is in hardware. Strongroom's own. */
import { type Static, Type } from 'typebox';
import { Blob, OneOf } from '../../../declare/shape-kinds.js';
import { able } from '../../../keystores/contract/abilities.js';
import type { Attestation, KeyClaims, KeyProof } from '../../../keystores/contract/attestation.js';
import { isPresent } from '../../../keystores/contract/material.js';
import { findCurrentMaterial } from '../keys/key.js';
import { onKey } from '../on-key.js';
import { KeyIdRef, KeyMaterialId } from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';

const MAX_STATEMENT_BYTES = 65_536;

const Claims = Type.Object({
  Sensitive: Type.Optional(Type.Boolean()),
  Extractable: Type.Optional(Type.Boolean()),
  AlwaysSensitive: Type.Optional(Type.Boolean()),
  NeverExtractable: Type.Optional(Type.Boolean()),
  Local: Type.Optional(Type.Boolean()),
  KeyGenMechanism: Type.Optional(Type.String()),
  TokenManufacturer: Type.String(),
  TokenModel: Type.String(),
  TokenSerialNumber: Type.String(),
  TokenFirmwareVersion: Type.String(),
});

const Proof = Type.Object({
  Kind: OneOf(['NONE', 'STATEMENT']),
  Note: Type.String(),
  Format: Type.Optional(Type.String()),
  Statement: Type.Optional(Blob(1, MAX_STATEMENT_BYTES)),
  Certificates: Type.Optional(Type.Array(Blob(1, MAX_STATEMENT_BYTES))),
});

const NO_MATERIAL = { kind: 'none', note: 'This key has no key material.' } as const;
const NO_STATEMENT = {
  kind: 'none',
  note: 'Nothing proves where this key is: its key store has no statement about its keys.',
} as const;

export const getKeyAttestation = onKey('GetKeyAttestation', {
  summary: "Says what proves that a KMS key is in hardware, and what its token's library claims.",
  route: 'GET /keys/{KeyId}/attestation',
  restOnly: true,
  output: Type.Object({
    KeyId: KeyIdRef,
    KeyMaterialId: Type.Optional(KeyMaterialId),
    Proof,
    LibraryClaims: Type.Optional(Claims),
  }),
  state: 'any',
  keyIds: 'any',
  crossAccount: true,
  readOnly: true,
  errors: ['KMSInvalidStateException'],
  async run({ key, deadline }, { keyStores }: { readonly keyStores: KeyStores }) {
    const material = findCurrentMaterial(key);
    if (!material || !isPresent(material)) return { KeyId: key.arn, Proof: proofOf(NO_MATERIAL) };
    const store = keyStores.of(key);
    const { proof, claims }: Attestation = able(store, 'attest')
      ? await store.attest(material, deadline)
      : { proof: NO_STATEMENT, claims: undefined };
    return {
      KeyId: key.arn,
      KeyMaterialId: material.materialId,
      Proof: proofOf(proof),
      ...(claims && { LibraryClaims: claimsOf(claims) }),
    };
  },
});

function proofOf(proof: KeyProof): Static<typeof Proof> {
  if (proof.kind === 'none') return { Kind: 'NONE', Note: proof.note };
  const { note: Note, format: Format, statement: Statement, certificates } = proof;
  return { Kind: 'STATEMENT', Note, Format, Statement, Certificates: [...certificates] };
}

function claimsOf(claims: KeyClaims): Static<typeof Claims> {
  const { token, keyGenMechanism } = claims;
  return {
    ...(claims.sensitive !== undefined && { Sensitive: claims.sensitive }),
    ...(claims.extractable !== undefined && { Extractable: claims.extractable }),
    ...(claims.alwaysSensitive !== undefined && { AlwaysSensitive: claims.alwaysSensitive }),
    ...(claims.neverExtractable !== undefined && { NeverExtractable: claims.neverExtractable }),
    ...(claims.local !== undefined && { Local: claims.local }),
    ...(keyGenMechanism !== undefined && {
      KeyGenMechanism: `0x${keyGenMechanism.toString(16).padStart(8, '0')}`,
    }),
    TokenManufacturer: token.manufacturer,
    TokenModel: token.model,
    TokenSerialNumber: token.serial,
    TokenFirmwareVersion: token.firmware,
  };
}
