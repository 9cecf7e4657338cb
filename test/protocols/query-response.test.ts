import { XMLParser } from 'fast-xml-parser';
import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { errorXml, successXml } from '../../src/protocols/query/query-response.js';
import { iamError } from '../../src/services/iam/errors.js';

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, trimValues: false });
const operation = (output: ReturnType<typeof Type.Object> | 'nothing') => ({ name: 'Ask', output });

const STS = 'https://sts.amazonaws.com/doc/2011-06-15/';
const IAM = 'https://iam.amazonaws.com/doc/2010-05-08/';

it('answers as AWS does, whatever the text', () => {
  const odd = '<a> & "b" ]]> \u0000\u{1F600}\uD800';
  const numbers = Type.Record(Type.String(), Type.Array(Type.Integer()));
  const shape = Type.Object({ Map: numbers, NoMap: numbers });
  const output = {
    Text: odd,
    When: new Date('2026-01-02T03:04:05.678Z'),
    List: [{ Key: 'a' }, { Key: 'b' }],
    None: [],
    Bytes: Buffer.from('abc'),
    Yes: true,
    Map: { 'a&': [1], b: [] },
    NoMap: {},
    Gone: undefined,
  };
  expect(parser.parse(successXml(operation(shape), output, STS, 'id'))).toEqual({
    AskResponse: {
      '@_xmlns': 'https://sts.amazonaws.com/doc/2011-06-15/',
      AskResult: {
        Text: '<a> & "b" ]]> \uFFFD\u{1F600}\uFFFD',
        When: '2026-01-02T03:04:05Z',
        List: { member: [{ Key: 'a' }, { Key: 'b' }] },
        None: '',
        Bytes: 'YWJj',
        Yes: 'true',
        Map: {
          entry: [
            { key: 'a&', value: { member: '1' } },
            { key: 'b', value: '' },
          ],
        },
        NoMap: '',
      },
      ResponseMetadata: { RequestId: 'id' },
    },
  });
  const nothing = parser.parse(successXml(operation('nothing'), {}, STS, 'id'));
  expect(nothing.AskResponse).not.toHaveProperty('AskResult');
});

it('names an error, and whose fault it is', () => {
  const error = iamError('NoSuchEntity', 'The user with name <x> cannot be found.');
  expect(parser.parse(errorXml(error, 404, IAM, 'id'))).toEqual({
    ErrorResponse: {
      '@_xmlns': 'https://iam.amazonaws.com/doc/2010-05-08/',
      Error: { Type: 'Sender', Code: 'NoSuchEntity', Message: error.message },
      RequestId: 'id',
    },
  });
  const ours = errorXml(iamError('ServiceFailure', 'x'), 500, IAM, 'id');
  expect(parser.parse(ours).ErrorResponse.Error.Type).toBe('Receiver');
});
