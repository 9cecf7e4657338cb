/** The Query protocol's answers in XML. Source: shared reference, neighbours.md §3.1 and §4.1. */
import { XMLBuilder } from 'fast-xml-parser';
import type { QueryOperation, QueryService } from '../../declare/query-operation.js';
import type { QueryError } from '../../services/iam/errors.js';

export const VERSIONS = { iam: '2010-05-08', sts: '2011-06-15' } as const;

const namespaceOf = (service: QueryService) =>
  `https://${service}.amazonaws.com/doc/${VERSIONS[service]}/`;

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
  { service, name, output: shape }: QueryOperation,
  output: Record<string, unknown>,
  requestId: string,
): string {
  const result = shape === 'nothing' ? {} : { [`${name}Result`]: toXml(output) };
  return builder.build({
    [`${name}Response`]: {
      '@xmlns': namespaceOf(service),
      ...result,
      ResponseMetadata: { RequestId: requestId },
    },
  });
}

export function errorXml(service: QueryService, error: QueryError, requestId: string): string {
  return builder.build({
    ErrorResponse: {
      '@xmlns': namespaceOf(service),
      Error: {
        Type: error.http >= 500 ? 'Receiver' : 'Sender',
        Code: error.code,
        Message: speakable(error.message),
      },
      RequestId: requestId,
    },
  });
}

/** Lists as `<member>`, times in ISO 8601 to the second, octets in base64. */
function toXml(value: unknown): unknown {
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}Z`;
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
