import path from 'node:path';
import type { Place } from '../../core/errors.js';
import type { Finding, FindingLevel } from '../../core/findings.js';
import { valuePattern } from '../../core/value-pattern.js';
import type { ValuePath } from '../../core/values-parity.js';
import type { EnvironmentValues } from './environment-values.js';

/** What is to be minded, and how loudly. */
export interface ParityOptions {
  readonly level: FindingLevel;
  /** Patterns of values that may differ: `validate.parity.ignore` of helm-cd.yaml. */
  readonly ignore: readonly string[];
}

/** The environments that are compared, and what all rules need of them. */
export class EnvironmentSet {
  readonly environments: readonly EnvironmentValues[];
  readonly level: FindingLevel;
  private readonly chart: string;
  private readonly patterns: readonly ((path: ValuePath) => boolean)[];

  /** @param chart its folder, relative to the working directory. */
  constructor(chart: string, environments: readonly EnvironmentValues[], options: ParityOptions) {
    this.chart = chart;
    this.environments = environments;
    this.level = options.level;
    this.patterns = options.ignore.map(valuePattern);
  }

  named(name: string): EnvironmentValues {
    const found = this.environments.find((environment) => environment.name === name);
    if (found === undefined) throw new Error(`no environment ${name}`);
    return found;
  }

  isIgnored(where: ValuePath): boolean {
    return this.patterns.some((matches) => matches(where));
  }

  /** Whether one of the environments has it encrypted. */
  isSecret(where: ValuePath, names: readonly string[]): boolean {
    return names.some((name) => this.named(name).isEncrypted(where));
  }

  /** Where somebody would add a value for an environment: the last of its files that no other one has, if it has any. */
  fileFor(environment: EnvironmentValues, secret: boolean): string {
    const last = (kind: 'values' | 'secrets') =>
      environment.ownFiles(this.environments, kind).at(-1) ?? environment.plan[kind].at(-1);
    const file = secret ? (last('secrets') ?? last('values')) : (last('values') ?? last('secrets'));
    return file?.path ?? path.posix.join(this.chart, 'values.yaml');
  }

  finding(rule: string, message: string, place: Place, hint: string, level = this.level): Finding {
    return { level, rule, message, place, chart: this.chart, hint };
  }
}
