/** Real ESM (NODE_OPTIONS=--experimental-vm-modules, set by scripts/test.mjs); types are checked by `npm run typecheck`. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // A bound against hanging, not a measure of speed: the machine may be busy with other things.
  testTimeout: 180_000,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.toolchain/', '<rootDir>/.stryker-tmp/'],
};
