// The one change the demo and the end-to-end tests make to an example workflow.
//
// `service-ci.yml` builds and pushes the service's image with Docker. Here there may be no Docker engine, and a demo should
// not need one: crane, which is part of the toolchain, pushes an image with the service's files and the same labels instead.
// The lines before (the image's name) and after (the step's output), and every other step, stay as they are.

const withDocker = /^( *)printf '%s' "\$PASSWORD" \| docker login .*\n(?:.*\n)*? *docker push "\$reference"\n/m;

const withCrane = [
  'layer="$RUNNER_TEMP/layer.tar"',
  'tar --create --file "$layer" service',
  'crane append --new_layer "$layer" --new_tag "$reference"',
  'crane mutate "$reference" --tag "$reference" \\',
  '  --label "org.opencontainers.image.source=$SOURCE" \\',
  '  --label "org.opencontainers.image.revision=$GITHUB_SHA"',
];

/** @param {string} workflow text of service-ci.yml */
export function withoutDocker(workflow) {
  if (!withDocker.test(workflow)) throw new Error('service-ci.yml has no docker login … docker push to replace');
  return workflow.replace(withDocker, (_, indent) => withCrane.map((line) => `${indent}${line}\n`).join(''));
}
