import { NotFound } from '../../../kernel/facts.js';

/** A key was removed while it was to be changed, or to be given something. */
export class KeyGone extends NotFound {
  readonly arn: string;

  constructor(arn: string) {
    super(`key ${arn} is gone`);
    this.arn = arn;
  }
}
