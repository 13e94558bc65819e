/** The part of OpenPGP.js that signing uses, as a bundle of its own: only those who sign load it. */
export { createCleartextMessage, decryptKey, enums, readPrivateKey, sign } from 'openpgp';
