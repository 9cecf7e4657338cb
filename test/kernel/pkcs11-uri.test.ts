/** PKCS#11 URIs (RFC 7512): their syntax, and those that name a token. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pkcs11UriError, parsePkcs11Uri } from '../../src/kernel/pkcs11-uri.js';
import { readTokenUri, type TokenFacts } from '../../src/kernel/token-uri.js';

const encoded = (octets: Uint8Array) =>
  [...octets].map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('');
const named = (attributes: readonly (readonly [string, string])[], separator: string) =>
  attributes.map(([name, value]) => `${name}=${value}`).join(separator);
const fuzzy = () => fc.string({ unit: fc.constantFrom(...'pkcs11:tokenseral?&;=%2F|#/ \0é') });

describe('the syntax', () => {
  it.each<[string, [string, string][], [string, string][]]>([
    ['pkcs11:', [], []],
    ['PKCS11:token=a', [['token', 'a']], []],
    ['pkcs11:?', [], []],
    [
      'pkcs11:token=;id=%00%fF',
      [
        ['token', ''],
        ['id', '\0\xff'],
      ],
      [],
    ],
    // What RFC 7512 §2.3 lets stand for itself in the path and in the query.
    [
      "pkcs11:token=:[]@!$'()*+,=&?attr=:[]@!$'()*+,=/?|",
      [['token', ":[]@!$'()*+,=&"]],
      [['attr', ":[]@!$'()*+,=/?|"]],
    ],
    [
      'pkcs11:x_vendor-1=a?y=b&z=',
      [['x_vendor-1', 'a']],
      [
        ['y', 'b'],
        ['z', ''],
      ],
    ],
  ])('%s', (uri, path, query) => {
    const read = parsePkcs11Uri(uri);
    const pairs = (found: ReadonlyMap<string, Buffer>) =>
      [...found].map(([name, octets]) => [name, octets.toString('latin1')]);
    expect([pairs(read.path), pairs(read.query)]).toEqual([path, query]);
  });

  it.each([
    ['', 'does not begin with pkcs11:'],
    ['pkcs12:token=a', 'does not begin with pkcs11:'],
    ['pkcs11:token', 'not written as a name, = and a value'],
    ['pkcs11:=a', 'not written as a name, = and a value'],
    ['pkcs11:token=a;', 'not written as a name, = and a value'],
    ['pkcs11:to%6Ben=a', 'not written as a name, = and a value'],
    ['pkcs11:token=a;token=a', 'the attribute token is there twice'],
    ['pkcs11:token=a?x=1&x=2', 'the attribute x is there twice'],
    ['pkcs11:token=a/b', 'token has a character that must be percent-encoded'],
    ['pkcs11:token=a|b', 'token has a character that must be percent-encoded'],
    ['pkcs11:token=a b', 'token has a character that must be percent-encoded'],
    ['pkcs11:token=ü', 'token has a character that must be percent-encoded'],
    ['pkcs11:token=a#b', 'token has a character that must be percent-encoded'],
    ['pkcs11:token=%4', 'token has a character that must be percent-encoded'],
    ['pkcs11:token=%g0', 'token has a character that must be percent-encoded'],
    ['pkcs11:token=a?x=a;y=b', 'x has a character that must be percent-encoded'],
  ])('is not that of %j', (uri, why) => {
    expect(() => parsePkcs11Uri(uri)).toThrow(new RegExp(why));
    expect(() => parsePkcs11Uri(uri)).toThrow(Pkcs11UriError);
  });

  const attributes = fc.uniqueArray(
    fc.tuple(fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), fc.uint8Array({ maxLength: 40 })),
    { selector: ([name]) => name, maxLength: 8 },
  );

  it('gives back any octets under any names, as they were encoded', () => {
    fc.assert(
      fc.property(attributes, attributes, (path, query) => {
        const written = (list: typeof path) =>
          list.map(([name, octets]) => [name, encoded(octets)] as const);
        const uri = `pkcs11:${named(written(path), ';')}?${named(written(query), '&')}`;
        const read = parsePkcs11Uri(uri);
        const hex = (found: Iterable<readonly [string, Uint8Array]>) =>
          [...found].map(([name, octets]) => [name, Buffer.from(octets).toString('hex')]);
        expect([hex(read.path), hex(read.query)]).toEqual([hex(path), hex(query)]);
      }),
    );
  });

  it('is read of any text, or refused with an error of its own', () => {
    fc.assert(
      fc.property(fuzzy(), (text) => {
        for (const uri of [text, `pkcs11:${text}`, `pkcs11:token=a?${text}`]) {
          for (const read of [parsePkcs11Uri, readTokenUri]) {
            try {
              read(uri);
            } catch (error) {
              expect(error).toBeInstanceOf(Pkcs11UriError);
            }
          }
        }
      }),
    );
  });
});

const FACTS: TokenFacts = {
  token: { label: 'my token', serial: '0a1b', manufacturer: 'Snake Oil, Inc.', model: '1.0' },
  slot: { id: 327n, description: 'slot of 64', manufacturer: 'Maker' },
  library: { description: 'the library', manufacturer: 'Maker of it', version: '3.1' },
};

describe('a token', () => {
  it.each<[string, boolean]>([
    ['token=my%20token', true],
    ['token=my%20token%20%20%20', true],
    ['token=my%20toke', false],
    ['token=My%20token', false],
    ['serial=0a1b', true],
    ['serial=0A1B', false],
    ['token=my%20token;serial=0a1c', false],
    ['serial=0a1b;manufacturer=Snake%20Oil,%20Inc.;model=1.0', true],
    ['serial=0a1b;manufacturer=', false],
    ['serial=0a1b;model=2.0', false],
    ['serial=0a1b;slot-id=327', true],
    ['serial=0a1b;slot-id=0327', true],
    ['serial=0a1b;slot-id=326', false],
    ['serial=0a1b;slot-description=slot%20of%2064;slot-manufacturer=Maker', true],
    ['serial=0a1b;slot-manufacturer=Mak', false],
    ['serial=0a1b;library-version=3.1;library-manufacturer=Maker%20of%20it', true],
    ['serial=0a1b;library-version=3', false],
    ['serial=0a1b;library-description=a%20library', false],
  ])('is named by all attributes together: %s: %s', (path, is) => {
    expect(readTokenUri(`pkcs11:${path}`).matches(FACTS)).toBe(is);
  });

  it('is asked for no more than is named', () => {
    const untouched = {
      token: FACTS.token,
      get slot(): never {
        throw new Error('C_GetSlotInfo');
      },
      get library(): never {
        throw new Error('C_GetInfo');
      },
    };
    expect(readTokenUri('pkcs11:token=my%20token').matches(untouched)).toBe(true);
  });

  it('is found by whatever label it has, and no other is', () => {
    const label = fc.string({ unit: 'grapheme', maxLength: 32 }).map((text) => text.trim());
    const fits = label.filter((text) => text !== '' && Buffer.byteLength(text) <= 32);
    fc.assert(
      fc.property(fits, label, (mine, other) => {
        const { matches } = readTokenUri(`pkcs11:token=${encoded(Buffer.from(mine))}`);
        const of = (text: string) => ({ ...FACTS, token: { ...FACTS.token, label: text } });
        expect(matches(of(mine))).toBe(true);
        expect(matches(of(other))).toBe(other === mine);
      }),
    );
  });

  it.each<[string, object]>([
    ['module-path=/usr/lib/x.so', { modulePath: '/usr/lib/x.so' }],
    [
      'module-path=/usr/lib%2Fa&module-name=softhsm2',
      { modulePath: '/usr/lib/a', moduleName: 'softhsm2' },
    ],
    ['pin-source=file:/etc/pin', { pin: { file: '/etc/pin' } }],
    ['pin-source=file:///etc/pin', { pin: { file: '/etc/pin' } }],
    ['pin-source=FILE://localhost/etc/my%2520pin', { pin: { file: '/etc/my pin' } }],
    ['pin-source=/etc/my%20pin', { pin: { file: '/etc/my pin' } }],
    ['pin-source=|/usr/bin/pin', { pin: { command: '/usr/bin/pin' } }],
    ['pin-source=%7C/usr/bin/pin', { pin: { command: '/usr/bin/pin' } }],
  ])('comes with %s', (query, expected) => {
    const { matches: _, ...read } = readTokenUri(`pkcs11:token=a?${query}`);
    expect(read).toEqual({ name: 'pkcs11:token=a', ...expected });
  });

  it.each([
    ['token=a?pin-value=1234-secret', 'a PIN is a secret, which has no place in a setting'],
    ['token=a;pin-value=1234-secret', 'a PIN is a secret, which has no place in a setting'],
    ['', 'it names neither token nor serial'],
    ['manufacturer=a;model=b;slot-id=1', 'it names neither token nor serial'],
    ['token=', 'it names neither token nor serial'],
    ['token=a;object=b', 'the attribute object, which names an object and no token'],
    ['token=a;id=%01', 'the attribute id, which names an object and no token'],
    ['token=a;x-cluster=b', 'it has the attribute x-cluster; known are token, serial,'],
    ['token=a;toString=b', 'it has the attribute toString; known are'],
    ['token=a?x-timeout=b', 'the query attribute x-timeout; known are module-path, module-name'],
    ['token=%FF', 'not UTF-8'],
    [`token=${'x'.repeat(33)}`, 'its token has more than 32 octets'],
    [`serial=${'%C3%A9'.repeat(9)}`, 'its serial has more than 16 octets'],
    ['token=a;slot-id=', 'its slot-id is no number'],
    ['token=a;slot-id=-1', 'its slot-id is no number'],
    ['token=a;slot-id=18446744073709551616', 'its slot-id is no number'],
    ['token=a;library-version=1.2.3', 'its library-version is not written as'],
    ['token=a?module-path=', 'its module-path is empty'],
    ['token=a?module-path=lib/x.so', 'its module-path is not an absolute path'],
    ['token=a?module-path=/x%00.so', 'its module-path is not an absolute path'],
    ['token=a?module-name=../x', 'its module-name is not the name of a library'],
    ['token=a?pin-source=', 'its pin-source is empty'],
    ['token=a?pin-source=file:pin', 'neither a file URI'],
    ['token=a?pin-source=file://host/pin', 'neither a file URI'],
    ['token=a?pin-source=file:////host/pin', 'neither a file URI'],
    ['token=a?pin-source=https://host/pin', 'neither a file URI'],
    ['token=a?pin-source=builtin-dialog', 'neither a file URI'],
    ['token=a?pin-source=file:/%2525%25', 'neither a file URI'],
    ['token=a?pin-source=|pin', 'its pin-source, after the bar, is not an absolute path'],
    ['token=a?pin-source=|/bin/pin%20--of%20a', 'a command with blanks'],
  ])('is not named by %s', (rest, why) => {
    const read = () => readTokenUri(`pkcs11:${rest}`);
    expect(read).toThrow(why);
    expect(read).not.toThrow('secret-');
    expect(read).not.toThrow('1234');
  });
});
