import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statementPositions } from '../../../../src/services/iam/policies/statement-positions.js';

const at = (startLine: number, startColumn: number, endLine: number, endColumn: number) => ({
  StartPosition: { Line: startLine, Column: startColumn },
  EndPosition: { Line: endLine, Column: endColumn },
});

/** As AWS's console lays out a policy, which its examples show. */
const LAID_OUT = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'VisualEditor0',
        Effect: 'Allow',
        Action: 'codecommit:ListRepositories',
        Resource: '*',
      },
    ],
  },
  null,
  4,
);

describe('the position of a statement', () => {
  it.each([
    // The two that AWS's examples tell.
    [
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}',
      [at(1, 38, 1, 167)],
    ],
    [LAID_OUT, [at(3, 19, 9, 10)]],
    [
      '{"Statement":[{"a":1},{"b":[{}]} , {}]}',
      [at(1, 15, 1, 22), at(1, 22, 1, 33), at(1, 33, 1, 38)],
    ],
    ['{"Statement":\r\n[{}\r,\n{}]}', [at(2, 2, 2, 4), at(2, 4, 4, 3)]],
    ['{"Id":"Statement","X":[{}],"Statement":{}}', [at(1, 41, 1, 42)]],
    [String.raw`{"Id":"a\"{[\\","\u0053tatement":[{}]}`, [at(1, 35, 1, 37)]],
    ['{"Statement":[]}', []],
    ['{}', []],
  ])('of %s', (text, positions) => {
    expect(statementPositions(text)).toEqual(positions);
  });

  it('ends behind each statement, however it is written', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const statement = fc.dictionary(fc.string(), value).filter((each) => !('__proto__' in each));
    fc.assert(
      fc.property(fc.array(statement), fc.nat(4), (statements, indent) => {
        const text = JSON.stringify({ Id: 'Statement', Statement: statements }, null, indent);
        const lines = text.split('\n');
        const found = statementPositions(text);
        expect(found).toHaveLength(statements.length);
        const offset = ({ Line, Column }: { Line: number; Column: number }) =>
          lines.slice(0, Line - 1).join('\n').length + (Line > 1 ? 1 : 0) + Column - 1;
        for (const [index, { StartPosition, EndPosition }] of found.entries()) {
          const written = text.slice(offset(StartPosition), offset(EndPosition));
          const read = JSON.stringify(JSON.parse(written.replace(/^[,\s]*/, '')));
          expect(read).toBe(JSON.stringify(statements[index]));
        }
      }),
    );
  });
});
