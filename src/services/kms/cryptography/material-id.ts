import type { Key } from '../keys/key.js';
import { hasMaterialId } from '../keys/metadata.js';

/**
 * The material id as an output member. AWS shows it for keys of origin AWS_KMS and EXTERNAL only,
 * so it is absent for a key in a custom key store.
 */
export function materialIdOf<Member extends string>(
  key: Key,
  member: Member,
  used: { readonly materialId: string } | undefined,
): Partial<Record<Member, string>> {
  if (!hasMaterialId(key)) return {};
  const id = used?.materialId ?? key.currentMaterialId;
  if (id === undefined) return {};
  return { [member]: id } as Partial<Record<Member, string>>;
}
