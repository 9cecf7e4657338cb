/**
 * Unique ids of users and roles, as policies may name them in place of an ARN. Source: IAM User Guide,
 * "IAM identifiers", "Unique identifiers".
 */
export const UNIQUE_ID_PATTERN = 'A(?:IDA|ROA)[A-Z0-9]{12,28}';

const UNIQUE_ID = new RegExp(`^${UNIQUE_ID_PATTERN}$`);

export function isUniqueId(name: string): boolean {
  return UNIQUE_ID.test(name);
}
