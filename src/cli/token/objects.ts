import type { TokenObject, TokenObjects } from '../../app/token/token-objects.js';
import { CommandEnd, defineCommand, EXIT } from '../core/command.js';
import { PIN_FILE, pinFrom, TOKEN_ID } from './token-options.js';

export const tokenObjects = defineCommand({
  name: 'token objects',
  summary: 'list the keys in a token, and whose they are',
  operand: TOKEN_ID,
  options: PIN_FILE,
  examples: [['strongroom token objects root', 'the root key, and what else is there']],
  exitCodes: {
    done: 'they are listed',
    failed: 'the token could not be read, and why',
    usage: 'wrong usage or configuration',
  },
  async run(options, { configuration, entries, tell }, id) {
    const { listTokenObjects } = await import('../../app/token/token-objects.js');
    const place = { config: configuration(), entry: entries.tokenHostEntry, id };
    const found = await listTokenObjects({ ...place, ...pinFrom(options) });
    tell(found.objects.map(lineOf), found);
    return EXIT.done;
  },
});

export const reconcileToken = defineCommand({
  name: 'token reconcile',
  summary:
    'compare a token with the database, and say what is missing and what servers will destroy',
  operand: TOKEN_ID,
  options: {
    'dry-run': {
      flag: true,
      description:
        'must be given: servers destroy what is nobody’s by themselves, and nothing else is',
    },
    ...PIN_FILE,
  },
  examples: [
    ['strongroom token reconcile cluster-production2 --dry-run', 'after a token was restored'],
  ],
  exitCodes: {
    done: 'every key of the database is in the token, once',
    failed: 'some are not, and are named; or the token could not be read',
    usage: 'wrong usage or configuration',
  },
  async run(options, { configuration, entries, tell }, id) {
    if (!options['dry-run']) {
      throw new CommandEnd(
        EXIT.usage,
        'give --dry-run: servers reconcile by themselves, and this changes nothing',
      );
    }
    const { listTokenObjects } = await import('../../app/token/token-objects.js');
    const place = { config: configuration(), entry: entries.tokenHostEntry, id };
    const found = await listTokenObjects({ ...place, ...pinFrom(options) });
    tell(differencesOf(found), found);
    const isWhole = found.missing.length === 0 && found.duplicates.length === 0;
    return isWhole ? EXIT.done : EXIT.failed;
  },
});

function lineOf({ ckaId, is, key, objectClass, label }: TokenObject): string {
  const whose = key ? ` ${key.accountId} ${key.region} ${key.keyId}` : '';
  return `${ckaId} ${objectClass} ${is}${whose} ${JSON.stringify(label)}`;
}

function differencesOf({ id, objects, missing, duplicates }: TokenObjects): string[] {
  const of = (...kinds: TokenObject['is'][]) => objects.filter(({ is }) => kinds.includes(is));
  return [
    ...missing.map(
      ({ ckaId, is, key }) =>
        `MISSING ${ckaId} (${is}): ${key ? `key ${key.keyId} of ${key.accountId} in ${key.region}` : 'without it no key of the store can be used'}; restore the token's backup`,
    ),
    ...duplicates.map((ckaId) => `TWICE ${ckaId}: its key is Unavailable until one is gone`),
    ...of('doomed').map(({ ckaId }) => `${ckaId}: a server will destroy it`),
    ...of('intended').map(
      ({ ckaId }) => `${ckaId}: is being made, or was cut off and will be destroyed`,
    ),
    ...of('ours').map(
      ({ ckaId, label }) =>
        `${ckaId}: ${JSON.stringify(label)} has no row in this database; it is left alone`,
    ),
    `The token ${id} holds ${objects.length} objects: ${of('live', 'adopted').length} keys, ${missing.length} missing, ${of('foreign').length} of others`,
  ];
}
