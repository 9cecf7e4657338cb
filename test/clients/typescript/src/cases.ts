import { readFileSync } from 'node:fs';

/** What the runner has made for this client (test/clients/stage.ts). */
export interface StageFacts {
  readonly flakyEndpoint: string;
  readonly otherRegion: string;
  readonly account: string;
  readonly userArn: string;
  readonly roleArn: string;
  readonly webIdentityRoleArn: string;
  readonly webIdentityToken: string;
  readonly exchange: string;
  /** The table of branch keys, where there is a DynamoDB. */
  readonly branchKeys?: string;
  readonly kinds: readonly Kind[];
  readonly exchangeKeys: Readonly<Record<'symmetric' | 'mrk' | 'replica', string>>;
  readonly customKeyStore: Readonly<
    Record<
      'CustomKeyStoreName' | 'CloudHsmClusterId' | 'TrustAnchorCertificate' | 'KeyStorePassword',
      string
    >
  >;
}

/** A key that the runner has made, of one spec and usage. */
export interface Kind {
  readonly keySpec: string;
  readonly keyUsage: string;
  readonly algorithms: readonly string[];
  readonly arn: string;
}

export const stage: StageFacts = JSON.parse(
  readFileSync(process.env.STRONGROOM_STAGE ?? '', 'utf8'),
);

/** Runs one case and tells it in one line of JSON; what it returns is shown beside it. */
export async function testCase(
  name: string,
  test: () => Promise<string | undefined> | string | undefined,
): Promise<void> {
  const startedAt = performance.now();
  const line: { name: string; ok: boolean; detail?: string; ms?: number } = { name, ok: true };
  try {
    const detail = await test();
    if (detail) line.detail = detail;
  } catch (error) {
    line.ok = false;
    const at = error instanceof Error ? (error.stack?.split('\n')[1]?.trim() ?? '') : '';
    line.detail = `${error} ${at}`;
  }
  line.ms = Math.round(performance.now() - startedAt);
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

export function known<T>(value: T | undefined, what = 'it'): T {
  if (value === undefined) throw new Error(`${what} is absent`);
  return value;
}
