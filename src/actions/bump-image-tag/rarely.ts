/**
 * What only some bumps do, and what takes them much longer than loading it: src/bump.ts has it from the bundle of all
 * actions, so that a plain commit does not wait for the libraries of stores, registries and charts.
 */
export { openStore } from '../../stores/open-store.js';
export { preview } from './preview.js';
export { propose } from './propose.js';
export { verifyImages } from './verify-images.js';
