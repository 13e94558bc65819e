import type { ErrorObject, ValidateFunction } from 'ajv';
import { didYouMean } from '../core/suggest.js';
import type { ConfigFile, Pointer } from './config-file.js';

/** How the validators of configuration files are made: with all that is needed to say what is wrong, and where. */
export const SCHEMA_OPTIONS = {
  allErrors: true,
  strict: false,
  verbose: true,
  // That the schema is one is a test's business: at run time it would double what this takes.
  validateSchema: false,
  code: { optimize: false },
} as const;

interface Problem {
  readonly pointer: Pointer;
  readonly message: string;
  readonly hint?: string;
}

function explain(error: ErrorObject, pointer: Pointer): Problem {
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
    const values = (params['allowedValues'] as readonly unknown[]).join(', ');
    return { pointer, message: `${where} is none of: ${values}` };
  }
  if (error.keyword === 'type') return { pointer, message: `${where} must be of type ${String(params['type'])}` };
  return { pointer, message: `${where} ${error.message ?? 'is wrong'}` };
}

/**
 * The content of a configuration file.
 * @throws HelmCdError `config` with the line of the first problem.
 */
export function checkedContent(file: ConfigFile, validate: ValidateFunction): unknown {
  const content = file.content();
  if (validate(content)) return content;
  const [first] = validate.errors ?? [];
  if (first === undefined) return content;
  const pointer = first.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  const problem = explain(first, pointer);
  return file.fail(problem.pointer, problem.message, problem.hint);
}
