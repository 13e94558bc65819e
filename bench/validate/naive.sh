# What one writes at first: lint, render and kubeconform, for each environment on each Kubernetes version.
# Its variables: CHART, ENVIRONMENTS, VERSIONS, SCHEMAS (of kubeconform's -schema-location), and RELEASE.
for environment in $ENVIRONMENTS; do
  values=$CHART/env/$environment.yaml
  for version in $VERSIONS; do
    helm lint "$CHART" --quiet -f "$values"
    helm template "$RELEASE" "$CHART" -f "$values" --kube-version "$version" |
      kubeconform -strict -summary -kubernetes-version "$version" -schema-location "$SCHEMAS"
  done
done
