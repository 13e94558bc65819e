helm upgrade --install "$RELEASE" "$CHART" --namespace "$NAMESPACE" --create-namespace --set-string "tag=$TAG" --wait --timeout 5m
helm test "$RELEASE" --namespace "$NAMESPACE" --timeout 5m
