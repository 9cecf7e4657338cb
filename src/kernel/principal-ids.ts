/** Unique ids of users and roles, which policies may name in place of an ARN. */

/** Source: IAM User Guide, "IAM identifiers", "Unique identifiers". IAM makes them of 17 base32 characters. */
export const USER_OR_ROLE_ID = 'A(?:IDA|ROA)[A-Z0-9]{12,28}';

const WHOLE = new RegExp(`^${USER_OR_ROLE_ID}$`);

/** Whether a name is the unique id of a user or a role. */
export function isUserOrRoleId(name: string): boolean {
  return WHOLE.test(name);
}
