{{/* One service: its options, its pod. The dict holds root, name and about, its row of services.yaml. */}}

{{- define "redress.options" -}}
{{- $values := .root.Values }}
{{- $from := .about.from }}
{{- $options := dict
      "http.bind" "0.0.0.0" "http.port" "8080" "admin.port" "9090"
      "service.drain_seconds" (include "redress.scalar" $values.drainSeconds)
      "kafka.brokers" $values.kafka.brokers
      "region.directory" "/usr/local/share/redress/deploy/region/current" }}
{{- range $name, $value := $values.kafka.properties }}
{{- $_ := set $options (printf "kafka.%s" $name) (include "redress.scalar" $value) }}
{{- end }}
{{- if has "redis" $from }}
{{- $_ := set $options "redis.host" $values.redis.host }}
{{- $_ := set $options "redis.port" (include "redress.scalar" $values.redis.port) }}
{{- end }}
{{- range list "ledger" "triage" }}
{{- if has . $from }}
{{- $_ := set $options (printf "%s.url" .) (printf "http://%s:8080" (include "redress.name" (dict "root" $.root "name" .))) }}
{{- end }}
{{- end }}
{{- if has "staff" $from }}
{{- $_ := set $options "staff.issuer" $values.staff.issuer }}
{{- $_ := set $options "staff.audience" $values.staff.audience }}
{{- $_ := set $options "staff.jwks" (ternary "/etc/redress/staff/jwks.json" $values.staff.jwks (ne $values.staff.jwksConfigMap "")) }}
{{- end }}
{{- if has "mail" $from }}
{{- $_ := set $options "smtp.from" $values.smtp.from }}
{{- end }}
{{- if has "links" $from }}
{{- $_ := set $options "satisfaction.url" (printf "%s/v1/satisfaction/" (trimSuffix "/" $values.publicUrl)) }}
{{- end }}
{{- range $name, $value := (index $values.services .name).options }}
{{- $_ := set $options $name (include "redress.scalar" $value) }}
{{- end }}
{{- range $name := keys $options | sortAlpha }}
{{- printf "%s: %q\n" $name (get $options $name) }}
{{- end }}
{{- end }}

{{- define "redress.environment" -}}
{{- range $option, $file := .about.files }}
- {name: {{ include "redress.variable" $option }}_FILE, value: /etc/redress/secrets/{{ $file }}}
{{- end }}
{{- range $option, $key := .about.public }}
- name: {{ include "redress.variable" $option }}
  valueFrom: {secretKeyRef: {name: {{ $.root.Values.keys.secret }}, key: {{ $key }}}}
{{- end }}
{{- if .about.postgres }}
- {name: REDRESS_POSTGRES_URL_FILE, value: /etc/redress/secrets/postgres.url}
{{- end }}
{{- if has "mail" .about.from }}
- {name: REDRESS_SMTP_URL_FILE, value: /etc/redress/secrets/smtp.url}
{{- end }}
{{- include "redress.kafkaFiles" .root }}
{{- end }}

{{/* Of the keys' Secret a pod gets its own service's alone. */}}
{{- define "redress.secretSources" -}}
{{- $values := .root.Values }}
{{- with .about.files }}
- secret:
    name: {{ $values.keys.secret }}
    items:
      {{- range $option, $file := . }}
      - {key: {{ $file }}, path: {{ $file }}}
      {{- end }}
{{- end }}
{{- if .about.postgres }}
- secret: {name: {{ $values.postgres.secret }}, items: [{key: {{ .name }}, path: postgres.url}]}
- secret: {name: {{ $values.postgres.secret }}, items: [{key: ca.crt, path: postgres-ca.crt}], optional: true}
{{- end }}
{{- if has "mail" .about.from }}
- secret: {name: {{ $values.smtp.secret }}, items: [{key: url, path: smtp.url}]}
{{- end }}
{{- end }}

{{- define "redress.deployment" -}}
{{- $values := .root.Values }}
{{- $service := index $values.services .name }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "redress.name" . }}
  labels: {{- include "redress.labels" . | nindent 4 }}
spec:
  {{- if not (and (eq .name "intake") $values.autoscaling.enabled) }}
  replicas: {{ include "redress.scalar" $service.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector:
    matchLabels: {{- include "redress.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "redress.selector" . | nindent 8 }}
      annotations:
        checksum/options: {{ include "redress.options" . | sha256sum }}
        {{- with $values.pod.annotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "redress.name" . }}
      {{- include "redress.pod" .root | nindent 6 }}
      terminationGracePeriodSeconds: {{ add $values.drainSeconds 40 }}
      topologySpreadConstraints:
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - topologyKey: {{ . }}
          maxSkew: 1
          whenUnsatisfiable: ScheduleAnyway
          matchLabelKeys: [pod-template-hash]
          labelSelector:
            matchLabels: {{- include "redress.selector" $ | nindent 14 }}
        {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ include "redress.image" .root }}
          imagePullPolicy: {{ $values.image.pullPolicy }}
          command: [redress-{{ .name }}, --config-file, /etc/redress/options/options.yaml]
          securityContext: {{- include "redress.containerSecurity" . | nindent 12 }}
          {{- with include "redress.environment" . | trim }}
          env: {{- . | nindent 12 }}
          {{- end }}
          ports:
            - {name: http, containerPort: 8080}
            - {name: admin, containerPort: 9090}
          startupProbe:
            httpGet: {path: /healthz, port: admin}
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /healthz, port: admin}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /readyz, port: admin}
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          resources: {{- toYaml $service.resources | nindent 12 }}
          volumeMounts:
            - {name: options, mountPath: /etc/redress/options, readOnly: true}
            - {name: region, mountPath: /usr/local/share/redress/deploy/region/current, readOnly: true}
            {{- range list "policies" "calendars" }}
            {{- if (index $values.region .).configMap }}
            - {name: {{ . }}, mountPath: /usr/local/share/redress/deploy/{{ . }}, readOnly: true}
            {{- end }}
            {{- end }}
            {{- if include "redress.secretSources" . | trim }}
            - {name: secrets, mountPath: /etc/redress/secrets, readOnly: true}
            {{- end }}
            {{- if $values.kafka.secret }}
            - {name: kafka, mountPath: /etc/redress/kafka, readOnly: true}
            {{- end }}
            {{- if and (has "staff" .about.from) $values.staff.jwksConfigMap }}
            - {name: staff, mountPath: /etc/redress/staff, readOnly: true}
            {{- end }}
      volumes:
        - name: options
          configMap: {name: {{ include "redress.name" . }}}
        - name: region
          configMap: {name: {{ $values.region.configMap }}}
        {{- range $folder := list "policies" "calendars" }}
        {{- with index $values.region $folder }}
        {{- if .configMap }}
        - name: {{ $folder }}
          configMap:
            name: {{ .configMap }}
            items:
              {{- range .files }}
              - {key: {{ replace "@" "." . | quote }}, path: {{ . | quote }}}
              {{- end }}
        {{- end }}
        {{- end }}
        {{- end }}
        {{- with include "redress.secretSources" . | trim }}
        - name: secrets
          projected:
            defaultMode: 0440
            sources: {{- . | nindent 14 }}
        {{- end }}
        {{- if $values.kafka.secret }}
        - name: kafka
          secret: {secretName: {{ $values.kafka.secret }}, defaultMode: 0440}
        {{- end }}
        {{- if and (has "staff" .about.from) $values.staff.jwksConfigMap }}
        - name: staff
          configMap: {name: {{ $values.staff.jwksConfigMap }}}
        {{- end }}
{{- end }}
