/** The key was removed while somebody was about to change it, or what belongs to it. */
export class KeyGone extends Error {
  override readonly name = 'KeyGone';
  readonly keyArn: string;

  constructor(keyArn: string) {
    super(`${keyArn} vanished while it was being changed`);
    this.keyArn = keyArn;
  }
}
