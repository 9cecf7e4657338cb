/** Unique ids of users and roles: what IAM makes, and what policies may name in place of an ARN. */

/** A prefix and 17 base32 characters, 85 random bits (IAM User Guide, "Unique identifiers"). */
const USER_OR_ROLE = /^A(IDA|ROA)[A-Z2-7]{17}$/;

/** Whether a name is the unique id of a user or a role. */
export function isUserOrRoleId(name: string): boolean {
  return USER_OR_ROLE.test(name);
}
