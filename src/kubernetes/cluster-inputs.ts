import type { InputReader } from '../core/action.js';
import { HelmCdError } from '../core/errors.js';
import type { KubeconfigInput } from './kubeconfig.js';

/**
 * The inputs that say how to reach a cluster.
 * @throws HelmCdError `input` when two kubeconfigs are given.
 */
export function readKubeconfigInput(reader: InputReader): KubeconfigInput {
  const input = {
    text: reader.secret('kubeconfig'),
    file: reader.string('kubeconfig-file'),
    context: reader.string('kube-context'),
    allowExec: reader.boolean('kubeconfig-exec', false),
  };
  if (input.text !== '' && input.file !== '') {
    throw new HelmCdError('input', 'Inputs "kubeconfig" and "kubeconfig-file" were both given.', {
      hint: 'Give one of them.',
    });
  }
  return input;
}
