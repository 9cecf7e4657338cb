import { describe, expect, it } from 'vitest';
import { compileInput } from '../../../../src/declare/validate.js';
import { iamSections, stsSections } from '../../../../src/services/iam/registry.js';

const operations = [iamSections, stsSections].flatMap((each) => Object.values(each).flat());
const having = (member: string) =>
  operations
    .filter(({ input }) => member in input.properties)
    .map(({ id, input }) => [id, input] as const);

/** What the input is faulted for, as far as it is about this member. */
function faultOf(input: Parameters<typeof compileInput>[0], given: object): string {
  try {
    compileInput(input)(given);
    return '';
  } catch (error) {
    return String(error);
  }
}
const PATTERN = 'regular expression pattern: [';
const CONTROLS = ['\u0000', '\u0007', '\u001B[2J', '\u007F', '\u009B', '\u202E', '\uFFFD'];

describe.each(having('Description'))('the description of %s', (_, input) => {
  it('has no control characters', () => {
    for (const text of CONTROLS) {
      expect(faultOf(input, { Description: `a${text}` })).toContain(PATTERN);
    }
    expect(faultOf(input, { Description: 'Für\tall\r\nof us ~' })).not.toContain(PATTERN);
  });
});

describe.each(having('Tags'))('the tags of %s', (_, input) => {
  it("have AWS's characters alone", () => {
    for (const text of [...CONTROLS, '\n', '*', '$', '{', '<']) {
      expect(faultOf(input, { Tags: [{ Key: 'k', Value: `a${text}` }] })).toContain(PATTERN);
      expect(faultOf(input, { Tags: [{ Key: `k${text}`, Value: '' }] })).toContain(PATTERN);
    }
    expect(faultOf(input, { Tags: [{ Key: 'Größe 1', Value: 'a_.:/=+-@' }] })).not.toContain(
      PATTERN,
    );
  });
});

describe.each(having('TransitiveTagKeys'))('the transitive tag keys of %s', (_, input) => {
  it("have AWS's characters alone", () => {
    expect(faultOf(input, { TransitiveTagKeys: ['a*'] })).toContain(PATTERN);
  });
});
