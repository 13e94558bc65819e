{{/* What a Service selects: never the version, for selectors are immutable. */}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/*
Labels of a pod. The chart's version is not among them: a new version of one service
must not restart the other.
*/}}
{{- define "common.podLabels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/version: {{ .service.image.tag | trunc 63 | quote }}
{{- with .service.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of everything else. */}}
{{- define "common.labels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/version: {{ .service.image.tag | trunc 63 | quote }}
{{ include "common.chartLabels" . }}
{{- end -}}

{{- define "common.chartLabels" -}}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}
