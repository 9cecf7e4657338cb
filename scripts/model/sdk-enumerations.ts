/**
 * Which values a member of AWS's structures may have. The SDK's schemas call an enumeration a text;
 * the types that it publishes name it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** `CreateKeyRequest.KeySpec` → what its values are named after, and what they are. */
export type Enumerations = ReadonlyMap<
  string,
  { readonly name: string; readonly values: string[] }
>;

const INTERFACE = /^export interface (\w+) (?:extends \w+ )?\{$([\s\S]*?)^\}/gm;
const MEMBER = /^ {4}(\w+)\??: (\w+)(?:\[\])? \| undefined;$/gm;

/**
 * @param sdk the SDK's package, which exports each enumeration as an object
 * @param directory where the package lies
 * @throws Error when the types don't look as expected: nothing would be compared
 */
export function enumerationsOf(sdk: object, directory: string): Enumerations {
  const models = path.join(directory, 'dist-types', 'models');
  const text = readdirSync(models)
    .filter((file) => file.startsWith('models_'))
    .map((file) => readFileSync(path.join(models, file), 'utf8'))
    .join('\n');
  const found = [...text.matchAll(INTERFACE)].flatMap(([, structure, body = '']) =>
    [...body.matchAll(MEMBER)].flatMap(([, member, name = '']) => {
      const values = valuesOf(Reflect.get(sdk, name));
      return values ? [[`${structure}.${member}`, { name, values }] as const] : [];
    }),
  );
  if (found.length === 0) throw new Error(`no enumeration in ${models}`);
  return new Map(found);
}

/** An enumeration is an object of texts; a structure has no value at all, and a schema is a list. */
function valuesOf(exported: unknown): string[] | undefined {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) return;
  return Object.values(exported).map(String);
}
