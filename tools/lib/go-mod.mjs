import { ToolError } from './errors.mjs';

/**
 * A look-up of the versions that a go.mod file requires.
 * @param {string} text contents of go.mod
 * @returns {(module: string) => string} gives e.g. `v1.2.3`; throws for a module that is not required
 */
export function requiredVersions(text) {
  return (module) => {
    for (const line of text.split('\n')) {
      const [path, version, arrow] = line
        .trim()
        .replace(/^require\s+/, '')
        .split(/\s+/);
      if (path === module && /^v\d/.test(version ?? '') && arrow !== '=>') return version;
    }
    throw new ToolError(`go.mod does not require ${module}, so its version is not known`);
  };
}
