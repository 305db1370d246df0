{{/* Names, labels and what every pod has. The calls give the root, or a dict of root and name. */}}

{{- define "redress.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "redress.name" -}}
{{ include "redress.fullname" .root }}-{{ .name }}
{{- end }}

{{- define "redress.selector" -}}
app.kubernetes.io/name: redress
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .name }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "redress.labels" -}}
{{ include "redress.selector" . }}
app.kubernetes.io/part-of: redress
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "redress.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}
{{- else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end }}
{{- end }}
{{- end }}

{{/* 10001 is the image's user redress. No capability is needed: keys are locked in memory within RLIMIT_MEMLOCK. */}}
{{- define "redress.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "redress.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Of pods and jobs alike. enableServiceLinks: else a Service redress-kafka would put REDRESS_KAFKA_SERVICE_HOST
     and others into the environment, where each REDRESS_KAFKA_… is a property of librdkafka. */}}
{{- define "redress.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "redress.podSecurity" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* REDRESS_HTTP_PORT for http.port. */}}
{{- define "redress.variable" -}}
REDRESS_{{ . | upper | replace "." "_" }}
{{- end }}

{{/* What makes librdkafka read a property from a file of kafka.secret. */}}
{{- define "redress.kafkaFiles" -}}
{{- range $property, $key := .Values.kafka.secretProperties }}
- {name: {{ include "redress.variable" (printf "kafka.%s" $property) }}_FILE, value: /etc/redress/kafka/{{ $key }}}
{{- end }}
{{- end }}

{{/* Ports of a list of host:port, each once. */}}
{{- define "redress.kafkaPorts" -}}
{{- $ports := dict }}
{{- range splitList "," .Values.kafka.brokers }}
{{- $_ := set $ports (. | trim | splitList ":" | last) true }}
{{- end }}
{{- keys $ports | sortAlpha | toJson }}
{{- end }}

{{/* The port of an http or https URL. */}}
{{- define "redress.webPort" -}}
{{- $url := urlParse . }}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) }}
{{- end }}

{{/* networkPolicy.webPorts, as texts. */}}
{{- define "redress.webPorts" -}}
{{- $ports := list }}
{{- range .Values.networkPolicy.webPorts }}
{{- $ports = append $ports (include "redress.scalar" .) }}
{{- end }}
{{- toJson $ports }}
{{- end }}

{{/* A number of the values as it was written: Helm reads all as floating point. */}}
{{- define "redress.scalar" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* Whether a service has more than one pod at any time. */}}
{{- define "redress.several" -}}
{{- $values := .root.Values }}
{{- if and (eq .name "intake") $values.autoscaling.enabled }}
{{- if gt (int $values.autoscaling.minReplicas) 1 }}yes{{ end }}
{{- else if gt (int (index $values.services .name).replicas) 1 }}yes{{ end }}
{{- end }}
