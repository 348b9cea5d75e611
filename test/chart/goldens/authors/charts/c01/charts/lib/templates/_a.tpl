{{- define "lib.util.merge" -}}
{{- $top := first . -}}
{{- $overrides := fromYaml (include (index . 1) $top) | default (dict ) -}}
{{- $tpl := fromYaml (include (index . 2) $top) | default (dict ) -}}
{{- toYaml (merge $overrides $tpl) -}}
{{- end -}}
{{- define "lib.cm.tpl" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
  labels: {{- include "lib.labels" . | nindent 4 }}
data: {}
{{- end -}}
{{- define "lib.labels" -}}
{{- range $k, $v := dict "app" .Chart.Name "ver" (.Chart.Version | replace "+" "_") "man" .Release.Service }}
{{ $k }}: {{ $v | quote }}
{{- end }}
{{- end -}}
{{- define "lib.cm" -}}
{{- include "lib.util.merge" (append . "lib.cm.tpl") -}}
{{- end -}}
