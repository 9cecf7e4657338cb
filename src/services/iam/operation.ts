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
import type { IamPorts, Uses } from './ports.js';

export type IamCall<Input = unknown> = IdentityCall<Input>;
/** Where the resource of a call is found. */
export type AccessPorts = Uses<'directory' | 'accessKeys'>;
export type IamAccess<Input> = IdentityAccess<Input, AccessPorts>;
export type IamOperation<Ports = IamPorts> = IdentityOperation<Ports>;

export interface IamDeclaration<InputShape extends TObject, OutputShape extends TObject, Ports>
  extends Omit<
    IdentityDeclaration<InputShape, OutputShape, Ports, AccessPorts>,
    'service' | 'errors'
  > {
  readonly service: 'iam' | 'sts';
  /** Beyond the common ones and the service's internal failure. */
  readonly errors?: readonly IamErrorCode[];
}

/** Declares an operation of IAM or STS. */
export function defineIamOperation<
  InputShape extends TObject,
  OutputShape extends TObject = TObject<Record<never, never>>,
  Ports = object,
>(declaration: IamDeclaration<InputShape, OutputShape, Ports>): IamOperation<Ports & AccessPorts> {
  const { errors = [], ...rest } = declaration;
  return defineIdentityOperation({ ...rest, errors });
}
