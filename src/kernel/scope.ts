/** Where a call stands: names without an account, a Region or a partition are looked up there. */
export interface Scope {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}
