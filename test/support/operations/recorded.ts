import type { Json, OperationRow } from './operation-row.js';
import type { Surroundings } from './surroundings.js';

/** What the audit trail shows of a row's call that succeeded. */
export async function recordedOf(
  { recorded = {}, changes }: OperationRow,
  at: Surroundings,
  { input, output }: { readonly input: Json; readonly output: Json },
) {
  const named = input.KeyId === undefined ? {} : { keyId: input.KeyId };
  const request = recorded.request ? recorded.request(input, at) : {};
  const { response = () => (changes ? { keyId: at.key.arn } : null) } = recorded;
  const { resources = () => [at.key.arn] } = recorded;
  return {
    requestParameters: request && { ...named, ...request },
    responseElements: await response(output, at),
    resources: await resources(at, output),
    readOnly: !changes,
  };
}
