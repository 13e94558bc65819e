# What a careful person writes into a workflow instead: clone, edit, commit, push. No yq: sed and awk are faster.
# IMAGE_NAME, TAG: what was pushed; REPOSITORY_URL; CHART: the chart's folder.
git clone --quiet --depth 1 --branch main -- "$REPOSITORY_URL" "$RUNNER_TEMP/charts"
cd "$RUNNER_TEMP/charts"
awk -v name="$IMAGE_NAME" -v tag="$TAG" '
  $1 == "repository:" { here = ($2 == name) }
  here && $1 == "tag:" { sub(/tag: .*/, "tag: " tag); here = 0 }
  { print }
' "$CHART/values.yaml" >values.new
mv values.new "$CHART/values.yaml"
version=$(sed -n 's/^version: *//p' "$CHART/Chart.yaml")
sed -i "s/^version: .*/version: ${version%.*}.$((${version##*.} + 1))/" "$CHART/Chart.yaml"
git commit --quiet --all --message "$CHART: $IMAGE_NAME $TAG"
git push --quiet origin HEAD:main
