import { Type } from 'typebox';
import { isPresent } from '../../../keystores/contract/material.js';
import type { Key } from '../keys/key.js';
import { checkState } from '../keys/states.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef, KeyMaterialId } from '../shapes.js';
import { withoutMaterial } from './import-material.js';

export const deleteImportedKeyMaterial = defineOperation({
  name: 'DeleteImportedKeyMaterial',
  summary: 'Deletes imported key material; the KMS key stays and waits for it.',
  input: Type.Object({ KeyId: KeyIdRef, KeyMaterialId: Type.Optional(KeyMaterialId) }),
  output: Type.Object({ KeyId: KeyIdRef, KeyMaterialId: Type.Optional(KeyMaterialId) }),
  route: { method: 'DELETE', path: '/keys/{KeyId}/import' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:DeleteImportedKeyMaterial',
        idForms: 'key',
        member: 'KeyId',
        state: 'deleteMaterial',
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
  ],
  audit: { request: ['KeyId', 'KeyMaterialId'], response: ['KeyId', 'KeyMaterialId'] },
  async run({ input, keys: { key } }, { keys, keyStores }) {
    if (key.origin !== 'EXTERNAL') throw refuse.origin(key.arn, key.origin);
    let deleted: string | undefined;
    await keys.changeFamily(key, (family) => {
      const [fresh] = family;
      checkState('deleteMaterial', keyStores.stateOf(fresh), fresh.arn);
      const material = materialOf(fresh, input.KeyMaterialId);
      deleted = material?.materialId;
      return { put: material && isPresent(material) ? withoutMaterial(family, material) : [] };
    });
    await keyStores.settle(key);
    const isSymmetric = key.keySpec === 'SYMMETRIC_DEFAULT';
    return { KeyId: key.arn, ...(isSymmetric && deleted && { KeyMaterialId: deleted }) };
  },
});

/** The current one unless another is named. @throws ServiceError NotFoundException */
function materialOf(key: Key, named: string | undefined) {
  const materialId = named ?? key.currentMaterialId;
  const material = materialId === undefined ? undefined : key.materials.get(materialId);
  if (named !== undefined && !material) throw refuse.materialNotFound(named, key.arn);
  return material;
}
