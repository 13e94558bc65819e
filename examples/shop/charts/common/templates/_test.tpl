{{/*
A smoke test run by `helm test`: the service's own image carries the test that belongs to its version.
The pod stays after the test, for its log; the next test replaces it.
*/}}
{{- define "common.test" -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "common.fullname" . }}-test
  labels:
    app.kubernetes.io/instance: {{ .root.Release.Name }}
    app.kubernetes.io/component: {{ .component }}-test
    app.kubernetes.io/version: {{ .service.image.tag | trunc 63 | quote }}
    {{- include "common.chartLabels" . | nindent 4 }}
    {{- with .service.testLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 120
  serviceAccountName: {{ include "common.serviceAccountName" . }}
  {{- include "common.podSecurity" . | nindent 2 }}
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: smoke-test
      image: {{ include "common.image" . | quote }}
      imagePullPolicy: {{ .service.image.pullPolicy }}
      command: [/smoke-test]
      args: ['http://{{ include "common.fullname" . }}:{{ .service.port }}']
      {{- include "common.containerSecurity" . | nindent 6 }}
      resources:
        requests: { cpu: 10m, memory: 16Mi }
        limits: { memory: 64Mi }
{{- end -}}
