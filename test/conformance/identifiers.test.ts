import { describe, expect, it } from 'vitest';
import { arnOf, conformanceServer } from '../support/faces/conformance-server.js';
import { FACES } from '../support/faces/faces.js';
import {
  crossAccount,
  type Expected,
  expectRefusal,
  notFound,
  validation,
} from '../support/faces/refusals.js';
import { operationRows } from '../support/operations/operation-rows.js';
import { Surroundings, sharedSurroundings } from '../support/operations/surroundings.js';
import { ACCOUNT_ID } from '../support/strongroom.js';

const server = conformanceServer();

const UNKNOWN = '1234abcd-12ab-34cd-56ef-1234567890ab';
const UNKNOWN_MRK = 'mrk-1234abcd12ab34cd56ef1234567890ab';
const FOREIGN = '999999999999';
const invalidArn = (message: string): Expected => ({ name: 'InvalidArnException', message });
const malformedArn = (arn: string): [string, Expected] => [arn, invalidArn(`Invalid ARN '${arn}'`)];
const malformedId = (id: string): [string, Expected] => [id, notFound(`Invalid keyId '${id}'`)];
const unknown = (id: string) => notFound(`Key '${arnOf(`key/${id}`)}' does not exist`);

/** What no operation takes as a key. */
const NO_KEY: [identifier: string, Expected][] = [
  malformedId('fake-key-id'),
  malformedId(UNKNOWN.toUpperCase()),
  malformedId(UNKNOWN.replaceAll('-', '')),
  malformedId('mrk-12ab'),
  malformedId(`key/${UNKNOWN}`),
  [UNKNOWN, unknown(UNKNOWN)],
  [UNKNOWN_MRK, unknown(UNKNOWN_MRK)],
  [arnOf(`key/${UNKNOWN}`), unknown(UNKNOWN)],
  [arnOf('key/fake'), notFound("Invalid keyId 'fake'")],
  [arnOf(`key/${UNKNOWN}`, 'eu-west-1'), notFound('Invalid arn eu-west-1')],
  malformedArn('arn:aws:kms'),
  malformedArn(arnOf(UNKNOWN)),
  malformedArn(arnOf(`key/${UNKNOWN}`, '')),
  malformedArn(arnOf(`key/${UNKNOWN}`, 'us-east-1', '1234')),
  malformedArn(arnOf(`key/${UNKNOWN}`).replace(':kms:', ':s3:')),
  malformedArn(arnOf(`key/${UNKNOWN}`).replace(':aws:', ':aws-cn:')),
];

const NO_ALIAS: [identifier: string, Expected][] = [
  ['alias/none', notFound(`Alias ${arnOf('alias/none')} is not found.`)],
  [arnOf('alias/none'), notFound(`Alias ${arnOf('alias/none')} is not found.`)],
  [arnOf('alias/none', 'eu-west-1'), notFound('Invalid arn eu-west-1')],
];

const named = operationRows.filter(({ forms }) => forms === 'any' || forms === 'key');

describe.each(FACES)('identifiers over %s', (face) => {
  const { call } = server.over(face);
  const place = () => ({ server, face });
  const shared = sharedSurroundings(place);

  describe.each(named)('$title', (row) => {
    const { operation, forms, input, action = operation } = row;
    const callWith = async (id: string) =>
      call(operation, (await input(id, await shared(row))) as never);

    it.each(NO_KEY)('refuses %s', async (id, refusal) => {
      await expectRefusal(face, callWith(id), refusal);
    });

    it.each(['key', 'alias'].slice(0, forms === 'any' ? 2 : 1))(
      "tells nothing of another account's %s",
      async (kind) => {
        const arn = arnOf(`${kind}/${UNKNOWN}`, 'us-east-1', FOREIGN);
        await expectRefusal(face, callWith(arn), crossAccount(ACCOUNT_ID, action));
      },
    );

    it.each(forms === 'any' ? NO_ALIAS : [])('refuses %s', async (id, refusal) => {
      await expectRefusal(face, callWith(id), refusal);
    });

    it.each(forms === 'key' ? ['alias'] : [])('refuses an %s, even one that exists', async () => {
      const alias = await (await shared(row)).alias();
      const refusal =
        operation === 'CreateAlias'
          ? validation('Aliases must refer to keys. Not aliases')
          : notFound(`Invalid keyId '${alias}'`);
      await expectRefusal(face, callWith(alias), refusal);
      const notSupported = invalidArn('Key Aliases are not supported for this operation.');
      await expectRefusal(face, callWith(arnOf(alias)), notSupported);
    });

    it.each(forms === 'any' ? ['id', 'arn', 'alias', 'alias ARN'] : ['id', 'arn'])(
      'takes the %s',
      async (form) => {
        const at = await Surroundings.make(place(), row);
        const { key } = at;
        const alias = await at.alias();
        await row.before?.(at);
        const identifiers: Record<string, string> = {
          id: key.id,
          arn: key.arn,
          alias,
          'alias ARN': arnOf(alias),
        };
        const { error } = await at.exchange(operation, await input(identifiers[form] ?? '', at));
        expect(error).toBeUndefined();
      },
    );
  });
});
