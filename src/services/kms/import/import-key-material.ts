import { Type } from 'typebox';
import { Blob, Timestamp } from '../../../declare/shape-kinds.js';
import type { Key } from '../keys/key.js';
import { checkState } from '../keys/states.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import {
  ExpirationModel,
  ImportType,
  KeyIdRef,
  KeyMaterialDescription,
  KeyMaterialId,
} from '../shapes.js';
import { arrivedMaterial } from './arrival.js';
import { withImported } from './import-material.js';

const MAX_VALIDITY_MS = 365 * 24 * 60 * 60 * 1000;

interface ExpirationMembers {
  readonly ExpirationModel?: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  readonly ValidTo?: Date;
}

export const importKeyMaterial = defineOperation({
  name: 'ImportKeyMaterial',
  summary: 'Gives a KMS key of origin EXTERNAL its key material, or gives it back.',
  input: Type.Object({
    KeyId: KeyIdRef,
    ImportToken: Blob(1, 6144),
    EncryptedKeyMaterial: Blob(1, 6144),
    ValidTo: Type.Optional(Timestamp),
    ExpirationModel: Type.Optional(ExpirationModel),
    ImportType: Type.Optional(ImportType),
    KeyMaterialDescription: Type.Optional(KeyMaterialDescription),
    KeyMaterialId: Type.Optional(KeyMaterialId),
  }),
  output: Type.Object({ KeyId: KeyIdRef, KeyMaterialId: Type.Optional(KeyMaterialId) }),
  route: { method: 'POST', path: '/keys/{KeyId}/import' },
  validate: (input) => {
    const expires = expirationModel(input) === 'KEY_MATERIAL_EXPIRES';
    if (expires && !input.ValidTo) {
      throw refuse.validation(
        'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
      );
    }
    if (!expires && input.ValidTo) {
      throw refuse.validation(
        'A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
      );
    }
    if (input.ImportType === 'NEW_KEY_MATERIAL' && input.KeyMaterialId !== undefined) {
      throw refuse.validation(
        'KeyMaterialId cannot be specified with ImportType NEW_KEY_MATERIAL.',
      );
    }
  },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:ImportKeyMaterial',
        idForms: 'key',
        member: 'KeyId',
        state: 'import',
        conditions: (input) => ({
          members: {
            // As it was sent: the default doesn't count.
            'kms:expirationmodel': input.ExpirationModel,
            // Epoch seconds, which numeric and date operators both take.
            'kms:validto': input.ValidTo && String(Math.floor(input.ValidTo.getTime() / 1000)),
          },
        }),
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'InvalidArnException',
    'UnsupportedOperationException',
    'DependencyTimeoutException',
    'NotFoundException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'InvalidCiphertextException',
    'IncorrectKeyMaterialException',
    'ExpiredImportTokenException',
    'InvalidImportTokenException',
  ],
  audit: {
    request: [
      'KeyId',
      'ValidTo',
      'ExpirationModel',
      'ImportType',
      'KeyMaterialDescription',
      'KeyMaterialId',
    ],
    response: ['KeyId', 'KeyMaterialId'],
  },
  async run({ input, keys: { key }, deadline }, services) {
    const { keys, keyStores, now } = services;
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    checkMembersSuit(key, input);
    checkValidTo(input.ValidTo, now());
    const { ImportToken, EncryptedKeyMaterial } = input;
    const material = await arrivedMaterial(
      key,
      ImportToken,
      EncryptedKeyMaterial,
      deadline,
      services,
    );
    try {
      await keys.changeFamily(key, (family) => {
        const [fresh] = family;
        checkState('import', keyStores.stateOf(fresh), fresh.arn);
        const order = {
          type: input.ImportType,
          materialId: input.KeyMaterialId,
          description: input.KeyMaterialDescription,
          expiration: { model: expirationModel(input), validTo: input.ValidTo },
        };
        return { put: withImported(family, material, order) };
      });
    } catch (error) {
      await keyStores.materialsOf(key).abandon(material);
      throw error;
    }
    // The object that held the same material before.
    await keyStores.settle(key);
    return { KeyId: key.arn, ...(isSymmetric(key) && { KeyMaterialId: material.materialId }) };
  },
});

function expirationModel(input: ExpirationMembers) {
  return input.ExpirationModel ?? ('KEY_MATERIAL_EXPIRES' as const);
}

function isSymmetric({ keySpec }: Key): boolean {
  return keySpec === 'SYMMETRIC_DEFAULT';
}

/** Material of other keys can't be exchanged, so there is nothing to choose. */
function checkMembersSuit(
  key: Key,
  input: {
    readonly [Member in 'ImportType' | 'KeyMaterialDescription' | 'KeyMaterialId']?: string;
  },
): void {
  if (isSymmetric(key)) return;
  for (const member of ['ImportType', 'KeyMaterialDescription', 'KeyMaterialId'] as const) {
    if (input[member] !== undefined) {
      throw refuse.validation(`${member} can be specified only for symmetric encryption KMS keys.`);
    }
  }
}

function checkValidTo(validTo: Date | undefined, now: number): void {
  if (!validTo) return;
  const left = validTo.getTime() - now;
  if (left > 0 && left <= MAX_VALIDITY_MS) return;
  throw refuse.validation('ValidTo must be in the future and at most 365 days ahead.');
}
