import type { ErrorObject, ValidateFunction } from 'ajv';
import { didYouMean } from '../core/suggest.js';
import type { ConfigFile, ConfigProblem, Pointer } from './config-file.js';

/** How the validators of configuration files are made: with all that is needed to say what is wrong, and where. */
export const SCHEMA_OPTIONS = {
  allErrors: true,
  strict: false,
  verbose: true,
  // That the schema is one is a test's business: at run time it would double what this takes.
  validateSchema: false,
  code: { optimize: false },
} as const;

function explain(error: ErrorObject, pointer: Pointer): ConfigProblem {
  const where = pointer.length === 0 ? 'the file' : pointer.join('.');
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    const key = String(params['additionalProperty']);
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
    return {
      pointer: [...pointer, key],
      message: `unknown key "${key}"${pointer.length === 0 ? '' : ` in ${where}`}${didYouMean(key, known)}`,
      hint: `Known keys: ${known.join(', ')}.`,
    };
  }
  if (error.keyword === 'required')
    return { pointer, message: `${where} needs "${String(params['missingProperty'])}"` };
  if (error.keyword === 'enum') {
    const values = (params['allowedValues'] as readonly unknown[]).map(String);
    const given = typeof error.data === 'string' ? didYouMean(error.data, values) : '';
    return { pointer, message: `${where} is none of: ${values.join(', ')}${given}` };
  }
  if (error.keyword === 'type') {
    const message = `${where} must be of type ${String(params['type'])}`;
    // 1.30 is the number 1.3.
    const isBare = params['type'] === 'string' && ['number', 'boolean'].includes(typeof error.data);
    return { pointer, message, ...(isBare ? { hint: 'Write it in quotes.' } : {}) };
  }
  return { pointer, message: `${where} ${error.message ?? 'is wrong'}` };
}

const pointerOf = ({ instancePath }: ErrorObject): Pointer =>
  instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));

/** What is misspelled is told before what is missing, which may be the same thing. */
const isMissing = ({ keyword }: ErrorObject) => (keyword === 'required' ? 1 : 0);

/**
 * The content of a configuration file.
 * @throws HelmCdError `config` with the line of the first problem; a file that collects its problems has them all then.
 */
export function checkedContent(file: ConfigFile, validate: ValidateFunction): unknown {
  const content = file.content();
  if (validate(content)) return content;
  const errors = [...(validate.errors ?? [])].sort((a, b) => isMissing(a) - isMissing(b));
  const problems = errors.map((error) => explain(error, pointerOf(error)));
  return file.failAll(problems);
}
