/** What JSON leaves as it is and a terminal, or a reader of lines, doesn't: DEL, C1, U+2028 and U+2029. */
const UNSHOWABLE = /[\u007f-\u009f\u2028\u2029]/g;

/** JSON text, such as a line of a log, with these escaped too: it means the same. */
export function showable(json: string): string {
  return json.replace(UNSHOWABLE, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
