// What the toolchain consists of. Versions are not here: each group's go.mod pins them, and its go.sum their contents.

const kubernetesStamp = (version) => {
  const [major, minor] = version.slice(1).split('.');
  return [
    ['k8s.io/component-base/version.gitVersion', version],
    ['k8s.io/component-base/version.gitMajor', major],
    ['k8s.io/component-base/version.gitMinor', minor],
    ['k8s.io/client-go/pkg/version.gitVersion', version],
  ];
};

// Helm 3 takes the Kubernetes version that it assumes without a cluster (`helm template`, `helm lint`) from its build, as the
// official one does: client-go v0.37.x means Kubernetes 1.37.
const helm3KubernetesStamp = (clientGo) => {
  const minor = clientGo.split('.')[1];
  return ['helm.sh/helm/v3/pkg/chartutil', 'helm.sh/helm/v3/pkg/lint/rules'].flatMap((place) => [
    [`${place}.k8sVersionMajor`, '1'],
    [`${place}.k8sVersionMinor`, minor],
  ]);
};

const kubernetesTool = (name) => ({
  name,
  package: `k8s.io/kubernetes/cmd/${name}`,
  stamp: (version) => kubernetesStamp(version('k8s.io/kubernetes')),
});

/**
 * A group is a folder of tools/ with one go.mod. Tools whose dependencies would disagree on versions are in groups of their own,
 * and so changing one tool's version rebuilds only its group.
 *
 * In the order in which they are built: first what is quick and wanted early.
 *
 * `stamp(version)` gives the variables to set at link time; `version(module)` is what go.mod requires of that module.
 */
export const groups = [
  {
    name: 'helm',
    tools: [
      {
        name: 'helm',
        package: 'helm.sh/helm/v4/cmd/helm',
        stamp: (version) => [['helm.sh/helm/v4/internal/version.version', version('helm.sh/helm/v4')]],
      },
    ],
  },
  {
    name: 'helm3',
    tools: [
      {
        name: 'helm3',
        package: 'helm.sh/helm/v3/cmd/helm',
        stamp: (version) => [
          ['helm.sh/helm/v3/internal/version.version', version('helm.sh/helm/v3')],
          ...helm3KubernetesStamp(version('k8s.io/client-go')),
        ],
      },
    ],
  },
  {
    name: 'sops',
    tools: [
      { name: 'sops', package: 'github.com/getsops/sops/v3/cmd/sops' },
      {
        name: 'age-keygen',
        package: 'filippo.io/age/cmd/age-keygen',
        stamp: (version) => [['main.Version', version('filippo.io/age')]],
      },
    ],
  },
  {
    name: 'lint',
    tools: [
      {
        name: 'kubeconform',
        package: 'github.com/yannh/kubeconform/cmd/kubeconform',
        stamp: (version) => [['main.version', version('github.com/yannh/kubeconform')]],
      },
      {
        name: 'actionlint',
        package: 'github.com/rhysd/actionlint/cmd/actionlint',
        stamp: (version) => [['github.com/rhysd/actionlint.version', version('github.com/rhysd/actionlint').slice(1)]],
      },
      {
        name: 'crane',
        package: 'github.com/google/go-containerregistry/cmd/crane',
        stamp: (version) => [
          [
            'github.com/google/go-containerregistry/cmd/crane/cmd.Version',
            version('github.com/google/go-containerregistry').slice(1),
          ],
        ],
      },
    ],
  },
  {
    name: 'versitygw',
    tools: [
      {
        name: 'versitygw',
        package: 'github.com/versity/versitygw/cmd/versitygw',
        stamp: (version) => [['main.Version', version('github.com/versity/versitygw')]],
      },
    ],
  },
  {
    name: 'registry',
    tools: [
      {
        name: 'registry',
        package: 'github.com/distribution/distribution/v3/cmd/registry',
        stamp: (version) => [
          [
            'github.com/distribution/distribution/v3/version.version',
            version('github.com/distribution/distribution/v3'),
          ],
        ],
      },
    ],
  },
  {
    name: 'act',
    tools: [
      {
        name: 'act',
        package: 'github.com/nektos/act',
        stamp: (version) => [['main.version', version('github.com/nektos/act').slice(1)]],
      },
    ],
  },
  {
    name: 'kwok',
    // kwokctl asks each component for its version and chooses the component's options by it.
    tools: ['kwok', 'kwokctl'].map((name) => ({
      name,
      package: `sigs.k8s.io/kwok/cmd/${name}`,
      stamp: (version) => [['sigs.k8s.io/kwok/pkg/consts.Version', version('sigs.k8s.io/kwok')]],
    })),
  },
  {
    name: 'kubernetes',
    tools: [
      kubernetesTool('kubectl'),
      { name: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
      kubernetesTool('kube-apiserver'),
      kubernetesTool('kube-controller-manager'),
      kubernetesTool('kube-scheduler'),
    ],
  },
];

export const toolNames = groups.flatMap((group) => group.tools.map((tool) => tool.name));
