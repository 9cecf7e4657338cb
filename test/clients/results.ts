/** What the clients say, and the table of it. */

/** One line of a client's standard output. */
export interface CaseResult {
  readonly name: string;
  readonly ok: boolean;
  /** Why it failed, or what was seen. */
  readonly detail?: string;
  readonly ms: number;
}

/** What became of a client. */
export interface ClientResult {
  readonly client: string;
  /** What its run-time and libraries call themselves. */
  readonly versions: string;
  readonly buildSeconds: number;
  readonly runSeconds: number;
  readonly cases: readonly CaseResult[];
  /** Operations of the KMS API that it called with success, by the server's audit trail. */
  readonly operations: number;
  /** What the machine lacks: then nothing was built or run. */
  readonly missing?: string;
  /** What went wrong outside the cases. */
  readonly trouble?: string;
}

/** Reads a client's output. @throws Error at a line that is no result: a client has nothing else to say. */
export function caseResults(stdout: string): CaseResult[] {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const read = asJson(line);
    if (!isCase(read)) throw new Error(`this is no result: ${line.slice(0, 500)}`);
    return read;
  });
}

export const failed = ({ cases, trouble }: ClientResult): boolean =>
  trouble !== undefined || cases.length === 0 || cases.some(({ ok }) => !ok);

/** Markdown, so that a run can be put into docs/clients.md as it is. */
export function report(results: readonly ClientResult[]): string {
  const rows = results.map((result) => {
    if (result.missing !== undefined) {
      return [result.client, `not run: ${result.missing}`, '', '', '', ''];
    }
    const right = result.cases.filter(({ ok }) => ok).length;
    const seconds = (value: number) => value.toFixed(1);
    return [
      ...[result.client, result.versions, `${right} of ${result.cases.length}`],
      ...[String(result.operations), seconds(result.buildSeconds), seconds(result.runSeconds)],
    ];
  });
  const heads = ['client', 'versions', 'cases', 'KMS operations', 'build s', 'run s'];
  const table = [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return [...table, '', ...results.flatMap(troubles)].join('\n').trimEnd();
}

/** Every case of every client with the time that it took. */
export function everyCase(results: readonly ClientResult[]): string {
  const lines = results.flatMap(({ client, cases }) =>
    cases.map(({ name, ok, ms, detail }) => {
      const said = detail ? `  (${detail})` : '';
      return `${ok ? 'ok  ' : 'FAIL'} ${client.padEnd(10)} ${ms.toFixed(0).padStart(7)} ms  ${name}${said}`;
    }),
  );
  return lines.join('\n');
}

function troubles({ client, cases, trouble, missing }: ClientResult): string[] {
  if (missing !== undefined) return [];
  const lines = cases.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
  if (trouble !== undefined) lines.push(trouble);
  else if (cases.length === 0) lines.push('it ran no case');
  return lines.map((line) => `- ${client}: ${line}`);
}

function asJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isCase(read: unknown): read is CaseResult {
  if (typeof read !== 'object' || read === null) return false;
  const { name, ok, ms } = read as Partial<Record<keyof CaseResult, unknown>>;
  return typeof name === 'string' && typeof ok === 'boolean' && typeof ms === 'number';
}
