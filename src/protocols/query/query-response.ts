/** The Query protocol's answers in XML. Source: shared reference, neighbours.md §3.1 and §4.1. */

import { XMLBuilder } from 'fast-xml-parser';
import type { Operation } from '../../declare/operation.js';
import type { ServiceError } from '../../kernel/service-error.js';
import { isoSeconds } from '../../kernel/time.js';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: true,
  suppressEmptyNode: false,
});

/** What XML 1.0 can't say at all (section 2.2); half a surrogate pair too. */
const UNSPEAKABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

export function successXml(
  { name, output: shape }: Pick<Operation, 'name' | 'output'>,
  output: Record<string, unknown>,
  namespace: string,
  requestId: string,
): string {
  const result = shape === 'nothing' ? {} : { [`${name}Result`]: toXml(output) };
  return builder.build({
    [`${name}Response`]: {
      '@xmlns': namespace,
      ...result,
      ResponseMetadata: { RequestId: requestId },
    },
  });
}

export function errorXml(
  error: ServiceError,
  status: number,
  namespace: string,
  requestId: string,
): string {
  return builder.build({
    ErrorResponse: {
      '@xmlns': namespace,
      Error: {
        Type: status >= 500 ? 'Receiver' : 'Sender',
        Code: error.code,
        Message: speakable(error.message),
      },
      RequestId: requestId,
    },
  });
}

/** Lists as `<member>`, times in ISO 8601 to the second, octets in base64. */
function toXml(value: unknown): unknown {
  if (value instanceof Date) return isoSeconds(value);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return value.length === 0 ? '' : { member: value.map(toXml) };
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [name, toXml(member)]));
  }
  return typeof value === 'string' ? speakable(value) : String(value);
}

function speakable(text: string): string {
  return text.replace(UNSPEAKABLE, '\uFFFD');
}
