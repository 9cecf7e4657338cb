/** Key material of one's own. Source: AWS KMS API Reference; shared reference, lifecycle.md §3. */

import { Type } from 'typebox';
import { Blob, Timestamp } from '../../../declare/shape-kinds.js';
import { DAY_MS } from '../../../kernel/time.js';
import { isPresent } from '../../../keystores/contract/material.js';
import { type ChangePorts, changeRelated } from '../keys/change-key.js';
import { isReplica, type Key } from '../keys/key.js';
import { onKey } from '../on-key.js';
import { refuse } from '../refusals.js';
import {
  ExpirationModel,
  ImportType,
  KeyIdRef,
  KeyMaterialDescription,
  KeyMaterialId,
} from '../shapes.js';
import { type ArrivalPorts, arrivedMaterial } from './arrival.js';
import { withImported, withoutMaterial } from './import-material.js';

const MAX_VALIDITY_MS = 365 * DAY_MS;

interface ExpirationMembers {
  readonly ExpirationModel?: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  readonly ValidTo?: Date;
}

export const importKeyMaterial = onKey('ImportKeyMaterial', {
  summary: 'Gives a KMS key of origin EXTERNAL its key material, or gives it back.',
  route: 'POST /keys/{KeyId}/import',
  members: {
    ImportToken: Blob(1, 6144),
    EncryptedKeyMaterial: Blob(1, 6144),
    ValidTo: Type.Optional(Timestamp),
    ExpirationModel: Type.Optional(ExpirationModel),
    ImportType: Type.Optional(ImportType),
    KeyMaterialDescription: Type.Optional(KeyMaterialDescription),
    KeyMaterialId: Type.Optional(KeyMaterialId),
  },
  output: Type.Object({ KeyId: KeyIdRef, KeyMaterialId: Type.Optional(KeyMaterialId) }),
  state: 'import',
  conditions: (input) => ({
    members: {
      // As it was sent: the default doesn't count.
      'kms:expirationmodel': input.ExpirationModel,
      // Epoch seconds, which numeric and date operators both take.
      'kms:validto': input.ValidTo && String(input.ValidTo.getTime() / 1000),
    },
  }),
  errors: [
    'UnsupportedOperationException',
    'InvalidCiphertextException',
    'IncorrectKeyMaterialException',
    'ExpiredImportTokenException',
    'InvalidImportTokenException',
  ],
  shown: ['KeyId', 'KeyMaterialId'],
  validate: (input) => {
    const expires = expirationModel(input) === 'KEY_MATERIAL_EXPIRES';
    if (expires && !input.ValidTo) {
      throw refuse.validation(
        'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES',
      );
    }
    if (!expires && input.ValidTo) {
      throw refuse.validation(
        'A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE',
      );
    }
    if (input.ImportType === 'NEW_KEY_MATERIAL' && input.KeyMaterialId !== undefined) {
      throw refuse.validation(
        'Input parameter keyMaterialId cannot be used with NEW_KEY_MATERIAL importType.',
      );
    }
  },
  async run(call, ports: ArrivalPorts & ChangePorts) {
    const { input, key, deadline } = call;
    const { keyStores, calendar } = ports;
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    checkMembersSuit(key, input);
    checkValidTo(input.ValidTo, calendar());
    const { ImportToken, EncryptedKeyMaterial } = input;
    const material = await arrivedMaterial(key, ImportToken, EncryptedKeyMaterial, deadline, ports);
    try {
      await changeRelated(call, ports, (related) => {
        const order = {
          type: input.ImportType,
          materialId: input.KeyMaterialId,
          description: input.KeyMaterialDescription,
          expiration: { model: expirationModel(input), validTo: input.ValidTo },
        };
        return { put: withImported(related, material, order) };
      });
    } catch (error) {
      await keyStores.materialsOf(key).abandon(material);
      throw error;
    }
    // The object that held the same material before.
    await keyStores.destroyLeftovers(key);
    return { KeyId: key.arn, ...(isSymmetric(key) && { KeyMaterialId: material.materialId }) };
  },
});

function expirationModel(input: ExpirationMembers) {
  return input.ExpirationModel ?? ('KEY_MATERIAL_EXPIRES' as const);
}

function isSymmetric({ keySpec }: Key): boolean {
  return keySpec === 'SYMMETRIC_DEFAULT';
}

/**
 * Material of other keys can't be exchanged, so there is nothing to choose; and what a family shares is
 * said to its primary.
 * @throws ServiceError ValidationException
 */
function checkMembersSuit(
  key: Key,
  input: {
    readonly [Member in 'ImportType' | 'KeyMaterialDescription' | 'KeyMaterialId']?: string;
  },
): void {
  if (isSymmetric(key)) {
    if (isReplica(key)) checkReplicaMembers(input);
    return;
  }
  const given = (['ImportType', 'KeyMaterialId', 'KeyMaterialDescription'] as const).find(
    (member) => input[member] !== undefined,
  );
  if (given === undefined) return;
  const name = given.charAt(0).toLowerCase() + given.slice(1);
  throw refuse.validation(
    `Input parameter ${name} cannot be used with ${key.keySpec} imported keys.`,
  );
}

function checkReplicaMembers(
  input: {
    readonly [Member in 'ImportType' | 'KeyMaterialDescription']?: string;
  },
): void {
  if (input.ImportType === 'NEW_KEY_MATERIAL') {
    throw refuse.validation(
      'Input parameter ImportType NEW_KEY_MATERIAL cannot be used on replica Multi-Region keys',
    );
  }
  if (input.KeyMaterialDescription !== undefined) {
    throw refuse.validation(
      'Key material description can only be specified on primary Multi-Region keys',
    );
  }
}

function checkValidTo(validTo: Date | undefined, now: number): void {
  if (!validTo) return;
  const left = validTo.getTime() - now;
  if (left <= 0) throw refuse.validation('ValidTo must be in the future');
  if (left > MAX_VALIDITY_MS) {
    throw refuse.validation('ValidTo must be less than 365 days in the future');
  }
}

export const deleteImportedKeyMaterial = onKey('DeleteImportedKeyMaterial', {
  summary: 'Deletes imported key material; the KMS key stays and waits for it.',
  route: 'DELETE /keys/{KeyId}/import',
  members: { KeyMaterialId: Type.Optional(KeyMaterialId) },
  output: Type.Object({ KeyId: KeyIdRef, KeyMaterialId: Type.Optional(KeyMaterialId) }),
  state: 'deleteMaterial',
  errors: ['UnsupportedOperationException'],
  shown: ['KeyId', 'KeyMaterialId'],
  async run(call, ports: ChangePorts) {
    const { input, key } = call;
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    let deleted: string | undefined;
    await changeRelated(call, ports, (related) => {
      const material = materialOf(related[0], input.KeyMaterialId);
      deleted = material?.materialId;
      const left = material && (isPresent(material) || material.expiration);
      return { put: left ? withoutMaterial(related, material) : [] };
    });
    await ports.keyStores.destroyLeftovers(key);
    return { KeyId: key.arn, ...(isSymmetric(key) && deleted && { KeyMaterialId: deleted }) };
  },
});

/** The current one unless another is named. @throws ServiceError ValidationException */
function materialOf(key: Key, named: string | undefined) {
  const materialId = named ?? key.currentMaterialId;
  const material = materialId === undefined ? undefined : key.materials.get(materialId);
  if (named !== undefined && !material) throw refuse.neverImported(named, key.arn);
  return material;
}
