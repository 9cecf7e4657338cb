/** The Query protocol's answers in XML. Source: shared reference, neighbours.md §3.1 and §4.1. */

import { XMLBuilder } from 'fast-xml-parser';
import type { Operation } from '../../declare/operation.js';
import { mapValue, type Shape } from '../../declare/validate.js';
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
  const result = shape === 'nothing' ? {} : { [`${name}Result`]: toXml(output, shape) };
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

/**
 * Lists as `<member>`, maps as `<entry>` with `<key>` and `<value>`, times in ISO 8601 to the second,
 * octets in base64. Source: Smithy, "AWS Query protocol", XML shape serialization.
 * @param shape tells maps from structures
 */
function toXml(value: unknown, shape: Shape | undefined): unknown {
  if (value instanceof Date) return isoSeconds(value);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) {
    const items = value.map((item) => toXml(item, shape?.items));
    return elements('member', items);
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' ? speakable(value) : String(value);
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const inMap = shape && mapValue(shape);
  if (!inMap) {
    return Object.fromEntries(
      members.map(([name, member]) => [name, toXml(member, shape?.properties?.[name])]),
    );
  }
  const entries = members.map(([key, item]) => ({
    key: speakable(key),
    value: toXml(item, inMap),
  }));
  return elements('entry', entries);
}

/** Nothing at all would be no element for the builder, and an absent member for a client. */
function elements(name: 'member' | 'entry', all: readonly unknown[]): unknown {
  return all.length === 0 ? '' : { [name]: all };
}

function speakable(text: string): string {
  return text.replace(UNSPEAKABLE, '\uFFFD');
}
