/**
 * One-shot process: `node dist/native-setup/make-tokens.js <data dir>`. It reads a
 * MakeTokensRequest as JSON from standard input and prints a MakeTokensResult as JSON. Exit code 0
 * when all tokens are right, 1 otherwise. It is a process of its own because it loads a PKCS#11
 * library.
 */
import '../src/kernel/no-inspector.js';
import { ensureTokens } from './softhsm/ensure-tokens.js';
import { TokenSetupRefusal } from './softhsm/refusal.js';
import { type MakeTokensResult, parseMakeTokensRequest } from './token-request.js';

const MAX_REQUEST_BYTES = 65_536;

async function readRequest(): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_REQUEST_BYTES) {
      throw new TypeError(`the request is longer than ${MAX_REQUEST_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

async function makeTokens(dataDir: string | undefined): Promise<MakeTokensResult> {
  if (dataDir === undefined) {
    throw new TypeError('give the data directory as the argument');
  }
  const request = parseMakeTokensRequest(await readRequest());
  return { tokens: await ensureTokens(dataDir, request, () => undefined) };
}

function failure(error: unknown): MakeTokensResult {
  if (error instanceof TokenSetupRefusal) {
    return { error: error.message };
  }
  return { error: `making tokens failed: ${error instanceof Error ? error.message : 'unknown'}` };
}

// SoftHSM creates its files with the process's mask; everything here is for its owner alone.
process.umask(0o077);
const result = await makeTokens(process.argv[2]).catch(failure);
process.exitCode = 'error' in result ? 1 : 0;
process.stdout.write(`${JSON.stringify(result)}\n`);
