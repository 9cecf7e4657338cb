import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES, toLine } from '../../src/audit/line.js';
import { type AuditFacts, buildRecord, MAX_TEXT } from '../../src/audit/record.js';
import { KEY_ARN, sampleFacts } from './sample-facts.js';

const { caller: _, ...anonymous } = sampleFacts;

describe('buildRecord', () => {
  it('has the shape and the order of a CloudTrail event', () => {
    expect(JSON.stringify(buildRecord(sampleFacts), null, 1)).toBe(
      JSON.stringify(
        {
          eventVersion: '1.11',
          userIdentity: {
            type: 'Root',
            principalId: '111122223333',
            arn: 'arn:aws:iam::111122223333:root',
            accountId: '111122223333',
            accessKeyId: 'EXAMPLEROOTACCESSKEY',
          },
          eventTime: '2026-03-02T08:14:55Z',
          eventSource: 'kms.amazonaws.com',
          eventName: 'Encrypt',
          awsRegion: 'eu-central-1',
          sourceIPAddress: '10.20.30.40',
          userAgent: 'aws-sdk-js/3.900.0',
          requestParameters: { keyId: 'alias/invoices', encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
          responseElements: null,
          requestID: '7d1f0c52-0d0c-4a6e-9c1b-2f6a5b7e0001',
          eventID: 'f0a7c9b4-7c62-45a1-b2a3-6bb1f1e10002',
          readOnly: true,
          resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: KEY_ARN }],
          eventType: 'AwsApiCall',
          managementEvent: true,
          recipientAccountId: '111122223333',
          eventCategory: 'Management',
          tlsDetails: { clientProvidedHostHeader: 'kms.example.test' },
        },
        null,
        1,
      ),
    );
  });

  it.each<[string, Partial<AuditFacts>, object]>([
    [
      'a refusal by policy has CloudTrail’s name',
      { error: { code: 'AccessDeniedException', message: 'no' } },
      { errorCode: 'AccessDenied', errorMessage: 'no' },
    ],
    [
      'other errors keep theirs',
      { error: { code: 'KMSInvalidStateException', message: `${KEY_ARN} is pending deletion.` } },
      {
        errorCode: 'KMSInvalidStateException',
        errorMessage: `${KEY_ARN} is pending deletion.`,
      },
    ],
    [
      'TLS is described',
      { tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256' } },
      {
        tlsDetails: {
          tlsVersion: 'TLSv1.3',
          cipherSuite: 'TLS_AES_128_GCM_SHA256',
          clientProvidedHostHeader: 'kms.example.test',
        },
      },
    ],
    [
      'additional data is kept',
      { additionalEventData: { customKeyStoreId: 'cks-1' } },
      { additionalEventData: { customKeyStoreId: 'cks-1' } },
    ],
  ])('%s', (_name, change, expected) => {
    expect(buildRecord({ ...sampleFacts, ...change })).toMatchObject(expected);
  });

  it('has no error members after success', () => {
    expect(
      Object.keys(buildRecord(sampleFacts)).filter((name) => name.startsWith('error')),
    ).toEqual([]);
  });

  it.each([
    [undefined, { type: 'Unknown' }],
    ['AKIAEXAMPLE0000001', { type: 'Unknown', accessKeyId: 'AKIAEXAMPLE0000001' }],
    ['a\n"b"/é', { type: 'Unknown', accessKeyId: 'a??b???' }],
    ['A'.repeat(500), { type: 'Unknown', accessKeyId: 'A'.repeat(128) }],
  ])('an unauthenticated caller who claims %j', (claimed, identity) => {
    const claim = claimed === undefined ? {} : { claimedAccessKeyId: claimed };
    expect(buildRecord({ ...anonymous, ...claim }).userIdentity).toEqual(identity);
  });

  it('an authenticated caller’s claim does not count', () => {
    const record = buildRecord({ ...sampleFacts, claimedAccessKeyId: 'other' });
    expect(record.userIdentity).toMatchObject({ accessKeyId: 'EXAMPLEROOTACCESSKEY' });
  });

  it('cuts long texts, marks them, and never cuts a character in two', () => {
    for (const text of ['x'.repeat(9999), '🔑'.repeat(5000), `x${'🔑'.repeat(5000)}`]) {
      const { userAgent } = buildRecord({ ...sampleFacts, userAgent: text });
      expect(userAgent.length).toBeLessThanOrEqual(MAX_TEXT);
      expect(userAgent.length).toBeGreaterThan(MAX_TEXT - 16);
      expect(userAgent).toMatch(/…\[truncated\]$/);
      expect(userAgent.isWellFormed()).toBe(true);
    }
    const whole = 'x'.repeat(MAX_TEXT);
    expect(buildRecord({ ...sampleFacts, userAgent: whole }).userAgent).toBe(whole);
  });
});

describe('toLine', () => {
  it('leaves the contents of large members out and keeps the rest', () => {
    const policy = '"'.repeat(131_072);
    const facts = { ...sampleFacts, requestParameters: { keyId: 'k', policy } };
    const line = toLine(buildRecord(facts));
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES);
    expect(JSON.parse(line)).toEqual({
      ...buildRecord(sampleFacts),
      requestParameters: {
        omitted: true,
        originalSize: Buffer.byteLength(JSON.stringify(facts.requestParameters)),
        reason: expect.any(String),
      },
    });
  });

  it('keeps a policy of the size that KMS accepts', () => {
    const requestParameters = { policy: 'p'.repeat(131_072) };
    const record = buildRecord({ ...sampleFacts, requestParameters });
    expect(JSON.parse(toLine(record))).toEqual(record);
  });

  it('stays below the limit whatever a client sends', () => {
    // The worst text for JSON: six octets for each of its units.
    const worst = '\u0001'.repeat(100_000);
    const line = toLine(
      buildRecord({
        ...sampleFacts,
        operation: worst,
        region: worst,
        sourceIp: worst,
        userAgent: worst,
        requestId: worst,
        eventId: worst,
        error: { code: worst, message: worst },
        requestParameters: { worst },
        responseElements: { worst },
        additionalEventData: { worst },
        resources: Array.from({ length: 50 }, () => ({ accountId: worst, arn: worst })),
        tls: { version: worst, cipher: worst },
        host: worst,
      }),
    );
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES);
  });

  it('is one line of JSON that reads back as the record, for any text', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, text, fc.dictionary(text, text), (agent, host, message, context) => {
        const record = buildRecord({
          ...sampleFacts,
          userAgent: agent,
          host,
          error: { code: 'X', message },
          requestParameters: { encryptionContext: context },
        });
        const line = toLine(record);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(record)));
        expect(JSON.parse(line).userAgent).toBe(agent);
      }),
    );
  });
});
