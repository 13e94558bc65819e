{{/*
A stateless HTTP service. Further keys of the dictionary:
  envFrom    list of references (ConfigMaps and Secrets), optional
The pods restart when the service's own configuration changes, and only then: the checksum is taken of
the values, not of the rendered objects, whose labels change with every version of the chart.
*/}}
{{- define "common.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "common.fullname" . }}
  labels:
    {{- include "common.labels" . | nindent 4 }}
spec:
  replicas: {{ .service.replicas }}
  revisionHistoryLimit: 3
  progressDeadlineSeconds: 300
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "common.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "common.podLabels" . | nindent 8 }}
      annotations:
        checksum/configuration: {{ list .service.config .service.secrets | toJson | sha256sum }}
    spec:
      serviceAccountName: {{ include "common.serviceAccountName" . }}
      {{- include "common.podSecurity" . | nindent 6 }}
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "common.image" . | quote }}
          imagePullPolicy: {{ .service.image.pullPolicy }}
          {{- include "common.containerSecurity" . | nindent 10 }}
          ports:
            - name: http
              containerPort: {{ .service.port }}
              protocol: TCP
          {{- with .envFrom }}
          envFrom:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          startupProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 2
            failureThreshold: 30
          readinessProbe:
            httpGet: { path: /readyz, port: http }
            periodSeconds: 5
          livenessProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 10
          resources:
            {{- toYaml .service.resources | nindent 12 }}
          volumeMounts:
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: tmp
          emptyDir: {}
{{- end -}}
