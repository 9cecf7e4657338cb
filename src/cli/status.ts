import type { ServerClient } from '../app/client/server-client.js';
import type { Status } from '../app/status.js';
import { CommandEnd, EXIT } from './core/command.js';
import { defineServerCommand } from './core/server-command.js';
import { shown, table } from './core/table.js';

export const status = defineServerCommand({
  name: 'status',
  summary: 'say whether the server is ready, and if not why; its version, database, tokens, stores',
  options: {},
  examples: [
    ['strongroom status', "by the operator's socket: everything"],
    ['strongroom status --endpoint https://kms.example.com', 'from elsewhere: whether it is ready'],
  ],
  exitCodes: { done: 'it is ready', failed: 'it is not, and why' },
  async run(server, _options, { tell }) {
    if (!server.bySocket) return statusElsewhere(server, tell);
    const { text } = await server.page('/status');
    const found: Status = JSON.parse(text);
    const stores = await storesOf(server);
    tell(linesOf(found, stores), { ...found, stores });
    return found.ready ? EXIT.done : EXIT.failed;
  },
});

async function statusElsewhere(
  server: ServerClient,
  tell: (lines: readonly string[], json: object) => void,
) {
  const { status: code, text } = await server.page('/readyz');
  if (code !== 200 && code !== 503) {
    throw new CommandEnd(EXIT.failed, `what answers at ${server.name} is no Strongroom`);
  }
  const { status: word } = JSON.parse(text);
  tell([`${server.name}: ${shown(word)}`], {
    endpoint: server.name,
    ready: code === 200,
    status: word,
  });
  return code === 200 ? EXIT.done : EXIT.failed;
}

/** Why they can't be told, where the server refuses: a status is told without them, too. */
async function storesOf(
  server: ServerClient,
): Promise<readonly Record<string, unknown>[] | string> {
  try {
    const { CustomKeyStores } = await server.kms('DescribeCustomKeyStores', {});
    return Array.isArray(CustomKeyStores) ? CustomKeyStores : [];
  } catch (error) {
    if (error instanceof Error && error.name === 'RefusedCall') return String(Object(error).code);
    throw error;
  }
}

function linesOf(found: Status, stores: readonly Record<string, unknown>[] | string): string[] {
  const { certificate, operator } = found;
  return [
    `${found.ready ? 'ready' : 'NOT READY'}: ${found.endpoint}, version ${found.version}, since ${found.startedAt} (process ${found.pid})`,
    ...found.parts.map(({ name, usable, why }) =>
      usable ? `  ${name}: ok` : `  ${name}: not usable: ${shown(why)}`,
    ),
    ...found.warnings.map((warning) => `  warning: ${shown(warning)}`),
    `database ${found.database}; Regions ${found.regions.join(', ')}; accounts ${found.accounts.join(', ')}`,
    `this socket acts as ${operator}`,
    ...(certificate ? [certificateLine(certificate)] : ['no TLS']),
    ...table(
      ['TOKEN', 'STATE', 'WHY', 'CALLS WAITING', 'OBJECTS'],
      found.tokens.map(({ tokenId, state, reason, pending, objects }) => [
        ...[tokenId, state, reason, pending, objects],
      ]),
      'no tokens',
    ),
    ...(typeof stores === 'string'
      ? [`custom key stores: not told (${stores})`]
      : table(
          ['STORE', 'NAME', 'STATE'],
          stores.map((store) => [
            ...[store.CustomKeyStoreId, store.CustomKeyStoreName, store.ConnectionState],
          ]),
          'no custom key stores',
        )),
  ];
}

function certificateLine({ file, notAfter, why }: NonNullable<Status['certificate']>): string {
  return `certificate ${file}: ${notAfter === undefined ? `cannot be read: ${why}` : `expires ${notAfter}`}`;
}
