import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const UNUSED = { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' };

/** Layout is prettier's business; these rules are about meaning. */
export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      '.toolchain/',
      '.tsc/',
      'coverage/',
      'reports/',
      '.stryker-tmp/',
      'test/fixtures/',
    ],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    extends: [js.configs.recommended],
    languageOptions: { ecmaVersion: 2024, globals: globals.node },
    rules: {
      'no-unused-vars': ['error', UNUSED],
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      // `reject(…)` and `push(…)` as an arrow's only expression read well, and their value is nobody's.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', UNUSED],
      // Code points are what YAML, versions and paths are made of.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // A promise that nobody waits for is a step that reports before it is done.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
    },
  },
  {
    // The domain sees the world through its Services: that is what makes it testable and the secrets' paths few.
    files: ['src/**/*.ts'],
    ignores: ['src/runtime/**', 'src/index.ts', 'src/relay/**', 'src/relay.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Use Services.environment, Services.workingDirectory or Services.processes.' },
        { name: 'console', message: 'Use Services.log: it masks secrets and disarms workflow commands.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:child_process', 'child_process'].map((name) => ({
            name,
            message: 'Use Services.processes: time limit, cancellation and a clean environment for the child.',
          })),
        },
      ],
    },
  },
  {
    // Assertions compare what is not typed with any; a test may also build what is not quite whole.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);
