/** The language in which an operation of IAM or STS is declared. */
import type { TObject } from 'typebox';
import {
  defineIdentityOperation,
  type IdentityAccess,
  type IdentityCall,
  type IdentityDeclaration,
  type IdentityOperation,
} from '../../declare/identity-operation.js';
import type { IamErrorCode } from './errors.js';
import type { QueryServices } from './services.js';

export type IamCall<Input = unknown> = IdentityCall<Input>;
export type IamAccess<Input, Ports = QueryServices> = IdentityAccess<Input, Ports>;
export type IamOperation<Ports = QueryServices> = IdentityOperation<Ports>;

export interface IamDeclaration<InputShape extends TObject, OutputShape extends TObject, Ports>
  extends Omit<IdentityDeclaration<InputShape, OutputShape, Ports>, 'service' | 'errors'> {
  readonly service: 'iam' | 'sts';
  /** Beyond the common ones and the service's internal failure. */
  readonly errors?: readonly IamErrorCode[];
}

/** Declares an operation of IAM or STS. */
export function defineIamOperation<
  InputShape extends TObject,
  OutputShape extends TObject = TObject<Record<never, never>>,
  Ports = QueryServices,
>(declaration: IamDeclaration<InputShape, OutputShape, Ports>): IamOperation<Ports> {
  const { errors = [], ...rest } = declaration;
  return defineIdentityOperation<InputShape, OutputShape, Ports>({ ...rest, errors });
}
