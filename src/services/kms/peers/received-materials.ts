/** Materials that another server sent: out of their envelopes, sealed for this server. */

import type { Deadline } from '../../../kernel/time.js';
import { type KeyMaterial, newMaterial } from '../../../keystores/contract/material.js';
import type { MaterialTaker } from '../../../keystores/contract/materials.js';
import type { Key } from '../keys/key.js';
import { openEnvelope } from './envelope.js';
import type { RelatedState } from './related-state.js';
import type { TransportKey } from './transport-key.js';

export interface ReceivedPorts {
  readonly transportKey: Pick<TransportKey, 'open'>;
  readonly softwareMaterials: MaterialTaker;
}

/**
 * The materials of a state by id, sealed for this server; those that are here already as they are.
 * @throws Error when one isn't what the state says, or the current one is missing
 */
export async function receivedMaterials(
  state: RelatedState,
  known: Key | undefined,
  deadline: Deadline,
  { softwareMaterials, transportKey }: ReceivedPorts,
): Promise<Map<string, KeyMaterial>> {
  const { accountId, keyId, region } = state;
  const envelopeKey = await transportKey.open(state.wrappedKey, deadline);
  try {
    const materials = new Map<string, KeyMaterial>();
    for (const sent of state.materials) {
      const { materialId, publicKey } = sent;
      let material = known?.materials.get(materialId);
      if (!material) {
        const place = { accountId, keyId, region, materialId };
        const octets = openEnvelope(envelopeKey, sent.sealed, place);
        const secret = { octets, publicKey };
        material = await softwareMaterials.take(place, secret, deadline);
        octets.fill(0);
      }
      // The id is bound to the octets: what arrived is the very material that was named.
      if (material.materialId !== materialId) throw new Error('another material arrived');
      materials.set(materialId, { ...newMaterial(material), ...historyOf(sent) });
    }
    if (!materials.has(state.currentMaterialId)) throw new Error('no current material arrived');
    return materials;
  } finally {
    envelopeKey.fill(0);
  }
}

function historyOf(sent: RelatedState['materials'][number]) {
  const { ordinal, status, rotatedAt, rotationType } = sent;
  const rotation =
    rotatedAt !== undefined && rotationType !== undefined
      ? { date: new Date(rotatedAt), type: rotationType }
      : undefined;
  return { ordinal, status, rotation, createdAt: new Date(sent.createdAt) };
}
