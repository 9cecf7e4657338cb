import { expect } from 'vitest';
import { arnOf } from '../support/faces/conformance-server.js';
import type { Face } from '../support/faces/face.js';
import { wrapMaterial } from '../support/import-material.js';
import type { AuditedCall, Json } from './audited-calls.js';

/** The material of this test: distinctive, so that a search for it finds it in any encoding. */
export const IMPORTED = Buffer.from('the-imported-material-not-seen!!');
const DATE = expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2} [AP]M$/);
const OTHER_REGION = 'eu-west-1';
const WRAPPING = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const;

/** Keys for one successful call of each operation on a key's life. */
export interface KeyLifeThings {
  readonly symmetric: string;
  readonly external: string;
  readonly multiRegion: string;
  readonly import: Json;
}

export async function keyLifeThings(call: Face['call']): Promise<KeyLifeThings> {
  const make = async (members: Parameters<typeof call<'CreateKey'>>[1]) =>
    (await call('CreateKey', members)).KeyMetadata?.KeyId ?? '';
  const external = await make({ Origin: 'EXTERNAL' });
  const parameters = await call('GetParametersForImport', { KeyId: external, ...WRAPPING });
  const wrapped = wrapMaterial(
    IMPORTED,
    parameters.PublicKey as Uint8Array,
    WRAPPING.WrappingAlgorithm,
  );
  return {
    symmetric: await make({}),
    external,
    multiRegion: await make({ MultiRegion: true }),
    import: {
      KeyId: external,
      ImportToken: parameters.ImportToken,
      EncryptedKeyMaterial: wrapped,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    },
  };
}

/** In an order in which each succeeds. @param at filled in before the first call */
export function keyLifeCalls(at: () => KeyLifeThings): readonly AuditedCall[] {
  const change = (
    operation: AuditedCall['operation'],
    which: 'symmetric' | 'external' | 'multiRegion',
    members: Json = {},
    logged: Json = {},
    answered: Json = {},
  ): AuditedCall => ({
    operation,
    input: () => ({ KeyId: at()[which], ...members }),
    recorded: () => {
      const keyId = arnOf(`key/${at()[which]}`);
      return {
        request: { keyId: at()[which], ...logged },
        response: { keyId, ...answered },
        resources: [keyId],
        readOnly: false,
      };
    },
  });
  const read = (
    operation: AuditedCall['operation'],
    which: 'symmetric' | 'external',
    members: Json = {},
    logged: Json = {},
  ): AuditedCall => ({
    operation,
    input: () => ({ KeyId: at()[which], ...members }),
    recorded: () => ({
      request: { keyId: at()[which], ...logged },
      response: null,
      resources: [arnOf(`key/${at()[which]}`)],
      readOnly: true,
    }),
  });
  const materialId = { keyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/) };
  return [
    change(
      'EnableKeyRotation',
      'symmetric',
      { RotationPeriodInDays: 90 },
      { rotationPeriodInDays: 90 },
    ),
    read('GetKeyRotationStatus', 'symmetric'),
    change('RotateKeyOnDemand', 'symmetric'),
    read('ListKeyRotations', 'symmetric', { Limit: 5 }, { limit: 5 }),
    change('DisableKeyRotation', 'symmetric'),
    read('GetKeyLastUsage', 'symmetric'),
    read('GetParametersForImport', 'external', WRAPPING, {
      wrappingAlgorithm: WRAPPING.WrappingAlgorithm,
      wrappingKeySpec: WRAPPING.WrappingKeySpec,
    }),
    {
      ...change(
        'ImportKeyMaterial',
        'external',
        {},
        { expirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
        materialId,
      ),
      input: () => at().import,
    },
    change('DeleteImportedKeyMaterial', 'external', {}, {}, materialId),
    {
      operation: 'ReplicateKey',
      input: () => ({
        KeyId: at().multiRegion,
        ReplicaRegion: OTHER_REGION,
        Description: 'replica',
      }),
      recorded: () => {
        const keyId = at().multiRegion;
        return {
          request: { keyId, replicaRegion: OTHER_REGION, description: 'replica' },
          response: {
            replicaKeyMetadata: expect.objectContaining({
              arn: arnOf(`key/${keyId}`, OTHER_REGION),
              creationDate: DATE,
              keyState: 'Creating',
            }),
            replicaPolicy: expect.any(String),
            replicaTags: [],
          },
          resources: [arnOf(`key/${keyId}`)],
          readOnly: false,
        };
      },
    },
    change(
      'UpdatePrimaryRegion',
      'multiRegion',
      { PrimaryRegion: OTHER_REGION },
      { primaryRegion: OTHER_REGION },
    ),
  ];
}
