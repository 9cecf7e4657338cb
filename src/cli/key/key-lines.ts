import type { Answer } from '../../app/client/server-client.js';
import { shown, time } from '../core/table.js';

/** The operand of commands on one key. */
export const KEY = {
  name: 'key',
  description: 'key id, key ARN, alias name or alias ARN',
} as const;

/** Members that are epoch seconds. */
const TIMES = /(Date|ValidTo)$/;

/** A key's metadata, a member a line. */
export function keyLines(metadata: Answer): string[] {
  return Object.entries(metadata).map(
    ([name, value]) => `${name}: ${TIMES.test(name) ? time(value) : shown(value)}`,
  );
}

/** The id of the key that is meant, where an operation takes no alias. */
export async function keyIdOf(
  server: { readonly kms: (operation: string, members: object) => Promise<Answer> },
  key: string,
): Promise<string> {
  if (!/(^|:)alias\//.test(key)) return key;
  const { KeyMetadata } = await server.kms('DescribeKey', { KeyId: key });
  return String(Object(KeyMetadata).Arn);
}
