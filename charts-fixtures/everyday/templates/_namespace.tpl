{{- define "everyday.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}
{{- define "everyday.unused" }}{{ with . }}{{ .name }}{{ end }}{{ end }}
