{{/*
Every helper of this chart takes the same dictionary:
  root       the chart's root context ($)
  component  the service's name, e.g. "api"
  service    the service's values, e.g. .Values.api
*/}}

{{/* RELEASE-COMPONENT, or RELEASE-CHART-COMPONENT when the release is not named after the chart. */}}
{{- define "common.fullname" -}}
{{- $release := .root.Release.Name -}}
{{- if not (contains .root.Chart.Name $release) -}}
{{- $release = printf "%s-%s" $release .root.Chart.Name -}}
{{- end -}}
{{- printf "%s-%s" $release .component | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "common.serviceAccountName" -}}
{{- .root.Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "common.image" -}}
{{- printf "%s:%s" .service.image.repository .service.image.tag -}}
{{- end -}}
