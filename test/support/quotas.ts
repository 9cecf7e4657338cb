import { Value } from 'typebox/value';
import { ConfigSchema } from '../../src/config/schema.js';

/** The quotas of a server whose settings name none. */
export const QUOTAS = Value.Create(ConfigSchema.properties.quotas);
